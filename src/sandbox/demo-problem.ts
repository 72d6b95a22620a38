import { ConfigError } from '../config.js';

/** What is wrong with how the demo was started, in a line; null for what is no fault of whoever did. */
export function demoProblem(error: unknown): string | null {
  if (error instanceof ConfigError) return error.problems.join('; ');
  const { code, port } = error as { readonly code?: unknown; readonly port?: unknown };
  switch (code) {
    case 'EADDRINUSE':
      return `port ${String(port)} is in use. PORT (the server's) and SANDBOX_PORT choose others.`;
    case 'EACCES':
      return `port ${String(port)} is not for everybody. PORT (the server's) and SANDBOX_PORT choose others.`;
    case 'ERR_SOCKET_BAD_PORT':
      return "PORT (the server's) and SANDBOX_PORT have to be ports.";
    default:
      return null;
  }
}
