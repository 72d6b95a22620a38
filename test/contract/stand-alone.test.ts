import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { requiredEnvironment } from '../support/environment.js';
import { get } from './visitor.js';

const program = join(import.meta.dirname, '..', '..', 'dist', 'sandbox', 'main.js');

/** Starts it, and reads what it prints to the end. */
async function start(redirectUri: string) {
  const env = { ...process.env, HOST: '', PORT: '0', INSTAGRAM_REDIRECT_URI: redirectUri };
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.includes('declined-basic')) break;
  }
  return { child, ended, printed: lines.join('\n') };
}

/** Whether the sandbox shows its dialog to somebody who is to come back to `redirectUri`. */
async function dialogStatus(printed: string, redirectUri: string): Promise<number> {
  const hosts = /^META_FACEBOOK_DIALOG_URL=(.*)$/m.exec(printed)?.[1] ?? 'absent';
  const clientId = /^INSTAGRAM_CLIENT_ID=(\d+)$/m.exec(printed)?.[1] ?? 'absent';
  const query = { client_id: clientId, redirect_uri: redirectUri };
  return (await get(`${hosts}/v21.0/dialog/oauth`, query)).status;
}

test.for(['SIGTERM', 'SIGINT'] as const)(
  'the stand-alone sandbox prints what to paste, serves, and ends cleanly on %s',
  async (signal) => {
    const redirectUri = 'https://my.example/callback';
    const { child, ended, printed } = await start(redirectUri);
    const url = /^Meta sandbox: (http:\/\/127\.0\.0\.1:\d+)\/$/m.exec(printed)?.[1] ?? 'absent';
    expect(printed).toContain(`META_FACEBOOK_GRAPH_URL=${url}/graph.facebook.com`);
    expect(printed.match(/^INSTAGRAM_CLIENT_SECRET=sandbox-app-secret-\w+$/gm)).toHaveLength(3);
    const { personas } = (await get(`${url}/sandbox/personas`)).body;
    for (const { id } of personas) expect(printed).toContain(`  ${id} `);

    expect(printed).toContain(`INSTAGRAM_REDIRECT_URI=${redirectUri}`);
    expect(await dialogStatus(printed, redirectUri)).toBe(200);
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
  },
);

test('whoever pastes what it prints is sent back to the page of their own server', async () => {
  const { child, ended, printed } = await start('');
  const pasted = Object.fromEntries(
    [...printed.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const { config } = readConfig({ ...requiredEnvironment, ...pasted });
  expect(config.redirectUri).toBe(`${config.publicUrl}/instagram-callback`);
  expect(await dialogStatus(printed, config.redirectUri)).toBe(200);
  child.kill();
  await ended;
});
