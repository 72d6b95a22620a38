import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Brings `dist` up to date before the first test: some tests start the built server as its own process. */
export function setup(): void {
  const root = join(import.meta.dirname, '..', '..');
  const { status } = spawnSync(process.execPath, [join(root, 'src', 'scripts', 'build.ts')], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The build failed; see above.');
}
