import { silentForMs, type BreakerState } from '../exchange/breaker.js';
import { adapterOf, type ExchangeName } from '../exchange/adapters.js';
import { spentByRank, type GateState, type Priority } from '../exchange/request-budget.js';
import { targetOf } from '../portfolio/exit-catalogue.js';
import type { ProtectionReason } from '../portfolio/protection-catalogue.js';
import type { HeldTrade, PortfolioState } from '../portfolio/restore.js';
import type { DiskSpace } from '../ops/disk.js';
import {
  MINUTE_MS,
  type DurationMs,
  type EpochMs,
  type Money,
  type Price,
  type Ratio,
  type SizeBase,
} from '../units.js';
import { faultsOf, isAlive, stopFaults, stopOf } from './live-faults.js';
import { isoTime } from './time.js';

/** A process as of its last heartbeat. */
export interface LiveProcess {
  readonly role: 'scanner' | 'positions';
  readonly pid: number;
  readonly host: string;
  readonly codeVersion: string;
  readonly startedAt: Date;
  /** Since its last heartbeat. */
  readonly silentMs: DurationMs;
  /** Time of an orderly end; null while it lives, and if it was killed. */
  readonly stoppedAt: Date | null;
  /** Reason of the end, and whether it was requested; null if `stoppedAt` is. */
  readonly stop: { readonly reason: string; readonly requested: boolean } | null;
  /** Lag of its work behind the market; null before it has done any. */
  readonly lagMs: DurationMs | null;
  readonly lastError: string | null;
  readonly lastErrorAt: Date | null;
  readonly counters: Readonly<Record<string, number>>;
}

/** The last stored metrics. Ratios are parts of one; null if undefined. */
export interface LiveMetrics {
  /** Market time. */
  readonly at: Date;
  readonly totalTrades: number;
  readonly winRate: Ratio | null;
  readonly profitFactor: number | null;
  readonly maxDrawdown: Ratio | null;
  readonly sharpe: number | null;
  readonly totalProfitLoss: Money;
}

/** The stored state of a strategy's wallet. */
export interface WalletRecord {
  /** The name of the strategy. */
  readonly strategy: string;
  /** Whether the list of strategies has it no longer; default no. */
  readonly isRemoved?: boolean;
  /** Null before its first change. */
  readonly portfolio: PortfolioState | null;
  /** Σ of all exits so far, those of open trades included. */
  readonly realized: Money;
  readonly closedTrades: number;
  readonly pending: number;
}

/** Stored state of the active live run; the wallet is that of the main strategy. */
export interface LiveRecord extends WalletRecord {
  readonly run: {
    readonly id: number;
    readonly mode: 'live' | 'simulated';
    readonly startedAt: Date;
    readonly initialBalance: Money;
    /** The newest configuration in force. */
    readonly configurationId: number;
    /** Speed of its market's clock relative to real time. */
    readonly clockSpeed: number;
    readonly currency: string;
  };
  /** The wallets beside the main one, in the order of the run's strategies. */
  readonly shadows: readonly WalletRecord[];
  /** Market time up to which everything is processed; null before the first change. */
  readonly settledUntil: Date | null;
  readonly processes: readonly LiveProcess[];
  readonly exchange: ExchangeName;
  /** Null before the first request to the exchange. */
  readonly gate: GateState | null;
  readonly metrics: LiveMetrics | null;
  /** Absent if the database's disk is not accessible. */
  readonly disk?: DiskSpace | null;
  /** The clock that all processes share, in real time. */
  readonly now: EpochMs;
}

/** An open trade as of its last observed price. */
export interface OpenTrade {
  readonly symbol: string;
  readonly number: number;
  readonly entryTime: string;
  readonly entryPrice: Price;
  readonly remaining: SizeBase;
  /** Null if none was observed since the entry. */
  readonly lastPrice: Price | null;
  /** Market time of `lastPrice`. */
  readonly observedAt: string;
  /** Market time since which its market cannot be traded; null if it can. */
  readonly suspendedSince: string | null;
  readonly stop: Price;
  readonly trailing: boolean;
  /** The next target; null if all were taken. */
  readonly nextTarget: Price | null;
  /** Of the remaining size, net of its share of the entry fee; at the entry's quote rate. */
  readonly unrealized: Money | null;
  /** `unrealized` over the cost of the remaining size. */
  readonly unrealizedRatio: Ratio | null;
}

/** A pause of entries by a protection. */
export interface StatusPause {
  readonly protection: ProtectionReason;
  /** Null: on all markets. */
  readonly symbol: string | null;
  /** Market time. */
  readonly until: string;
}

/** What is wrong with a live run. */
export interface Fault {
  readonly health: Exclude<Health, 'ok'>;
  /** A sentence without its full stop. */
  readonly problem: string;
  /** What to do about it, a sentence without its full stop; null if `problem` says it. */
  readonly action: string | null;
}

/** `stopped`: all processes ended on request. `down`: open trades are not monitored otherwise. */
export type Health = 'ok' | 'degraded' | 'down' | 'stopped';

/** The state of a strategy's wallet. */
export interface WalletStatus {
  readonly strategy: string;
  /** Whether the list of strategies has it no longer: it buys nothing more. */
  readonly isRemoved: boolean;
  readonly portfolio: {
    readonly cash: Money;
    readonly openValue: Money;
    readonly equity: Money;
    readonly realized: Money;
    readonly unrealized: Money;
    readonly closedTrades: number;
    readonly pending: number;
  };
  readonly trades: readonly OpenTrade[];
  /** Pauses of entries, in the order in which protections are judged. */
  readonly pauses: readonly StatusPause[];
}

/** Health and state of a live run; the wallet is that of the main strategy. */
export interface LiveStatus extends WalletStatus {
  readonly health: Health;
  /** Why it is not ok, most severe first; empty if it is. */
  readonly faults: readonly Fault[];
  /** The problems of `faults`. */
  readonly reasons: readonly string[];
  /** Time and reason of the last process's stop; null unless `health` is `stopped`. */
  readonly stopped: { readonly at: Date; readonly reason: string } | null;
  readonly run: LiveRecord['run'];
  readonly portfolio: WalletStatus['portfolio'] & { readonly settledUntil: string | null };
  /** The wallets beside the main one. */
  readonly shadows: readonly WalletStatus[];
  readonly processes: readonly (LiveProcess & { readonly alive: boolean })[];
  readonly requests: {
    /** Requests in the last minute of the exchange's time. */
    readonly spent: Readonly<Record<Priority, number>>;
    readonly perMinute: number;
    readonly breaker: BreakerState;
    /** Remaining pause of the breaker, in real time. */
    readonly silentForMs: DurationMs;
  } | null;
  readonly metrics: LiveMetrics | null;
}

const worth = ({ lastPrice, trade }: HeldTrade): Money =>
  trade.remaining * (lastPrice ?? trade.entryPrice) * trade.entryQuoteRate;

const openTrade = (held: HeldTrade): OpenTrade => {
  const { symbol, trade, lastPrice, observedAt } = held;
  const { entryPrice, entryQuoteRate, entryCosts, remaining, size } = trade;
  const cost = remaining * entryPrice * entryQuoteRate;
  const unrealized = lastPrice === null ? null : worth(held) - cost - entryCosts.fee * (remaining / size);
  return {
    symbol,
    number: trade.number,
    entryTime: isoTime(trade.entryAt),
    entryPrice,
    remaining,
    lastPrice,
    observedAt: isoTime(observedAt),
    suspendedSince: held.suspendedSince === undefined ? null : isoTime(held.suspendedSince),
    stop: trade.stop,
    trailing: trade.trailingActive,
    nextTarget: targetOf(trade)?.price ?? null,
    unrealized,
    unrealizedRatio: unrealized === null ? null : unrealized / cost,
  };
};

/** The gate is on the exchange's clock. */
const requestsOf = (
  gate: GateState,
  exchange: ExchangeName,
  now: number,
  speed: number,
): NonNullable<LiveStatus['requests']> => ({
  spent: spentByRank(gate, now * speed),
  perMinute: MINUTE_MS / adapterOf(exchange).limits.intervalMs,
  breaker: gate.breaker,
  silentForMs: silentForMs(gate.breaker, now * speed) / speed,
});

const walletOf = (
  { strategy, isRemoved = false, portfolio, realized, closedTrades, pending }: WalletRecord,
  initialBalance: Money,
): WalletStatus => {
  const held = portfolio?.held ?? [];
  const cash = portfolio?.cash ?? initialBalance;
  const openValue = held.reduce((sum, trade) => sum + worth(trade), 0);
  const trades = held.map(openTrade);
  return {
    strategy,
    isRemoved,
    portfolio: {
      cash,
      openValue,
      equity: cash + openValue,
      realized,
      unrealized: trades.reduce((sum, { unrealized }) => sum + (unrealized ?? 0), 0),
      closedTrades,
      pending,
    },
    trades,
    pauses: (portfolio?.pauses ?? []).map(({ reason, symbol, until }) => ({
      protection: reason,
      symbol,
      until: isoTime(until),
    })),
  };
};

/** The status of a live run, from its stored state. */
export const liveStatus = (record: LiveRecord): LiveStatus => {
  const { run, exchange, settledUntil, processes, gate, metrics, now } = record;
  const requests = gate && requestsOf(gate, exchange, now, run.clockSpeed);
  const stopped = stopOf(record);
  const wallet = walletOf(record, run.initialBalance);
  const shadows = record.shadows.map(shadow => walletOf(shadow, run.initialBalance));
  const open = [wallet, ...shadows].reduce((sum, { trades }) => sum + trades.length, 0);
  const faults = stopped ? stopFaults(stopped, open) : faultsOf(record, requests);
  return {
    ...wallet,
    health: stopped
      ? 'stopped'
      : faults.some(({ health }) => health === 'down')
        ? 'down'
        : faults.length > 0
          ? 'degraded'
          : 'ok',
    faults,
    reasons: faults.map(({ problem }) => problem),
    stopped,
    run,
    portfolio: { ...wallet.portfolio, settledUntil: settledUntil && isoTime(settledUntil.getTime()) },
    shadows,
    processes: processes.map(process => ({ ...process, alive: isAlive(process) })),
    requests,
    metrics,
  };
};
