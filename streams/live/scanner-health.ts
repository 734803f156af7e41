import { NO_LATENCY, afterStored, latencyCounters, type Latency } from '../../lib/market-data/latency.js';
import type { DurationMs, EpochMs } from '../../lib/units.js';
import type { ScannerEvent } from './events.js';

/** A scanner's heartbeat. */
export interface ScannerHealth {
  /** The end of the decided minutes; NaN before the first. */
  readonly until: EpochMs;
  /** The failure since the last report; null if there was none. */
  readonly error: string | null;
  readonly latency: Latency;
  readonly counters: {
    readonly tapes: number;
    readonly candles: number;
    readonly decisions: number;
    readonly opportunities: number;
    readonly revised: number;
    readonly gaps: number;
    readonly troubles: number;
    readonly save_ms: DurationMs;
  };
}

/** The health before any event. */
export const HEALTHY: ScannerHealth = {
  until: NaN,
  error: null,
  latency: NO_LATENCY,
  counters: {
    tapes: 0,
    candles: 0,
    decisions: 0,
    opportunities: 0,
    revised: 0,
    gaps: 0,
    troubles: 0,
    save_ms: 0,
  },
};

/** The health after an event. */
export const scannerHealth = (health: ScannerHealth, event: ScannerEvent): ScannerHealth => {
  const { counters } = health;
  switch (event.kind) {
    case 'scanned':
      return {
        ...health,
        until: Math.max(Number.isNaN(health.until) ? -Infinity : health.until, event.until),
        latency: afterStored(health.latency, event.storedMs),
        counters: {
          ...counters,
          tapes: counters.tapes + 1,
          candles: counters.candles + event.candles,
          decisions: counters.decisions + event.decisions,
          opportunities: counters.opportunities + event.found,
          save_ms: event.saveMs,
        },
      };
    case 'away':
      return { ...health, error: `the exchange cannot be reached: ${event.reason}` };
    case 'revised':
      return { ...health, counters: { ...counters, revised: counters.revised + event.candles.length } };
    case 'gap':
      return { ...health, counters: { ...counters, gaps: counters.gaps + 1 } };
    case 'trouble':
      return {
        ...health,
        error: `${event.symbols[event.market]}: ${event.reason}`,
        counters: { ...counters, troubles: counters.troubles + 1 },
      };
    default:
      return health;
  }
};

/** Whether an event is reported at once. */
export const isScannerNews = ({ kind }: ScannerEvent): boolean =>
  kind === 'scanned' || kind === 'recovered' || kind === 'away';

/** All counters, including those of the latency. */
export const scannerCounters = ({ counters, latency }: ScannerHealth): Readonly<Record<string, number>> => ({
  ...counters,
  ...latencyCounters(latency),
});
