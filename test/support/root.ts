import { stopDatabase } from './database.js';

// What a machine asks of every program that it runs would change what ours say: a test that wants one of these sets it.
for (const name of ['FORCE_COLOR', 'NO_COLOR', 'CLICOLOR_FORCE', 'CI', 'DEBUG'])
  Reflect.deleteProperty(process.env, name);

/** Mocha calls it once, after the last test, failed or not. */
export const mochaGlobalTeardown = (): Promise<void> => stopDatabase();
