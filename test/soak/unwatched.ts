import { tradesOf } from '../../lib/simulator/market/trades.js';
import { MINUTE_MS, wholeMinute, type EpochMs } from '../../lib/units.js';
import { UNSOLD, type UnwatchedTrade } from '../world/store/live/invariants.js';
import type { Known, Rows } from './checks.js';

/**
 * A time in which held markets were not watched, as the position manager logged it once it had made
 * up for it.
 */
export interface Unwatched {
  /** Whose wallet held them. */
  readonly strategy: string;
  /** Since when, by symbol. */
  readonly missed: Readonly<Record<string, string>>;
  readonly until: string;
}

/** The main strategy, which the log does not name. */
export const MAIN = 'momentum';

/** Every such time in a log. */
export const unwatchedIn = (said: string): readonly Unwatched[] =>
  said.split('\n').flatMap(line => {
    if (!line.includes('"missedUntil"') || !line.endsWith('}')) return [];
    type Line = Pick<Unwatched, 'missed'> & { readonly missedUntil: string; readonly strategy?: string };
    const { missed, missedUntil, strategy = MAIN } = JSON.parse(line) as Line;
    return [{ strategy, missed, until: missedUntil }];
  });

/** A market that a wallet holds, and when it was last looked at. */
export interface Held {
  readonly strategy: string;
  readonly symbol: string;
  readonly observedAt: EpochMs;
}

/** What is held by what is stored. */
export const heldIn = async (rows: Rows): Promise<readonly Held[]> =>
  (await rows(
    `select strategy, held->>'symbol' as symbol, (held->>'observedAt')::float8 as "observedAt"
     from portfolio_state cross join jsonb_array_elements(state->'held') as held`,
  )) as unknown as readonly Held[];

/**
 * Whether the position manager has logged for each held market that it replayed all time since the
 * last look.
 */
export const isMadeUpFor = (held: readonly Held[], times: readonly Unwatched[]): boolean =>
  held.every(({ strategy, symbol, observedAt }) =>
    times.some(time => time.strategy === strategy && Date.parse(time.missed[symbol] ?? '') <= observedAt),
  );

/** What became of what was held meanwhile. */
export interface UnwatchedOutcome {
  /** Positions that were not watched, and those of them whose stop was crossed. */
  readonly positions: number;
  readonly crossed: number;
  /** Those that were not sold for it, a line each. */
  readonly unsold: readonly string[];
}

const OPEN = (strategy: string, symbol: string, from: string) => `
  select t.id, entry_price::float8 as entry, extract(epoch from exit_timestamp)::float8 * 1000 as sold,
    coalesce((select s->'risk'->>'stop_loss_percentage' from jsonb_array_elements(configuration->'strategies') s where s->>'name' = strategy_used),
      configuration->'risk_management'->>'stop_loss_percentage')::float8 / 100 as "stopLoss",
    (configuration->'application'->>'position_check_interval_seconds')::float8 * 1000 as "checkMs"
  from simulated_trade t join cryptocurrency c on c.id = cryptocurrency_id join configuration_history h on h.id = t.configuration_id
  where strategy_used = '${strategy}' and symbol = '${symbol}' and entry_timestamp <= '${from}' and (exit_timestamp is null or exit_timestamp >= '${from}')`;

/**
 * Looks whether each position that was not watched was sold if its market traded at or under its
 * stop meanwhile (I19), in that minute or at the next check, by the trades of the simulated market
 * and by the stored candles. `known` is what was stored before: stops never fall.
 */
export const unwatchedOutcome = async (
  rows: Rows,
  times: readonly Unwatched[],
  known: Known,
  seed: number,
): Promise<UnwatchedOutcome> => {
  const unsold: string[] = [];
  const trades: UnwatchedTrade[] = [];
  let crossed = 0;
  for (const { strategy, missed, until } of times)
    for (const [symbol, from] of Object.entries(missed)) {
      const [open] = (await rows(OPEN(strategy, symbol, from))) as {
        id: number;
        entry: number;
        sold: number | null;
        stopLoss: number;
        checkMs: number;
      }[];
      if (!open) continue;
      const { id, entry, sold, stopLoss, checkMs } = open;
      const stop = Math.max(known.rising.get(`the stop of trade ${id}`) ?? 0, entry * (1 - stopLoss));
      trades.push({ id, from, until, stop });
      const [begin, end] = [Date.parse(from), Date.parse(until)];
      const at = firstUnder(symbol, seed, begin, end, stop);
      if (at === null) continue;
      crossed++;
      if (sold === null || sold > Math.max(wholeMinute(at) + MINUTE_MS, at + checkMs))
        unsold.push(
          `I19 trade ${id}: ${symbol} was at or under its stop ${stop} at ${new Date(at).toISOString()}, while it was not watched, and was not sold then`,
        );
    }
  for (const { id, symbol, low, minute } of await rows(UNSOLD(trades)))
    unsold.push(
      `I19 trade ${String(id)}: ${String(symbol)} had its low ${String(low)} in ${(minute as Date).toISOString()} and was not sold`,
    );
  return { positions: trades.length, crossed, unsold };
};

/** When a market first traded at or under a price; null where it did not. */
const firstUnder = (symbol: string, seed: number, from: EpochMs, to: EpochMs, price: number): EpochMs | null => {
  for (let minute = wholeMinute(from); minute <= to; minute += MINUTE_MS)
    for (const trade of tradesOf(symbol, seed, minute))
      if (trade.at > from && trade.at <= to && trade.price <= price) return trade.at;
  return null;
};
