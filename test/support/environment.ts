import { randomBytes } from 'node:crypto';
import { ConfigError, readConfig, type Environment } from '../../src/config.js';

/** Made up for this run. */
export const madeUpSecret = `secret${randomBytes(20).toString('hex')}`;
export const madeUpRingKey = randomBytes(32).toString('base64');

/** The variables without which the server does not start, and no other. */
export const requiredEnvironment = {
  INSTAGRAM_CLIENT_ID: '1234',
  INSTAGRAM_CLIENT_SECRET: madeUpSecret,
  TOKEN_ENCRYPTION_KEYS: `k1:${madeUpRingKey}`,
};

/** What the server finds wrong with an environment. */
export function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}
