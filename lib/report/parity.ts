import type { DecidedBy } from '../market-data/scans.js';
import { Cell, type Tape } from '../tape.js';
import type { StoredMinutes } from '../training/stored.js';
import { MINUTE_MS, type EpochMs } from '../units.js';
import type { TradeReplay } from './parity-fills.js';
import { isoTime } from './time.js';

/** A decision, an opportunity, an exit signal or a fill of a live run that its replay does not repeat. */
export interface Difference {
  readonly strategy: string;
  readonly market: string;
  /** Open time of the minute; of a fill its own time. */
  readonly time: string;
  readonly what: 'decision' | 'opportunity' | 'score' | 'exit signal' | 'entry' | 'exit';
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
  /** The strategies that were compared, with what the run stored of each. */
  readonly strategies: readonly {
    readonly name: string;
    readonly decisions: number;
    readonly opportunities: number;
    readonly trades: number;
  }[];
  /** Those that could not be replayed. */
  readonly notCompared: readonly NotCompared[];
  /** The version of the configuration under which it was replayed. */
  readonly configuration: number;
  /** Of all compared strategies, as the next one. */
  readonly decisions: number;
  readonly opportunities: number;
  readonly trades: number;
  /** In the order of time: those not explained, and the first thousand others. */
  readonly differences: readonly Difference[];
  readonly differing: number;
  readonly unexplained: number;
}

/** A strategy that could not be replayed, and why. */
export interface NotCompared {
  readonly name: string;
  readonly reason: string;
}

/** An opportunity that a live run stored. */
export interface LiveOpportunity {
  readonly market: string;
  readonly at: EpochMs;
  readonly score: number;
}

/** What is stored of a minute beside the main strategy's decision; null: nothing. */
export interface DecidedBeside {
  readonly decidedAt: EpochMs | null;
  /** The decisions of the shadow strategies, by name. */
  readonly shadows: Readonly<Record<string, string>> | null;
  /** The strategies with an exit signal. */
  readonly exits: readonly string[] | null;
}

/** A strategy to compare. */
export interface ComparedStrategy {
  readonly name: string;
  /** Its decisions by code. */
  readonly decisions: readonly string[];
  /** What its replayed version stored. */
  readonly opportunities: readonly LiveOpportunity[];
  /** The trades on these opportunities. */
  readonly trades: readonly TradeReplay[];
  /** When that version decided: from ≤ t < to; missing: always. */
  readonly spans?: readonly { readonly from: EpochMs; readonly to: EpochMs }[];
}

/** What is compared. */
export interface ParityTerms {
  readonly run: number;
  readonly configuration: number;
  /** The name of the main strategy, whose decisions are the stored columns'. */
  readonly main: string;
  readonly strategies: readonly ComparedStrategy[];
  readonly notCompared: readonly NotCompared[];
  /** By lane. */
  readonly symbols: readonly string[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** By lane: the first stored minute before the period's warm-up; NaN if there is none. */
  readonly firstStored: readonly EpochMs[];
  /** Where the replay begins to warm up. */
  readonly start: EpochMs;
}

/** A tape of the replay with what was stored of it. */
export interface ReplayedTape {
  readonly signal: Tape & { readonly signals: readonly DecidedBy[] };
  /** Its candles as they settled. */
  readonly settled: Tape;
  readonly stored: StoredMinutes;
  /** By cell; only needed for several strategies, versions, or exits. */
  readonly beside?: ReadonlyMap<number, DecidedBeside>;
}

const MAX_DIFFERENCES = 1_000;
/** Scores are sums of a few quotients. */
const SCORE_TOLERANCE = 1e-9;

/** A strategy while it is compared. */
interface Comparing extends ComparedStrategy {
  readonly live: Map<string, LiveOpportunity>;
  compared: number;
}

/** Compares a live run with its replay, tape by tape. */
export class Parity {
  private readonly terms: ParityTerms;
  private readonly strategies: readonly Comparing[];
  private readonly differences: Difference[] = [];
  private differing = 0;
  private unexplained = 0;

  constructor(terms: ParityTerms) {
    this.terms = terms;
    this.strategies = terms.strategies.map(strategy => ({
      ...strategy,
      live: new Map(strategy.opportunities.map(one => [`${one.market} ${one.at}`, one])),
      compared: 0,
    }));
  }

  /** Adds the next tape. */
  add(tape: ReplayedTape): void {
    for (const strategy of this.strategies) {
      const decided = tape.signal.signals.find(({ setup: { name } }) => name === strategy.name);
      if (decided) this.compare(strategy, decided, tape);
      for (const trade of strategy.trades) trade.add(tape.settled, decided?.exits ?? null, this.terms.to);
    }
  }

  /** The result, after the last tape. */
  report(): ParityReport {
    const { run, from, to, symbols, notCompared, configuration } = this.terms;
    for (const { name: strategy, live, trades } of this.strategies) {
      for (const { market, at } of live.values())
        if (
          !this.differences.some(one => one.strategy === strategy && one.market === market && one.time === isoTime(at))
        )
          this.differ({ strategy, market, at, what: 'opportunity', live: 'one', replay: 'none' }, null);
      live.clear();
      for (const trade of trades)
        for (const { reason, ...difference } of trade.differences())
          this.differ({ strategy, market: trade.live.market, ...difference }, reason);
    }
    const strategies = this.strategies.map(({ name, compared: decisions, opportunities, trades }) => ({
      name,
      decisions,
      opportunities: opportunities.length,
      trades: trades.length,
    }));
    const sum = (of: (one: (typeof strategies)[number]) => number) =>
      strategies.reduce((total, one) => total + of(one), 0);
    return {
      run,
      from: isoTime(from),
      to: isoTime(to),
      markets: symbols,
      strategies,
      notCompared,
      configuration,
      decisions: sum(({ decisions }) => decisions),
      opportunities: sum(({ opportunities }) => opportunities),
      trades: sum(({ trades }) => trades),
      differences: this.differences.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)),
      differing: this.differing,
      unexplained: this.unexplained,
    };
  }

  private compare(strategy: Comparing, { decision, opportunities, exits }: DecidedBy, tape: ReplayedTape): void {
    const { signal, stored, beside } = tape;
    const { symbols, main, run, from, to, configuration } = this.terms;
    const { name, decisions, live } = strategy;
    const { start, minutes, cell } = signal;
    const isMain = name === main;
    for (const [lane, market] of symbols.entries())
      for (let row = 0; row < minutes; row++) {
        const at = start + row * MINUTE_MS;
        if (at < from || at >= to) continue;
        const i = lane * minutes + row;
        if (stored.values.live_run[i] !== run) continue;
        const shadow = beside?.get(i)?.shadows?.[name];
        if (!isMain && shadow === undefined) continue; // it was not there then
        strategy.compared++;
        const found = isMain ? mainDecision(decisions, stored.values.live_decision[i]!) : shadow!;
        const replay = decisions[decision[i]!]!;
        const differ = (what: Difference['what'], ofLive: string, ofReplay: string) =>
          this.differ(
            { strategy: name, market, at, what, live: ofLive, replay: ofReplay },
            this.reasonOf(strategy, tape, i, replay, cell[i]!),
          );
        if (found !== replay) differ('decision', found, replay);
        const hadExit = beside?.get(i)?.exits?.includes(name) ?? false;
        const hasExit = exits?.[i] === 1;
        if (hadExit !== hasExit) differ('exit signal', hadExit ? 'one' : 'none', hasExit ? 'one' : 'none');
      }
    for (const { market: lane, at, score } of opportunities) {
      const market = symbols[lane];
      if (market === undefined || at < from || at >= to) continue;
      const key = `${market} ${at}`;
      const known = live.get(key);
      const i = lane * minutes + (at - start) / MINUTE_MS;
      if (stored.values.live_run[i] !== run || stored.values.live_configuration[i] !== configuration) continue;
      if (!wasDeciding(strategy, beside?.get(i)) || (!isMain && beside?.get(i)?.shadows?.[name] === undefined))
        continue;
      live.delete(key);
      if (!known) this.differ({ strategy: name, market, at, what: 'opportunity', live: 'none', replay: 'one' }, null);
      else if (Math.abs(known.score - score) > SCORE_TOLERANCE)
        this.differ(
          { strategy: name, market, at, what: 'score', live: String(known.score), replay: String(score) },
          null,
        );
    }
  }

  private differ(
    { at, ...difference }: Omit<Difference, 'reason' | 'time'> & { readonly at: EpochMs },
    reason: string | null,
  ): void {
    this.differing++;
    if (reason === null) this.unexplained++;
    if (reason === null || this.differences.length < MAX_DIFFERENCES)
      this.differences.push({ ...difference, time: isoTime(at), reason });
  }

  private reasonOf(
    strategy: Comparing,
    { stored, beside, signal }: ReplayedTape,
    i: number,
    replay: string,
    cell: number,
  ): string | null {
    const { configuration: replayed, firstStored, start } = this.terms;
    const configuration = stored.values.live_configuration[i]!;
    if (configuration !== replayed) return `decided under configuration ${configuration}`;
    if (!wasDeciding(strategy, beside?.get(i))) return 'decided by another version of the strategy';
    if (cell === Cell.absent) return 'the candle is not stored any more';
    const isYoung = replay === 'warming_up' || replay === 'unknown';
    const lane = Math.floor(i / signal.minutes);
    if (isYoung && !(firstStored[lane]! <= start)) return 'the candles that warmed it up are not stored any more';
    return null;
  }
}

const mainDecision = (decisions: readonly string[], code: number): string =>
  Number.isNaN(code) ? 'another decision' : decisions[code]!;

/** Whether the replayed version decided on a minute. */
const wasDeciding = ({ spans }: ComparedStrategy, shadow: DecidedBeside | undefined): boolean => {
  const at = shadow?.decidedAt ?? null;
  return !spans || at === null || spans.some(({ from, to }) => from <= at && at < to);
};
