import { expect, test } from 'vitest';
import { CompleteInstagramAuthDocument } from '../../src/generated/graphql.js';
import { askAgain, consentAt } from './consent.js';
import { clientsOf, createServers } from './servers.js';
import { size } from './size.js';

const { servers: count, calls, rounds } = size.sameCode;

test(
  `A code that ${count} servers get ${calls} times each at once is exchanged once, and all answers are equal, ${rounds} times.`,
  {
    timeout: size.timeoutMs,
  },
  async () => {
    await using servers = await createServers('moca');
    const { sandbox } = servers;
    const running = await Promise.all(Array.from({ length: count }, () => servers.start()));
    const visitors = running.map((server) => clientsOf(server).visitor);
    for (let round = 1; round <= rounds; round += 1) {
      const [first] = visitors;
      if (first === undefined) throw new Error('Nobody runs.');
      const callback = await consentAt(first, sandbox, `page-token#${round}`);
      const answers = await Promise.all(
        visitors.flatMap((visitor) =>
          Array.from({ length: calls }, () =>
            askAgain(() => visitor.send(CompleteInstagramAuthDocument, callback)),
          ),
        ),
      );
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
      const sendings = sandbox.ledger
        .calls({ endpoint: 'code_exchange' })
        .filter(({ params }) => params['code'] === callback.code);
      expect(sendings.filter(({ granted }) => granted !== null)).toHaveLength(1);
      sandbox.ledger.clear();
    }
  },
);
