import { Arg, Ctx, ID, Int, Mutation, Query, Resolver } from 'type-graphql';
import { InstagramAccount } from '../accounts/instagram-account.type.js';
import { actorOf, type RequestContext } from '../request-context.js';
import type { PageArguments } from '../pagination/page-request.js';
import type { Page } from '../pagination/to-page.js';
import type { ConnectService } from './connect.service.js';
import {
  AttemptOutcome,
  ConnectionAttemptConnection,
  type ConnectionAttempt,
} from './connection-attempt.type.js';

/** What the resolver needs to know of the rest. */
export interface OAuthResolverOptions {
  readonly connect: ConnectService<InstagramAccount>;
  /** @throws AppError BAD_USER_INPUT for a challenge that is missing or malformed */
  readonly authUrl: (challenge: string | null, forceReauth: boolean) => string;
  /** @throws AppError BAD_USER_INPUT */
  readonly listAttempts: (
    outcome: AttemptOutcome | null,
    page: PageArguments,
  ) => Promise<Page<ConnectionAttempt>>;
}

@Resolver()
export class OAuthResolver {
  constructor(private readonly options: OAuthResolverOptions) {}

  @Query(() => String, { description: 'Where to send the person who wants to connect an account.' })
  authUrl(
    @Arg('challenge', () => String, {
      nullable: true,
      description:
        'base64url SHA-256 of a verifier that your page keeps (RFC 7636, S256): only who has the verifier can complete.',
    })
    challenge: string | null,
    @Arg('forceReauth', () => Boolean, {
      nullable: true,
      defaultValue: false,
      description: 'Makes the person log in again, for whoever is logged in as somebody else.',
    })
    forceReauth: boolean | null,
    @Ctx() context: RequestContext,
  ): string {
    context.countUse('authUrl');
    return this.options.authUrl(challenge ?? null, forceReauth ?? false);
  }

  @Mutation(() => InstagramAccount, {
    description:
      'Connects the account of the person who came back with a code. Safe to repeat: the same code is exchanged once, and every call gets the same answer.',
  })
  completeInstagramAuth(
    @Arg('code', () => String, { description: 'The code of the redirect, at most 4,096 characters.' })
    code: string,
    @Arg('state', () => String, { nullable: true, description: 'The state of the redirect.' })
    state: string | null,
    @Arg('verifier', () => String, {
      nullable: true,
      description: 'The verifier whose challenge was given to `authUrl`.',
    })
    verifier: string | null,
    @Arg('professionalAccountId', () => ID, {
      nullable: true,
      description: 'Which account to connect, when the person has several linked Pages; else the first one.',
    })
    professionalAccountId: string | null,
    @Ctx() context: RequestContext,
  ): Promise<InstagramAccount> {
    return this.options.connect.complete(
      {
        code,
        state: state ?? null,
        verifier: verifier ?? null,
        professionalAccountId: professionalAccountId ?? null,
      },
      { actor: actorOf(context), countNewCode: () => context.countUse('complete') },
    );
  }

  @Query(() => ConnectionAttemptConnection, { description: 'The attempts to connect, newest first.' })
  connectionAttempts(
    @Arg('first', () => Int, { nullable: true, description: 'How many: 1 to 100. 20 when nothing is said.' })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Cursor: only what comes after it.' })
    after: string | null,
    @Arg('outcome', () => AttemptOutcome, { nullable: true, description: 'Only attempts that ended so.' })
    outcome: AttemptOutcome | null,
  ): Promise<ConnectionAttemptConnection> {
    return this.options.listAttempts(outcome ?? null, { first, after });
  }
}
