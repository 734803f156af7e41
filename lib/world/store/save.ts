import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { EquityPoint } from '../../../entities/equity-point.js';
import { PartialExit } from '../../../entities/partial-exit.js';
import { SimulatedTrade } from '../../../entities/simulated-trade.js';
import { StopRaise } from '../../../entities/stop-raise.js';
import { sumMoney, toMoney } from '../../money.js';
import type { PositionEvent } from '../../portfolio/events.js';
import type { EquityMark } from '../../portfolio/mark.js';
import { insertRows } from './bulk.js';
import { saveDecisions, type IdOf, type Origin, type WalletKey } from './opportunities.js';
import { gatherChanges, type TradeChange } from './trade-changes.js';
import { entryRow, exitRows, progressRow, raiseRows, resultRow, type ExitRow } from './trade-rows.js';
import type { Orm } from './orm.js';

/** A change set, stored completely or not at all. */
export interface ChangeSet {
  readonly events: readonly PositionEvent[];
  readonly equity: readonly EquityMark[];
  /** Whether it was filled while replaying missed minutes. */
  readonly offline: boolean;
}

/** The last mark of each moment and kind counts: one statement must not write a row twice. */
const saveEquity = async (
  em: SqlEntityManager,
  { runId, strategy }: WalletKey,
  equity: readonly EquityMark[],
): Promise<void> => {
  const marks = [...new Map(equity.map(mark => [`${mark.kind} ${mark.at}`, mark])).values()];
  const rows = marks.map(({ at, kind, ...mark }) => {
    const cash = toMoney(mark.cash);
    const openValue = toMoney(mark.openValue);
    return { runId, strategy, timestamp: new Date(at), kind, cash, openValue, equity: sumMoney([cash, openValue]) };
  });
  const update = 'set cash = excluded.cash, open_value = excluded.open_value, equity = excluded.equity';
  await insertRows(em, EquityPoint, rows, `on conflict (run_id, strategy, "timestamp", kind) do update ${update}`);
};

/** Stores the rises of stops, each once. `idOf` is by trade number. */
const saveRaises = (
  em: SqlEntityManager,
  changes: readonly TradeChange[],
  idOf: (number: number) => number | undefined,
) => {
  const rows = changes.flatMap(change => {
    const id = change.raises.length > 0 ? idOf(change.trade.number) : undefined;
    return id === undefined ? [] : raiseRows(change, id);
  });
  return insertRows(em, StopRaise, rows, 'on conflict (trade_id, stop) do nothing');
};

/** Stored trades change through the unit of work. Returns their numbers. */
const updateTrades = async (
  em: SqlEntityManager,
  changes: readonly TradeChange[],
  { runId, strategy }: Origin,
  offline: boolean,
): Promise<ReadonlySet<number>> => {
  if (changes.length === 0) return new Set();
  const tradeNumber = { $in: changes.map(({ trade }) => trade.number) };
  const rows = await em.find(SimulatedTrade, { runId, strategyUsed: strategy, tradeNumber });
  if (rows.length === 0) return new Set();
  const exits = await em.find(PartialExit, { trade: { $in: rows } }, { orderBy: { sequence: 'asc' } });
  const byNumber = new Map(rows.map(row => [row.tradeNumber, { row, exits: [] as PartialExit[] }]));
  for (const exit of exits) byNumber.get(exit.trade.tradeNumber)!.exits.push(exit);
  for (const change of changes) {
    const stored = byNumber.get(change.trade.number);
    if (!stored) continue;
    const added = exitRows(change, stored.exits);
    em.assign(stored.row, {
      ...resultRow(change.trade, [...stored.exits, ...added]),
      ...progressRow(change, stored.row),
      filledOffline: stored.row.filledOffline || offline,
    });
    for (const exit of added) em.persist(em.create(PartialExit, { ...exit, trade: stored.row }));
  }
  await em.flush();
  await saveRaises(em, changes, number => byNumber.get(number)?.row.id);
  return new Set(byNumber.keys());
};

/** New trades, with their exits so far, are inserted in bulk. */
const insertTrades = async (
  em: SqlEntityManager,
  changes: readonly TradeChange[],
  { runId, configurationId, ids, strategy }: Origin,
  idOf: IdOf,
  offline: boolean,
): Promise<void> => {
  const exitsOf = new Map<number, readonly ExitRow[]>();
  const rows = changes.map(change => {
    const { trade } = change;
    const exits = exitRows(change, []);
    exitsOf.set(trade.number, exits);
    return {
      runId,
      configurationId,
      cryptocurrencyId: ids[trade.market],
      opportunityId: idOf(trade.opportunity),
      strategyUsed: strategy,
      filledOffline: offline,
      ...entryRow(trade),
      ...resultRow(trade, exits),
      ...progressRow(change, null),
    };
  });
  const stored = await insertRows<SimulatedTrade, { id: number; number: number }>(
    em,
    SimulatedTrade,
    rows,
    'returning id, trade_number as number',
  );
  const exits = stored.flatMap(({ id, number }) => exitsOf.get(number)!.map(exit => ({ ...exit, trade: id })));
  await insertRows(em, PartialExit, exits);
  const tradeIds = new Map(stored.map(({ id, number }) => [number, id]));
  await saveRaises(em, changes, number => tradeIds.get(number));
};

/** Stores a change set within the transaction of `em`. Storing it again changes nothing. */
export const writeChangeSet = async (
  em: SqlEntityManager,
  origin: Origin,
  { events, equity, offline }: ChangeSet,
): Promise<void> => {
  const { decisions, trades } = gatherChanges(events);
  const idOf = await saveDecisions(em, decisions, origin);
  const known = await updateTrades(em, trades, origin, offline); // first: a trade that closes makes room for the next one
  const fresh = trades.filter(({ trade }) => !known.has(trade.number));
  await insertTrades(em, fresh, origin, idOf, offline);
  await saveEquity(em, origin, equity);
};

/** Stores a change set in one transaction. Storing it again changes nothing. */
export const saveChangeSet = async (orm: Orm, origin: Origin, set: ChangeSet): Promise<void> => {
  if (set.events.length + set.equity.length === 0) return;
  await orm.em.fork().transactional(em => writeChangeSet(em, origin, set));
};
