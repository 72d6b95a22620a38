import { readFileSync } from 'node:fs';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables that are set, without the blanks around them; an empty one counts as not set. Those of `secrets`
 * are also read from the file that `NAME_FILE` names. What is wrong with that is added to `problems`.
 */
export function readVariables(
  env: Environment,
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
