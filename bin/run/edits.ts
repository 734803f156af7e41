import type { Log } from '../../lib/log/log.js';
import { changeLine } from '../../lib/settings/diff.js';
import { warningsOf } from '../../lib/settings/warnings.js';
import type { RecordedEvent } from '../../streams/sources/settings.js';

/**
 * Says what an edit of the configuration, or what a process starts with, came to, once in each process; the next one that
 * differs in a number alone is another one. What is doubtful in it is said by the positions, whose trades it is about.
 */
export const describeEdit = (log: Pick<Log, 'info' | 'warn'>, role: string, event: RecordedEvent): void => {
  const fields = { configuration: event.versionId };
  const lineOf = (n: number) => ({ ...fields, repeatKey: ['edit', event.versionId, n + 1, role] });
  switch (event.kind) {
    case 'accepted':
      for (const change of event.changes)
        log.info(fields, `configuration ${event.versionId} is in force: ${changeLine(change)}`);
      if (role === 'positions')
        for (const { text } of warningsOf(event.configuration))
          log.warn(fields, `this configuration is valid, but ${text}`);
      return;
    case 'restored':
      log.info(fields, `the configuration file says again what is in force (version ${event.versionId})`);
      return;
    case 'refused':
      event.problems.forEach((problem, n) =>
        log.warn(lineOf(n), `this edit is refused and changes nothing: ${problem}`),
      );
      return;
    case 'restart_needed':
      event.problems.forEach((problem, n) => log.warn(lineOf(n), `this edit waits for a restart: ${problem}`));
  }
};
