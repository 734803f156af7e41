import { expect } from 'chai';
import { compareMoney, sumMoney } from '../../../lib/money.js';
import type { Trade } from '../../../lib/portfolio/events.js';
import { emptyPortfolio } from '../../../lib/portfolio/portfolio.js';
import { CandleBroker } from '../../../lib/portfolio/settle.js';
import { minute } from '../../support/broker.js';
import { walk, WALK_MARKETS, walkTerms } from '../../support/walk.js';
import { backtest, openScene, query, SYMBOLS, type Scene } from './fixtures.js';

const MINUTES = 120;
/** Powers of ten: of the factor of every price, and of the money at the start. */
const MAGNITUDES = [
  [-12, 12],
  [-12, -3],
  [-9, 9],
  [-6, 4],
  [0, 4],
  [0, 12],
  [6, -3],
  [6, 12],
] as const;

/** A walk with every price times a factor, played with this much money. */
const played = (seed: number, factor: number, balance: number) => {
  const tape = walk(seed, MINUTES);
  for (const column of [tape.open, tape.high, tape.low, tape.close])
    column.forEach((price, i) => (column[i] = price * factor));
  const broker = new CandleBroker(emptyPortfolio(WALK_MARKETS, balance), 'USD');
  const { events } = broker.settle(tape, minute(0), minute(MINUTES), walkTerms);
  const all = [...events, ...broker.finish(minute(MINUTES), walkTerms).events];
  const trades = all.flatMap(event => (event.kind === 'opened' ? [event.trade] : []));
  return { events: all, trades, cash: broker.portfolio.cash };
};

interface Row {
  readonly number: number;
  readonly entryPrice: string;
  readonly size: string;
  readonly stop: string;
  readonly profitLoss: string;
  readonly prices: readonly string[];
  readonly sizes: readonly string[];
  readonly profits: readonly string[];
}
const ROWS = `
  select trade_number as number, entry_price as "entryPrice", t.size, stop_loss_price as stop, t.profit_loss as "profitLoss",
    array_agg(e.exit_price::text order by sequence) as prices, array_agg(e.size::text order by sequence) as sizes,
    array_agg(e.profit_loss::text order by sequence) as profits
  from simulated_trade t join partial_exit e on trade_id = t.id where t.run_id = RUN group by t.id order by trade_number`;

describe('stored trades of any magnitude', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openScene()));
  afterEach(() => scene.close());

  const stored = (runId: number) => query<Row>(scene.database.connection, ROWS.replace('RUN', String(runId)));
  const save = async ({ events }: Pick<ReturnType<typeof played>, 'events'>) => {
    const run = await scene.store.startRun(backtest());
    const origin = { ...scene, runId: run.id, strategy: 'momentum' };
    await scene.store.saveChanges(origin, events);
    await scene.store.saveChanges(origin, events);
    await run.finish('completed');
    return stored(run.id);
  };
  const isSame = (row: Row, trade: Trade) => {
    expect(Number(row.entryPrice)).to.equal(trade.entryPrice);
    expect(Number(row.size)).to.equal(trade.size);
    expect(Number(row.stop)).to.equal(trade.stop);
    expect(row.prices.map(Number)).to.deep.equal(trade.exits.map(({ price }) => price));
    expect(row.profits.map(Number)).to.deep.equal(trade.exits.map(({ profitLoss }) => profitLoss));
  };

  it('are those that were made, to the last bit, and conserve money and sizes exactly', async () => {
    expect(SYMBOLS).to.have.length(WALK_MARKETS.length);
    let [trades, huge, tiny] = [0, 0, 0];
    for (const [seed, [price, balance]] of MAGNITUDES.entries()) {
      const made = played(seed + 1, 10 ** price, 10 ** balance);
      const rows = await save(made);
      expect(rows).to.have.length(made.trades.length);
      rows.forEach((row, i) => {
        isSame(row, made.trades[i]!);
        expect(compareMoney(sumMoney(row.sizes), row.size)).to.equal(0);
        expect(compareMoney(sumMoney(row.profits), row.profitLoss)).to.equal(0);
        huge += Number(Number(row.size) >= 1e16);
        tiny += Number(Number(row.entryPrice) < 1e-9);
      });
      trades += rows.length;
      const cash = 10 ** balance + Number(sumMoney(rows.map(({ profitLoss }) => profitLoss)));
      expect(Math.abs(cash / made.cash - 1)).to.be.below(1e-9);
    }
    expect(trades).to.be.above(100);
    expect(huge, 'sizes of 1e16 and more').to.be.above(20);
    expect(tiny, 'prices under 1e-9').to.be.above(20);
  }).timeout(60_000);
});
