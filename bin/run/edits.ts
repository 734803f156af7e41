import type { Log } from '../../lib/log/log.js';
import { changeLine } from '../../lib/settings/diff.js';
import type { RecordedEvent } from '../../streams/sources/settings.js';

/** Says what an edit of the configuration came to, once in each process; the next one that differs in a number alone is another one. */
export const describeEdit = (log: Pick<Log, 'info' | 'warn'>, role: string, event: RecordedEvent): void => {
  const fields = { configuration: event.versionId };
  const lineOf = (n: number) => ({ ...fields, repeatKey: ['edit', event.versionId, n + 1, role] });
  switch (event.kind) {
    case 'accepted':
      for (const change of event.changes)
        log.info(fields, `configuration ${event.versionId} is in force: ${changeLine(change)}`);
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
