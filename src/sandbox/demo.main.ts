import process from 'node:process';
import { EX_CONFIG } from '../config.js';
import { createDemo } from './demo.js';
import { demoNotice } from './demo-notice.js';
import { demoProblem } from './demo-problem.js';

const { PORT, SANDBOX_PORT, INSTAGRAM_LOGIN_FLOW, LOG_LEVEL } = process.env;

try {
  const demo = await createDemo({
    port: Number(PORT || 4000),
    sandboxPort: Number(SANDBOX_PORT || 4100),
    flow: INSTAGRAM_LOGIN_FLOW || 'moca',
    logLevel: LOG_LEVEL || 'warn',
  });
  console.log(`\n${demoNotice(demo)}\n`);

  const stop = (): void => void demo.close().then(() => process.exit(0));
  process.once('SIGTERM', stop).once('SIGINT', stop);
} catch (error) {
  const problem = demoProblem(error);
  if (problem === null) throw error;
  console.error(`The demo cannot start: ${problem}`);
  process.exit(EX_CONFIG);
}
