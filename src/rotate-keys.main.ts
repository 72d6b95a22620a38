import process from 'node:process';
import { resealTokens } from './accounts/reseal-tokens.js';
import { ConfigError, EX_CONFIG, readConfig } from './config.js';
import { openDatabase } from './database/database.js';
import { AttemptStore } from './oauth/attempt-store.js';
import { GroupCommit } from './sql/group-commit.js';
import { Cipher, SealBrokenError } from './tokens/cipher.js';
import { Keyring } from './tokens/keyring.js';

// Seals everything again with the first key of TOKEN_ENCRYPTION_KEYS. Afterwards the other keys can go.
try {
  const { config, secrets } = readConfig(process.env);
  const cipher = new Cipher(new Keyring(secrets.encryptionKeys));
  await using database = await openDatabase(secrets.database, { poolSize: config.databasePoolSize });
  await database.migrate();
  const tokens = await resealTokens(database.em, cipher);
  const attempts = await new AttemptStore(
    database.em,
    cipher,
    'keys:rotate',
    new GroupCommit(database.em),
  ).reseal();
  console.log(`Sealed again with the first key: ${tokens} tokens, ${attempts} open attempts.`);
} catch (error) {
  if (!(error instanceof ConfigError || error instanceof SealBrokenError)) throw error;
  console.error(error.message);
  process.exitCode = EX_CONFIG;
}
