import { HOUR_MS, type EpochMs } from '../units.js';
import { declareSink } from './sink.js';

/** Stores the metrics of a strategy's wallet whenever it closed a trade, and each hour. */
export const metrics = declareSink({
  open: ({ measure }) => {
    const measuredAt = new Map<string, EpochMs>();
    return event => {
      if (event.kind !== 'changed') return null;
      const { strategy, at } = event;
      const last = measuredAt.get(strategy) ?? at;
      if (!measuredAt.has(strategy)) measuredAt.set(strategy, at);
      const hasClosed = event.events.some(each => each.kind === 'exited' && each.closed);
      if (!hasClosed && at - last < HOUR_MS) return null;
      measuredAt.set(strategy, at);
      return measure(strategy, at, event.configurationId);
    };
  },
});
