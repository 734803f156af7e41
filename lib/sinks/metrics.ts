import { HOUR_MS } from '../units.js';
import { declareSink } from './sink.js';

/** Stores the metrics of the run whenever a trade was closed, and each hour. */
export const metrics = declareSink({
  open: ({ measure }) => {
    let measuredAt = NaN;
    return event => {
      if (event.kind !== 'changed') return null;
      if (Number.isNaN(measuredAt)) measuredAt = event.at;
      const hasClosed = event.events.some(each => each.kind === 'exited' && each.closed);
      if (!hasClosed && event.at - measuredAt < HOUR_MS) return null;
      measuredAt = event.at;
      return measure(event.at, event.configurationId);
    };
  },
});
