import { IsolationLevel, type SqlEntityManager } from '@mikro-orm/postgresql';
import { UserError } from '../../../errors.js';
import { toMoney } from '../../../money.js';
import type { UsableBook } from '../../../exchange/ports.js';
import type { Opportunity } from '../../../portfolio/events.js';
import { COOLDOWN_REASONS } from '../../../portfolio/exit-catalogue.js';
import type { Portfolio } from '../../../portfolio/portfolio.js';
import { lastBooksOf, restorePortfolio, type PortfolioState } from '../../../portfolio/restore.js';
import { MINUTE_MS, type EpochMs } from '../../../units.js';
import { ask } from '../bulk.js';
import type { StoredMarket } from '../markets.js';
import type { WalletKey } from '../opportunities.js';
import type { Orm } from '../orm.js';
import { readPending } from './pending.js';

/** Where a wallet of a live run resumes. */
export interface Opening {
  readonly portfolio: Portfolio;
  /** Of the state that was read; 0 before the first. The next one to store is one more. */
  readonly version: number;
  /** Everything before this is settled; null if nothing is yet. */
  readonly settledUntil: EpochMs | null;
  /**
   * By lane: the time up to which a held market's observations were taken into account; NaN if
   * nothing is held.
   */
  readonly observedAt: Float64Array;
  /** By lane: the last usable order book of a held market, if known. */
  readonly lastBooks: ReadonlyMap<number, UsableBook>;
  /**
   * Opportunities found later than `settledUntil`, the oldest first: not yet in the portfolio's
   * `pending`.
   */
  readonly waiting: readonly Opportunity[];
}

interface Summary {
  readonly initial: number;
  readonly version: number | null;
  readonly until: number | null;
  readonly state: PortfolioState | null;
  readonly entered: number;
  readonly realized: number;
}

const SUMMARY = `
  select run.initial_balance::float8 as initial, version, state, extract(epoch from settled_until)::float8 * 1000 as until,
    (select coalesce(max(trade_number), 0) from simulated_trade where run_id = run.id and strategy_used = ?) as entered,
    (select coalesce(sum(profit_loss), 0)::float8 from simulated_trade where run_id = run.id and strategy_used = ?) as realized
  from run left join portfolio_state on run_id = run.id and strategy = ? where run.id = ?`;
const OPEN = `
  select trade_number as number, symbol, stop_loss_price as stop,
    (select count(*)::int from partial_exit where trade_id = simulated_trade.id) as exits
  from simulated_trade join cryptocurrency on cryptocurrency.id = cryptocurrency_id
  where run_id = ? and strategy_used = ? and status <> 'closed' order by trade_number`;
const STOPPED = `
  select symbol, extract(epoch from max(trade.exit_timestamp))::float8 * 1000 as at
  from simulated_trade as trade join cryptocurrency on cryptocurrency.id = cryptocurrency_id
  where run_id = ? and strategy_used = ? and status = 'closed'
    and (select reason from partial_exit where trade_id = trade.id order by sequence desc limit 1) in (${COOLDOWN_REASONS.map(reason => `'${reason}'`).join(', ')})
  group by symbol`;
const HELD = `
  select strategy_used as strategy, symbol from simulated_trade join cryptocurrency on cryptocurrency.id = cryptocurrency_id
  where run_id = ? and status <> 'closed'`;

/**
 * The state and the stored trades are written together: if they disagree, one of them was changed
 * from outside.
 */
const refuseDisagreement = (
  { runId, strategy }: WalletKey,
  { initial, realized }: Summary,
  { cash, held }: PortfolioState,
  open: readonly { number: number; symbol: string; stop: string; exits: number }[],
): void => {
  const line = (number: number, symbol: string, stop: string, exits: number) =>
    `trade ${number} in ${symbol}, stop ${stop}, ${exits} exits`;
  const stored = open.map(({ number, symbol, stop, exits }) => line(number, symbol, stop, exits));
  const known = held.map(({ symbol, trade: { number, stop, exits } }) =>
    line(number, symbol, toMoney(stop), exits.length),
  );
  const invested = held.reduce(
    (sum, { trade: { remaining, size, entryPrice, entryQuoteRate, entryCosts } }) =>
      sum + remaining * entryPrice * entryQuoteRate + (entryCosts.fee * remaining) / size,
    0,
  );
  const missing = initial + realized - invested - cash;
  const differing = [
    ...known.filter(text => !stored.includes(text)).map(text => `held:   ${text}`),
    ...stored.filter(text => !known.includes(text)).map(text => `stored: ${text}`),
    // the portfolio's sums are rounded, those of the stored profits are not
    ...(Math.abs(missing) > 1e-9 * Math.max(1, initial)
      ? [`cash is ${cash}, the trades make it ${cash + missing}`]
      : []),
  ];
  if (differing.length > 0)
    throw new UserError(
      [
        `Run ${runId}, strategy ${strategy}: the portfolio and the stored trades disagree:`,
        ...differing,
        'The bot writes both together, so one of them was changed from outside. Restore it, or end the run and start another.',
      ],
      1,
    );
};

/**
 * Reads where a wallet resumes, all of it as of one moment. Throws `UserError` if portfolio and
 * trades disagree.
 */
export const readOpening = (orm: Orm, wallet: WalletKey, markets: readonly StoredMarket[]): Promise<Opening> =>
  orm.em.fork().transactional(
    async em => {
      const { runId, strategy } = wallet;
      const [summary] = await ask<Summary>(em, SUMMARY, [strategy, strategy, strategy, runId]);
      if (!summary) throw new Error(`there is no run ${runId}`);
      const state = summary.state ?? { cash: summary.initial, held: [] };
      refuseDisagreement(wallet, summary, state, await ask(em, OPEN, [runId, strategy]));
      const stopped = await ask<{ symbol: string; at: number }>(em, STOPPED, [runId, strategy]);
      const ids = markets.map(({ id }) => id);
      const found = (await readPending(em, runId, ids)).get(strategy) ?? [];
      const handedIn = ({ at }: Opportunity) => at + MINUTE_MS <= (summary.until ?? -Infinity);
      const portfolio = restorePortfolio(state, markets, {
        entered: summary.entered,
        stoppedAt: new Map(stopped.map(({ symbol, at }) => [symbol, at])),
        pending: found.filter(handedIn),
      });
      const observedAt = new Float64Array(markets.length).fill(NaN);
      for (const held of state.held)
        observedAt[markets.findIndex(({ symbol }) => symbol === held.symbol)] = held.observedAt;
      return {
        portfolio,
        version: summary.version ?? 0,
        settledUntil: summary.until,
        observedAt,
        lastBooks: lastBooksOf(state, markets),
        waiting: found.filter(opportunity => !handedIn(opportunity)),
      };
    },
    { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true },
  );

/**
 * The symbols of the markets that a run holds, by strategy; strategies that hold nothing are
 * missing. They must be watched in any case.
 */
export const readHeld = async (
  em: SqlEntityManager,
  runId: number,
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const held = new Map<string, string[]>();
  for (const { strategy, symbol } of await ask<{ strategy: string; symbol: string }>(em, HELD, [runId]))
    held.set(strategy, [...(held.get(strategy) ?? []), symbol]);
  return held;
};
