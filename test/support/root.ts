import { stopDatabase } from './database.js';

/** Mocha calls it once, after the last test, failed or not. */
export const mochaGlobalTeardown = (): Promise<void> => stopDatabase();
