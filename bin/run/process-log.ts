import type { Mode } from '../../lib/exchange/mode.js';
import type { Log } from '../../lib/ops/log.js';
import { changeLine } from '../../lib/settings/diff.js';
import { warningsOf } from '../../lib/settings/warnings.js';
import type { EpochMs } from '../../lib/units.js';
import type { ContactEvent } from '../../lib/market-data/positions-events.js';
import type { RecordedEvent } from '../../streams/sources/settings.js';

type ProcessLog = Pick<Log, 'info' | 'warn'>;

/**
 * A minute of the market's clock for a log line: 2026-03-14 15:02Z. A simulated clock is marked, as
 * the line's own time is real.
 */
export const marketTime = (mode: Mode, at: EpochMs): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z${mode === 'simulated' ? ' (simulated)' : ''}`;

/** Logs whether the exchange answers at a start. */
export const describeContact = (log: ProcessLog, mode: Mode, event: ContactEvent): void => {
  if (event.kind === 'back') {
    log.info({ repeatKey: 'exchange-back' }, 'the exchange answers');
    return;
  }
  const hint = mode === 'live' ? ' Without a network: bin/bot run --simulate' : '';
  log.warn(
    { repeatKey: 'exchange-away' },
    `the exchange cannot be reached (${event.reason}); the next try is in ${Math.round(event.waitMs / 1_000)} s.${hint}`,
  );
};

/**
 * Logs the outcome of a config edit, or the configuration at the start, once per process. The
 * repeat key carries the edit's id, so the repeat limiter never merges two edits that differ only
 * in a number. Warnings come from the positions process, whose trades they are about.
 */
export const describeEdit = (log: ProcessLog, role: string, event: RecordedEvent): void => {
  const fields = { configuration: event.versionId };
  const lineOf = (n: number) => ({ ...fields, repeatKey: ['edit', event.versionId, n + 1, role] });
  switch (event.kind) {
    case 'accepted':
      for (const change of event.changes)
        log.info(fields, `configuration ${event.versionId} is in force: ${changeLine(change)}`);
      event.kept?.forEach((line, n) => log.warn(lineOf(n), `a strategy keeps its previous version: ${line}`));
      if (role === 'positions')
        for (const { text } of warningsOf(event.configuration))
          log.warn(fields, `this configuration is valid, but ${text}`);
      return;
    case 'restored':
      log.info(fields, `the configuration file matches the version in force again (version ${event.versionId})`);
      return;
    case 'refused':
      event.problems.forEach((problem, n) => log.warn(lineOf(n), `edit rejected, nothing changed: ${problem}`));
      return;
    case 'restart_needed':
      event.problems.forEach((problem, n) => log.warn(lineOf(n), `edit takes effect after a restart: ${problem}`));
  }
};
