import { ask, type Question } from './ask.ts';
import type { ServerProcess } from './server-process.ts';
import { worksOf } from './works.ts';

/** How many questions of each work are compared. */
const COMPARED = 8;

/** Between the first server's answer and the last one's. */
const PATIENCE_SECONDS = 60;

/**
 * Asks every server the same, in the same order, before anything is timed.
 *
 * @throws Error when two answers differ in a byte that is neither time nor chance
 */
export async function compareAnswers(
  servers: readonly ServerProcess[],
  accountIds: readonly string[],
): Promise<void> {
  const all = await Promise.all(servers.map((server) => answersOf(server, accountIds)));
  const [[first, ...others], [name, ...names]] = [all, servers.map(({ contestant }) => contestant.name)];
  for (const [index, answers] of others.entries()) {
    for (const [number, expected] of (first ?? []).entries()) {
      compare([name ?? '', expected], [names[index] ?? '', answers[number] ?? '']);
    }
  }
}

async function answersOf(server: ServerProcess, accountIds: readonly string[]): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const { questions } of worksOf(accountIds, server.contestant.otherText ?? false)) {
    // What is the same every time is asked as often: the later answers come from compiled code.
    for (let index = 0; index < COMPARED; index += 1) {
      const question = questions[index % questions.length];
      if (question !== undefined) answers.push(await askServer(server, question));
    }
  }
  return answers;
}

async function askServer({ port, condition }: ServerProcess, question: Question): Promise<string> {
  try {
    return await ask(port, question);
  } catch (error) {
    throw new Error(`No answer from ${condition()}`, { cause: error });
  }
}

function compare([name, expected]: [string, string], [otherName, answer]: [string, string]): void {
  const [one, other] = [split(expected), split(answer)];
  const isLater = one.seconds.some(
    (seconds, index) => Math.abs(seconds - (other.seconds[index] ?? Number.NaN)) > PATIENCE_SECONDS,
  );
  if (one.text === other.text && !isLater) return;
  const at = Array.from(one.text).findIndex((character, index) => other.text[index] !== character);
  const from = Math.max(0, at - 60);
  throw new Error(
    `The answers differ.\n${name}: …${one.text.slice(from, at + 100)}\n${otherName}: …${other.text.slice(from, at + 100)}`,
  );
}

/** What an answer says without the seconds that are left, when it was changed, and the random half of a state. */
function split(answer: string): { text: string; seconds: number[] } {
  const seconds: number[] = [];
  const text = answer
    // Apollo Server ends each answer with a line break.
    .trimEnd()
    .replaceAll(/"expiresInSeconds":(\d+)/g, (_, number: string) => {
      seconds.push(Number(number));
      return '"expiresInSeconds":…';
    })
    .replace(/(state=s1\.bench\.)[\w-]{200,}\.[\w-]{43}/, '$1…')
    .replace(
      /^(\{"data":\{"updateInstagramAccountSettings":.*"updatedAt":)"[-\d]{10}T[:\d]{8}\.\d{3}Z"/,
      '$1…',
    );
  return { text, seconds };
}
