import { stopDatabase, sweepDatabases } from './database.js';
import { collectWarnings, takeWarnings } from './warnings.js';

// What a machine asks of every program that it runs would change what ours say: a test that wants
// one of these sets it.
for (const name of ['FORCE_COLOR', 'NO_COLOR', 'CLICOLOR_FORCE', 'CI', 'DEBUG'])
  Reflect.deleteProperty(process.env, name);

// A process of ours that runs within a worker of mocha takes the worker's channel for that of a
// supervisor, and no longer waits for it: without anything else to wait for, the worker would end
// between two specs.
if (process.env['MOCHA_WORKER_ID'] !== undefined) setInterval(() => undefined, 60_000);

collectWarnings();

const refuseWarnings = (): void => {
  const warnings = takeWarnings();
  if (warnings.length > 0) throw new Error(`Node warns, and no process of ours may make it:\n${warnings.join('\n')}`);
};

/**
 * Mocha calls it after every test: what Node warns of today is an error in its next version, and
 * noise above a report.
 */
export const mochaHooks = { afterEach: refuseWarnings };

/**
 * Mocha calls it once, in its first process, after the last test, failed or not. With `--parallel`
 * the servers belong to the worker processes, which have ended by then.
 */
export const mochaGlobalTeardown = async (): Promise<void> => {
  await stopDatabase();
  await sweepDatabases();
  refuseWarnings();
};
