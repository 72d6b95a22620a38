import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { get } from './visitor.js';

const program = join(import.meta.dirname, '..', '..', 'dist', 'sandbox', 'main.js');

test.for(['SIGTERM', 'SIGINT'] as const)(
  'the stand-alone sandbox prints what to paste, serves, and ends cleanly on %s',
  async (signal) => {
    const env = {
      ...process.env,
      HOST: '',
      PORT: '0',
      INSTAGRAM_REDIRECT_URI: 'https://my.example/callback',
    };
    const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (line.includes('declined-basic')) break;
    }
    const printed = lines.join('\n');
    const url = /^Meta sandbox: (http:\/\/127\.0\.0\.1:\d+)\/$/m.exec(printed)?.[1] ?? 'absent';
    expect(printed).toContain(`META_FACEBOOK_GRAPH_URL=${url}/graph.facebook.com`);
    expect(printed.match(/^INSTAGRAM_CLIENT_SECRET=sandbox-app-secret-\w+$/gm)).toHaveLength(3);
    const { personas } = (await get(`${url}/sandbox/personas`)).body;
    for (const { id } of personas) expect(printed).toContain(`  ${id} `);

    const clientId = /^INSTAGRAM_CLIENT_ID=(\d+)$/m.exec(printed)?.[1] ?? 'absent';
    const dialog = await get(`${url}/www.facebook.com/v21.0/dialog/oauth`, {
      client_id: clientId,
      redirect_uri: env.INSTAGRAM_REDIRECT_URI,
    });
    expect(dialog.status).toBe(200);
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
  },
);
