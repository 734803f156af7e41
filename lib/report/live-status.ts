import { silentForMs, type BreakerState } from '../exchange/breaker.js';
import { adapterOf, type ExchangeName } from '../exchange/adapters.js';
import { spentByRank, type GateState, type Priority } from '../exchange/request-budget.js';
import { targetOf } from '../portfolio/exit-catalogue.js';
import type { ProtectionReason } from '../portfolio/protection-catalogue.js';
import type { HeldTrade, PortfolioState } from '../portfolio/restore.js';
import { diskTrouble, type DiskSpace } from '../ops/disk.js';
import {
  MINUTE_MS,
  type DurationMs,
  type EpochMs,
  type Money,
  type Price,
  type Ratio,
  type SizeBase,
} from '../units.js';
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
  /** Why it is not ok, in sentences, most severe first. */
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

/** The slower process has a heartbeat every minute. */
const SILENT_MS = 150_000;
/** One minute for the candle to close, one to request it, one of tolerance. */
const MAX_LAG_MS = 3 * MINUTE_MS;
/** An error is reported for this long. */
const RECENT_MS = 10 * MINUTE_MS;

const ROLES = ['positions', 'scanner'] as const;
const LOSSES = {
  positions: 'open trades are not being monitored',
  scanner: 'no opportunities are found',
} as const;

const seconds = (ms: DurationMs): string =>
  ms < 2 * MINUTE_MS ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / MINUTE_MS)} min`;

const isAlive = ({ silentMs, stoppedAt }: LiveProcess): boolean => stoppedAt === null && silentMs <= SILENT_MS;

const minuteText = (at: EpochMs): string => `${isoTime(at).slice(0, 16).replace('T', ' ')} UTC`;

const absenceOf = (process: LiveProcess | undefined): string => {
  if (!process) return 'has not reported yet';
  const { stoppedAt, stop, silentMs } = process;
  if (stoppedAt === null) return `has been silent for ${seconds(silentMs)}`;
  const at = minuteText(stoppedAt.getTime());
  return stop?.requested === false ? `ended at ${at} (${stop.reason})` : `was stopped at ${at}`;
};

/** The last stop of a run whose processes all ended on request; otherwise null. */
const stopOf = ({ processes }: LiveRecord): LiveStatus['stopped'] => {
  const stops = processes.flatMap(({ stoppedAt, stop }) =>
    stoppedAt !== null && stop?.requested === true ? [{ at: stoppedAt, reason: stop.reason }] : [],
  );
  if (stops.length === 0 || stops.length < processes.length) return null;
  return stops.reduce((last, each) => (each.at > last.at ? each : last));
};

const stoppedReasons = ({ at, reason }: NonNullable<LiveStatus['stopped']>, open: number): readonly string[] => [
  `since ${minuteText(at.getTime())}: ${reason}`,
  ...(open > 0
    ? [`${open} open ${open === 1 ? 'trade is' : 'trades are'} not monitored until it is started again`]
    : []),
];

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

/** Since when the held markets that cannot be traded cannot, by symbol; of all wallets. */
const suspendedOf = (record: Pick<LiveRecord, 'portfolio' | 'shadows'>): ReadonlyMap<string, EpochMs> =>
  new Map(
    [record, ...record.shadows].flatMap(({ portfolio }) =>
      (portfolio?.held ?? []).flatMap(({ symbol, suspendedSince }) =>
        suspendedSince === undefined ? [] : [[symbol, suspendedSince] as const],
      ),
    ),
  );

/** Problems of a run, most severe first. */
const troublesOf = (
  { processes, now, disk, ...record }: LiveRecord,
  requests: LiveStatus['requests'],
): readonly (readonly [health: Health, reason: string])[] => {
  const roles = ROLES.map(role => ({ role, process: processes.find(known => known.role === role) }));
  const absent = roles.flatMap(({ role, process }): (readonly [Health, string])[] => {
    if (process && isAlive(process)) return [];
    const text = `the process "${role}" ${absenceOf(process)}: ${LOSSES[role]}`;
    return [[role === 'positions' ? 'down' : 'degraded', text]];
  });
  if (absent.length === ROLES.length) return absent; // without processes, other problems are outdated
  const present = processes.filter(isAlive);
  const { breaker, silentForMs: left } = requests ?? { breaker: null, silentForMs: 0 };
  const room = disk ? diskTrouble(disk) : null;
  return [
    ...absent,
    ...(room === null ? [] : [['degraded', room] as const]),
    ...(breaker && breaker.phase !== 'closed'
      ? [
          [
            'degraded',
            `requests to the exchange are paused (${breaker.phase === 'open' ? `for another ${seconds(left)}` : 'a probe request is under way'}): ${breaker.reason ?? 'for an unknown reason'}`,
          ] as const,
        ]
      : []),
    ...[...suspendedOf(record)].map(
      ([symbol, since]) =>
        [
          'degraded',
          `${symbol} cannot be traded since ${isoTime(since).slice(0, 16).replace('T', ' ')} UTC: the position is suspended at its last price`,
        ] as const,
    ),
    ...present.flatMap(({ role, lagMs }) =>
      lagMs !== null && lagMs > MAX_LAG_MS
        ? [['degraded', `the process "${role}" is ${seconds(lagMs)} behind the market`] as const]
        : [],
    ),
    ...present.flatMap(({ role, lastError, lastErrorAt }) =>
      lastError !== null && lastErrorAt !== null && now - lastErrorAt.getTime() < RECENT_MS
        ? [
            [
              'degraded',
              `the process "${role}" had an error ${seconds(Math.max(0, now - lastErrorAt.getTime()))} ago: ${lastError}`,
            ] as const,
          ]
        : [],
    ),
  ];
};

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
  const troubles = stopped
    ? stoppedReasons(stopped, open).map(reason => ['stopped', reason] as const)
    : troublesOf(record, requests);
  return {
    ...wallet,
    health: stopped
      ? 'stopped'
      : troubles.some(([health]) => health === 'down')
        ? 'down'
        : troubles.length > 0
          ? 'degraded'
          : 'ok',
    reasons: troubles.map(([, reason]) => reason),
    stopped,
    run,
    portfolio: { ...wallet.portfolio, settledUntil: settledUntil && isoTime(settledUntil.getTime()) },
    shadows,
    processes: processes.map(process => ({ ...process, alive: isAlive(process) })),
    requests,
    metrics,
  };
};
