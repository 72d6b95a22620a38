import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { plot } from './plot.ts';
import { report, summary } from './report.ts';
import type { Results } from './results.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const FOLDER = join(ROOT, 'test', 'bench', 'results');

/** Between these the README shows the last run. */
const SHOWN = /(<!-- bench: .*? -->\n)[\s\S]*?(\n<!-- \/bench -->)/;

/** Keeps a whole run: the tables, the plot, and what the README shows of them. */
export async function writeResults(results: Results): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await writeMarkdown(join(FOLDER, 'latest.md'), report(results));
  writeFileSync(join(FOLDER, 'latest.svg'), plot(results));
  const readme = join(ROOT, 'README.md');
  const text = readFileSync(readme, 'utf8');
  const shown = `\n${summary(results)}\n`;
  await writeMarkdown(
    readme,
    text.replace(SHOWN, (_, begin: string, end: string) => begin + shown + end),
  );
}

async function writeMarkdown(path: string, text: string): Promise<void> {
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
