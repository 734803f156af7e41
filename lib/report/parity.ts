import type { Opportunity } from '../portfolio/events.js';
import { Cell, type Tape } from '../tape.js';
import type { StoredMinutes } from '../training/stored.js';
import { MINUTE_MS, type EpochMs } from '../units.js';
import { isoTime } from './time.js';

/** A decision or an opportunity of a live run that its replay does not repeat. */
export interface Difference {
  readonly market: string;
  /** Open time of the minute. */
  readonly time: string;
  readonly what: 'decision' | 'opportunity' | 'score';
  readonly live: string;
  readonly replay: string;
  /** Why they differ; null if that is not known. */
  readonly reason: string | null;
}

/** How a live run compares with a replay of what it stored. */
export interface ParityReport {
  readonly run: number;
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
  readonly markets: readonly string[];
  readonly strategy: string;
  /** The version of the configuration under which it was replayed. */
  readonly configuration: number;
  readonly decisions: number;
  readonly opportunities: number;
  /** In the order of time; the first thousand. */
  readonly differences: readonly Difference[];
  readonly differing: number;
  readonly unexplained: number;
}

/** An opportunity that a live run stored. */
export interface LiveOpportunity {
  readonly market: string;
  readonly at: EpochMs;
  readonly score: number;
}

/** What is compared. */
export interface ParityTerms {
  readonly run: number;
  readonly configuration: number;
  readonly strategy: string;
  /** By lane. */
  readonly symbols: readonly string[];
  /** The strategy's decisions by code. */
  readonly decisions: readonly string[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly opportunities: readonly LiveOpportunity[];
  /** By lane: the first stored minute before the period's warm-up; NaN if there is none. */
  readonly firstStored: readonly EpochMs[];
  /** Where the replay begins to warm up. */
  readonly start: EpochMs;
}

/** A tape of the replay with what was stored of it. */
export interface ReplayedTape {
  readonly signal: Tape & { readonly decision: Uint8Array; readonly opportunities: readonly Opportunity[] };
  readonly stored: StoredMinutes;
}

const MAX_DIFFERENCES = 1_000;
/** Scores are sums of a few quotients. */
const SCORE_TOLERANCE = 1e-9;

/** Compares a live run with its replay, tape by tape. */
export class Parity {
  private readonly terms: ParityTerms;
  private readonly live: Map<string, LiveOpportunity>;
  private readonly differences: Difference[] = [];
  private compared = 0;
  private differing = 0;
  private unexplained = 0;

  constructor(terms: ParityTerms) {
    this.terms = terms;
    this.live = new Map(terms.opportunities.map(one => [`${one.market} ${one.at}`, one]));
  }

  /** Adds the next tape. */
  add({ signal, stored }: ReplayedTape): void {
    const { symbols, decisions, run, from, to } = this.terms;
    const { start, minutes, decision, cell } = signal;
    for (const [lane, market] of symbols.entries())
      for (let row = 0; row < minutes; row++) {
        const at = start + row * MINUTE_MS;
        if (at < from || at >= to) continue;
        const i = lane * minutes + row;
        if (stored.values.live_run[i] !== run) continue;
        this.compared++;
        const code = stored.values.live_decision[i]!;
        const live = Number.isNaN(code) ? 'another decision' : decisions[code]!;
        const replay = decisions[decision[i]!]!;
        if (live === replay) continue;
        const configuration = stored.values.live_configuration[i]!;
        this.differ(
          { market, at, what: 'decision', live, replay },
          this.reasonOf(lane, configuration, replay, cell[i]!),
        );
      }
    for (const { market: lane, at, score } of signal.opportunities) {
      const market = symbols[lane];
      if (market === undefined || at < from || at >= to) continue;
      const key = `${market} ${at}`;
      const live = this.live.get(key);
      const i = lane * minutes + (at - start) / MINUTE_MS;
      if (stored.values.live_run[i] !== run) continue;
      this.live.delete(key);
      if (!live) this.differ({ market, at, what: 'opportunity', live: 'none', replay: 'one' }, null);
      else if (Math.abs(live.score - score) > SCORE_TOLERANCE)
        this.differ({ market, at, what: 'score', live: String(live.score), replay: String(score) }, null);
    }
  }

  /** The result, after the last tape. */
  report(): ParityReport {
    const { run, from, to, symbols, strategy, configuration, opportunities } = this.terms;
    for (const { market, at } of this.live.values())
      if (!this.differences.some(other => other.market === market && other.time === isoTime(at)))
        this.differ({ market, at, what: 'opportunity', live: 'one', replay: 'none' }, null);
    this.live.clear();
    return {
      run,
      from: isoTime(from),
      to: isoTime(to),
      markets: symbols,
      strategy,
      configuration,
      decisions: this.compared,
      opportunities: opportunities.length,
      differences: this.differences.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)),
      differing: this.differing,
      unexplained: this.unexplained,
    };
  }

  private differ(
    { at, ...difference }: Omit<Difference, 'reason' | 'time'> & { readonly at: EpochMs },
    reason: string | null,
  ): void {
    this.differing++;
    if (reason === null) this.unexplained++;
    if (this.differences.length < MAX_DIFFERENCES) this.differences.push({ ...difference, time: isoTime(at), reason });
  }

  private reasonOf(lane: number, configuration: number, replay: string, cell: number): string | null {
    const { configuration: replayed, firstStored, start } = this.terms;
    if (configuration !== replayed) return `decided under configuration ${configuration}`;
    if (cell === Cell.absent) return 'the candle is not stored any more';
    const isYoung = replay === 'warming_up' || replay === 'unknown';
    if (isYoung && !(firstStored[lane]! <= start)) return 'the candles that warmed it up are not stored any more';
    return null;
  }
}
