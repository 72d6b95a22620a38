import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { COMPILER_FILE, inlineLeaves } from '../../src/scripts/inline-leaves.js';

const loopback = new Set(['localhost', '127.0.0.1', '::1']);
// Kept unbound: it is called with the socket it belongs to.
// oxlint-disable-next-line typescript/unbound-method
const connect = Socket.prototype.connect;

/** No test talks to anything but this machine: a call elsewhere is a mistake in the test or in the server. */
function connectLoopbackOnly(this: Socket, ...args: unknown[]): Socket {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof first === 'object' && first !== null && 'host' in first && typeof first.host === 'string') {
    if (!loopback.has(first.host)) throw new Error(`A test tried to connect to ${first.host}.`);
  }
  return Reflect.apply(connect, this, args) as Socket;
}

// This file runs before each test file, and several of those share a process.
if (connect.name !== connectLoopbackOnly.name) {
  Socket.prototype.connect = connectLoopbackOnly;
  // As the built server has it.
  registerHooks({
    load: (url, context, nextLoad) => {
      if (!COMPILER_FILE.test(url)) return nextLoad(url, context);
      const source = inlineLeaves(readFileSync(fileURLToPath(url), 'utf8'));
      return { ...nextLoad(url, context), source };
    },
  });
}
