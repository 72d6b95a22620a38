// Says so where Node is too old, in JavaScript and without options that every Node knows: an old one would end at the
// first TypeScript file, or at an option of the next command, and not say why.
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** sysexits.h: something is wrong with the configuration. */
const EX_CONFIG = 78;

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const wanted = Number.parseInt(engines.node.replace('>=', ''), 10);
if (Number.parseInt(process.versions.node, 10) < wanted) {
  console.error(
    `This needs Node ${wanted}, and is run by Node ${process.versions.node}: install it, or run npm ci without --omit=dev, which brings it.`,
  );
  process.exitCode = EX_CONFIG;
}
