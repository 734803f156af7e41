import type { Log } from '../../ops/log.js';

/** A bug ended the process; the supervisor restarts it. */
const FAULT_EXIT_CODE = 70;

/**
 * From now on an uncaught error is logged as one fatal line and ends the process with code 70.
 * Returns a function that undoes this.
 */
export const exitOnFault = (log: Pick<Log, 'fatal'>): (() => void) => {
  const end = (error: unknown, origin: string) => {
    process.exitCode = FAULT_EXIT_CODE;
    log.fatal({ err: error instanceof Error ? error : new Error(String(error)) }, `a bug in crypto-bot (${origin})`);
    process.exit(FAULT_EXIT_CODE);
  };
  process.on('uncaughtException', end); // unhandled rejections arrive here too
  return () => process.off('uncaughtException', end);
};
