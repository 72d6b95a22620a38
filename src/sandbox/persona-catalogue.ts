import type { PagePlan, PersonaEntry } from './personas.js';

const onePage: PagePlan = { linked: [true] };

const SIXTY_DAYS = 'a 60-day Instagram token and the profile';
const PAGE_TOKEN = "a page token that does not expire, and the linked account's profile";
const NOTHING = 'nothing: the authorization code is refused';

/** Everybody who can stand at the consent page. */
export const personaCatalogue: readonly PersonaEntry[] = [
  {
    id: 'page-token',
    title: 'One linked page',
    description: 'Manages one Facebook Page, and a professional Instagram account is linked to it.',
    expect: { documented: PAGE_TOKEN, instagram: SIXTY_DAYS, facebook: PAGE_TOKEN },
    traits: { documentedTokens: ['EAA'], pages: onePage },
  },
  {
    id: 'several-pages',
    title: 'Seven pages, one linked',
    description:
      'Manages seven pages, which Meta lists three at a time; only the sixth has an Instagram account.',
    expect: {
      documented: `${PAGE_TOKEN}, found on the second page of the list`,
      instagram: SIXTY_DAYS,
      facebook: `${PAGE_TOKEN}, found on the second page of the list`,
    },
    traits: {
      documentedTokens: ['EAA'],
      pages: { linked: [false, false, false, false, false, true, false], perAnswer: 3 },
    },
  },
  {
    id: 'two-linked-pages',
    title: 'Two linked pages',
    description: 'Manages three pages; the first and the third each have an Instagram account of their own.',
    expect: {
      documented: 'a page token for the first linked page, unless the other account is asked for',
      instagram: SIXTY_DAYS,
      facebook: 'a page token for the first linked page, unless the other account is asked for',
    },
    traits: { documentedTokens: ['EAA'], pages: { linked: [true, false, true] } },
  },
  {
    id: 'portfolio-page',
    title: 'Page in a portfolio',
    description: 'Works on a linked page through a business portfolio, so that me/accounts stays empty.',
    expect: {
      documented: `${PAGE_TOKEN} if business_management was among the scopes; else no page can be listed`,
      instagram: SIXTY_DAYS,
      facebook: `${PAGE_TOKEN}, found through me/businesses and owned_pages`,
    },
    traits: { documentedTokens: ['EAA'], pages: { linked: [true], inPortfolio: true } },
  },
  {
    id: 'late-page',
    title: 'Page appears late',
    description: 'Has one linked page, but the first look at me/accounts after the consent finds nothing.',
    expect: {
      documented: `${PAGE_TOKEN}, at the second look`,
      instagram: SIXTY_DAYS,
      facebook: `${PAGE_TOKEN}, at the second look`,
    },
    traits: { documentedTokens: ['EAA'], pages: { linked: [true], emptyLooks: 1 } },
  },
  {
    id: 'lower-rung-second',
    title: 'Lower rung at the second consent',
    description: 'The first consent gives a token that leads to a page, every later one an Instagram token.',
    expect: {
      documented: `at first ${PAGE_TOKEN}; later code 101, then ${SIXTY_DAYS}, for the same person`,
      instagram: SIXTY_DAYS,
      facebook: PAGE_TOKEN,
    },
    traits: { documentedTokens: ['EAA', 'IGAA'], pages: onePage },
  },
  {
    id: 'code-101',
    title: 'Code 101',
    description: 'The exchange for a long-lived token is answered with 101 by graph.facebook.com.',
    expect: {
      documented: `101 at fb_exchange_token, then ${SIXTY_DAYS} by ig_exchange_token`,
      instagram: SIXTY_DAYS,
      facebook: 'only a short-lived user token: fb_exchange_token answers 101, as for a restricted app',
    },
    traits: { documentedTokens: ['IGAA'], pages: onePage, longLived: 'app_unknown' },
  },
  {
    id: 'short-lived-only',
    title: 'Short-lived token only',
    description: 'Both exchanges for a long-lived token are refused for good; the profile can be read.',
    expect: {
      documented: 'the short-lived token, which lives one hour, and the profile without name and picture',
      instagram: 'the short-lived token, which lives one hour, and the profile without name and picture',
      facebook: 'only a short-lived user token: fb_exchange_token answers code 3',
    },
    traits: {
      documentedTokens: ['IGAA'],
      pages: onePage,
      longLived: 'capability',
      hasPlainProfile: true,
    },
  },
  {
    id: 'no-page',
    title: 'No page',
    description: 'Has no Facebook Page at all.',
    expect: {
      documented: 'a long-lived user token that leads to no page and that graph.instagram.com refuses',
      instagram: SIXTY_DAYS,
      facebook: 'a long-lived user token that leads to no page',
    },
    traits: { documentedTokens: ['EAA'], pages: { linked: [] } },
  },
  {
    id: 'page-without-instagram',
    title: 'Pages, none linked',
    description: 'Manages two pages, and neither has an Instagram account.',
    expect: {
      documented: 'a long-lived user token whose pages lead to no Instagram account',
      instagram: SIXTY_DAYS,
      facebook: 'a long-lived user token whose pages lead to no Instagram account',
    },
    traits: { documentedTokens: ['EAA'], pages: { linked: [false, false] } },
  },
  {
    id: 'personal-account',
    title: 'Personal account',
    description: 'Has a personal Instagram account, which no page can be linked to.',
    expect: {
      documented: 'a 60-day Instagram token whose profile says PERSONAL',
      instagram: 'a 60-day Instagram token whose profile says PERSONAL',
      facebook: 'a long-lived user token whose page leads to no Instagram account',
    },
    traits: { documentedTokens: ['IGAA'], pages: { linked: [false] }, isPersonalAccount: true },
  },
  {
    id: 'not-a-tester',
    title: 'Not a tester',
    description: 'Has no role on the app, and the app has no Advanced Access.',
    expect: {
      documented: 'a short-lived token that graph.instagram.com answers "Unsupported request" to',
      instagram: 'a short-lived token that graph.instagram.com answers "Unsupported request" to',
      facebook: 'a long-lived user token; listing pages is refused with #200',
    },
    traits: { documentedTokens: ['IGAA'], pages: onePage, isStranger: true },
  },
  {
    id: 'denied',
    title: 'Says no',
    description: 'Looks at the consent page and refuses.',
    expect: { documented: 'no code', instagram: 'no code', facebook: 'no code' },
    traits: { documentedTokens: ['EAA'], pages: onePage, declines: 'everything' },
  },
  {
    id: 'transient',
    title: 'Hiccups once everywhere',
    description: 'After each consent the first call to every endpoint but the code exchange answers code 2.',
    expect: {
      documented: `${PAGE_TOKEN}, for a client that tries again`,
      instagram: `${SIXTY_DAYS}, for a client that tries again`,
      facebook: `${PAGE_TOKEN}, for a client that tries again`,
    },
    traits: { documentedTokens: ['EAA'], pages: onePage, trouble: 'transient' },
  },
  {
    id: 'rate-limited',
    title: 'Rate limited',
    description:
      'The profile answers code 4 until 19 minutes after the first look at it. Meta limits the whole app by it: nobody else can connect for so long.',
    expect: {
      documented: `${SIXTY_DAYS}, once the sandbox's clock is 19 minutes on`,
      instagram: `${SIXTY_DAYS}, once the sandbox's clock is 19 minutes on`,
      facebook: `${PAGE_TOKEN}, once the sandbox's clock is 19 minutes on (me/accounts is what is limited)`,
    },
    traits: { documentedTokens: ['IGAA'], pages: onePage, trouble: 'rate_limited' },
  },
  {
    id: 'slow',
    title: 'Slow',
    description: 'Every answer takes three seconds.',
    expect: { documented: PAGE_TOKEN, instagram: SIXTY_DAYS, facebook: PAGE_TOKEN },
    traits: { documentedTokens: ['EAA'], pages: onePage, trouble: 'slow' },
  },
  {
    id: 'garbage',
    title: 'Garbage',
    description: 'After a good code exchange every answer is a 200 whose text is no documented JSON.',
    expect: {
      documented: 'a short-lived token and nothing that could be done with it',
      instagram: 'a short-lived token and nothing that could be done with it',
      facebook: 'a short-lived token and nothing that could be done with it',
    },
    traits: { documentedTokens: ['EAA'], pages: onePage, trouble: 'garbage' },
  },
  {
    id: 'used-code',
    title: 'Used code',
    description: 'The dialog hands out a code that was redeemed already.',
    expect: { documented: NOTHING, instagram: NOTHING, facebook: NOTHING },
    traits: { documentedTokens: ['EAA'], pages: onePage, code: 'used' },
  },
  {
    id: 'expired-code',
    title: 'Expired code',
    description: 'The dialog hands out a code that is over an hour old.',
    expect: { documented: NOTHING, instagram: NOTHING, facebook: NOTHING },
    traits: { documentedTokens: ['EAA'], pages: onePage, code: 'expired' },
  },
  {
    id: 'big-ids',
    title: 'Big ids',
    description: 'The exchange gives the user_id 30927608773521033, which a JavaScript number cannot hold.',
    expect: {
      documented: `${SIXTY_DAYS} with every digit of the id`,
      instagram: `${SIXTY_DAYS} with every digit of the id`,
      facebook: PAGE_TOKEN,
    },
    traits: { documentedTokens: ['IGAA'], pages: onePage, appScopedId: 30_927_608_773_521_033n },
  },
  {
    id: 'declined-scope',
    title: 'Declines one permission',
    description: 'Unticks the permission to read insights and grants the rest.',
    expect: {
      documented: `${PAGE_TOKEN}, without instagram_business_manage_insights`,
      instagram: `${SIXTY_DAYS}, without instagram_business_manage_insights`,
      facebook: `${PAGE_TOKEN}, without instagram_manage_insights`,
    },
    traits: { documentedTokens: ['EAA'], pages: onePage, declines: 'optional' },
  },
  {
    id: 'declined-basic',
    title: 'Declines the basic permission',
    description: 'Unticks the permission without which no profile can be read.',
    expect: {
      documented: "tokens, but #10 when the Instagram account's fields are read",
      instagram: 'a 60-day token, but #10 when the profile is read',
      facebook: "tokens, but #10 when the Instagram account's fields are read",
    },
    traits: { documentedTokens: ['EAA'], pages: onePage, declines: 'basic' },
  },
];
