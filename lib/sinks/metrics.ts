import { HOUR_MS, MINUTE_MS, type EpochMs } from '../units.js';
import { declareSink } from './sink.js';

/**
 * Stores the metrics of a strategy's wallet whenever it closed a trade, and each hour: one wallet a
 * minute, since each reads all minutes of the run.
 */
export const metrics = declareSink({
  open: ({ measure }) => {
    const measuredAt = new Map<string, EpochMs>();
    let hourlyAt: EpochMs = -Infinity;
    return event => {
      if (event.kind !== 'changed') return null;
      const { strategy, at } = event;
      const last = measuredAt.get(strategy) ?? at;
      if (!measuredAt.has(strategy)) measuredAt.set(strategy, at);
      const hasClosed = event.events.some(each => each.kind === 'exited' && each.closed);
      if (!hasClosed && (at - last < HOUR_MS || at - hourlyAt < MINUTE_MS)) return null;
      if (!hasClosed) hourlyAt = at;
      measuredAt.set(strategy, at);
      return measure(strategy, at, event.configurationId);
    };
  },
});
