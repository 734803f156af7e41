import type { Log } from '../../log/log.js';

/** A fault of the bot ended the process; the supervisor starts it again. */
const FAULT_EXIT_CODE = 70;

/**
 * From now on an error that nobody caught is one fatal line and the end of the process with code 70, never something to
 * go on after. Gives what undoes it.
 */
export const exitOnFault = (log: Pick<Log, 'fatal'>): (() => void) => {
  const end = (error: unknown, origin: string) => {
    process.exitCode = FAULT_EXIT_CODE;
    log.fatal({ err: error instanceof Error ? error : new Error(String(error)) }, `a fault of the bot (${origin})`);
    process.exit(FAULT_EXIT_CODE);
  };
  process.on('uncaughtException', end); // rejections that nobody handles come here too
  return () => process.off('uncaughtException', end);
};
