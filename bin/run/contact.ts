import type { Log } from '../../lib/log/log.js';
import type { ContactEvent } from '../../lib/live/positions-events.js';
import type { Mode } from './mode.js';

/** Whether the exchange answers at all is known so soon, in our own time. */
export const CONTACT_MS = 5_000;

/** Describes whether the exchange answers at a start. */
export const describeContact = (log: Pick<Log, 'info' | 'warn'>, mode: Mode, event: ContactEvent): void => {
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
