import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.js';
import { facebook, instagram, longToken, refusal, send } from './visitor.js';

test("the app takes a person's permissions back by its own token: their user and page tokens die", async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'facebook', 'page-token');
  const other = await longToken(sandbox, 'facebook', 'page-token#1');
  const [page] = (await facebook(sandbox, 'me/accounts', token)).body.data;
  const { id } = (await facebook(sandbox, 'me', token)).body;
  const { clientId, clientSecret } = sandbox.apps.facebook;
  const url = `${sandbox.hosts.facebookGraph}/v21.0/${id}/permissions`;
  const access_token = `${clientId}|${clientSecret}`;
  expect(refusal(await send('DELETE', url, { access_token: `${clientId}|wrong` }))).toMatchObject({
    code: 190,
  });
  expect((await send('DELETE', url, { access_token })).body).toEqual({ success: true });
  expect(refusal(await facebook(sandbox, 'me', token))).toMatchObject({ code: 190, subcode: 458 });
  expect(refusal(await facebook(sandbox, page.id, page.access_token))).toMatchObject({ subcode: 458 });
  expect((await facebook(sandbox, 'me', other)).status).toBe(200);
});

test("a page's subscription ends with that page's token only, an account's with its own number only", async () => {
  await using sandbox = await createSandbox();
  const user = await longToken(sandbox, 'facebook', 'page-token');
  const [page] = (await facebook(sandbox, 'me/accounts', user)).body.data;
  const ofPage = `${sandbox.hosts.facebookGraph}/v21.0/${page.id}/subscribed_apps`;
  expect((await send('DELETE', ofPage, { access_token: page.access_token })).body).toEqual({ success: true });
  expect(refusal(await send('DELETE', ofPage, { access_token: user }))).toMatchObject({
    code: 100,
    subcode: 33,
  });

  const token = await longToken(sandbox, 'instagram', 'page-token');
  const { body } = await instagram(sandbox, 'me', token, { fields: 'user_id' });
  const id = body.data?.[0]?.user_id ?? body.user_id;
  const ofAccount = (number: string): string =>
    `${sandbox.hosts.instagramGraph}/v21.0/${number}/subscribed_apps`;
  expect((await send('DELETE', ofAccount(id), { access_token: token })).body).toEqual({ success: true });
  const another = await send('DELETE', ofAccount('17841400000000001'), { access_token: token });
  expect(refusal(another)).toMatchObject({ code: 100, subcode: 33 });
});

test('every answer tells how much is used up, once somebody has said so', async () => {
  await using sandbox = await createSandbox();
  const token = await longToken(sandbox, 'instagram', 'page-token');
  const headers = async (): Promise<Array<string | null>> => {
    const response = await fetch(`${sandbox.hosts.instagramGraph}/me?access_token=${token}`);
    return ['x-app-usage', 'x-business-use-case-usage'].map((name) => response.headers.get(name));
  };
  expect(await headers()).toEqual([null, null]);
  sandbox.setUsage({ app: 96, business: { id: '1784', percent: 100, regainMinutes: 19 } });
  expect((await headers()).map((header) => JSON.parse(header ?? 'null'))).toEqual([
    { call_count: 96, total_time: 25, total_cputime: 25 },
    {
      '1784': [
        {
          type: 'instagram',
          call_count: 100,
          total_time: 25,
          total_cputime: 25,
          estimated_time_to_regain_access: 19,
        },
      ],
    },
  ]);
});

test('faults at random are the same ones for the same seed, and about as many as was said', async () => {
  const faultsOf = async (seed: number): Promise<Array<string | null>> => {
    await using sandbox = await createSandbox();
    const token = await longToken(sandbox, 'instagram', 'page-token');
    sandbox.faults.random({ seed, share: 0.3, faults: ['unavailable', 'rate_user'] });
    sandbox.ledger.clear();
    for (let call = 0; call < 100; call += 1) await instagram(sandbox, 'me', token);
    return sandbox.ledger.calls().map(({ fault }) => fault);
  };
  const first = await faultsOf(7);
  expect(await faultsOf(7)).toEqual(first);
  expect(await faultsOf(8)).not.toEqual(first);
  const count = first.filter((fault) => fault !== null).length;
  expect(count).toBeGreaterThan(15);
  expect(count).toBeLessThan(45);
  expect(new Set(first)).toEqual(new Set([null, 'unavailable', 'rate_user']));
});

test('a granted token is one like those that consent leads to', async () => {
  await using sandbox = await createSandbox();
  const { value } = sandbox.grant('code-101#5', 'long');
  expect((await instagram(sandbox, 'me', value)).status).toBe(200);
  expect(sandbox.isAlive(value)).toBe(true);
  sandbox.clock.advance(60 * 24 * 3_600_000);
  expect(sandbox.isAlive(value)).toBe(false);
  expect(() => sandbox.grant('nobody', 'long')).toThrow(TypeError);
  expect(() => sandbox.grant('no-page', 'page')).toThrow(TypeError);
});
