import { readFileSync } from 'node:fs';

/**
 * The variables that are set, with the secrets that stand in the files that `NAME_FILE` names. What is wrong with
 * those files is added to `problems`, by the names of the variables.
 */
export function withSecretFiles(
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
  secrets: readonly string[],
  problems: string[],
): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  for (const name of names) values[name] = env[name]?.trim() || undefined;
  for (const name of secrets) {
    const path = env[`${name}_FILE`]?.trim();
    if (!path) continue;
    if (values[name] !== undefined) {
      problems.push(`${name} and ${name}_FILE: set one of them`);
      continue;
    }
    try {
      values[name] = readFileSync(path, 'utf8').trim() || undefined;
    } catch {
      problems.push(`${name}_FILE: the file cannot be read`);
    }
  }
  return values;
}
