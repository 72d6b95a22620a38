import { ConfigError, type Config } from './config.js';

type Address = Pick<Config, 'host' | 'port'>;

/** By the code of the failure: what is wrong with the address, and not with the server. */
const PROBLEMS: Readonly<Record<string, (address: Address) => string>> = {
  EADDRINUSE: ({ port }) => `PORT: ${port} is in use`,
  EACCES: ({ port }) => `PORT: this user may not listen on ${port}`,
  EADDRNOTAVAIL: unknownHost,
  EAFNOSUPPORT: unknownHost,
  EAI_AGAIN: unknownHost,
  EINVAL: unknownHost,
  ENOTFOUND: unknownHost,
};

/** What a server that could not listen has to be told differently; null where it failed for something else. */
export function listenProblem(error: unknown, address: Address): ConfigError | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall, hostname } = error as NodeJS.ErrnoException & { readonly hostname?: string };
  if (syscall !== 'listen' && hostname !== address.host) return null;
  const problem = PROBLEMS[code ?? ''];
  return problem === undefined ? null : new ConfigError([problem(address)]);
}

function unknownHost({ host }: Address): string {
  return `HOST: ${host} cannot be listened on, which is no address of this machine`;
}
