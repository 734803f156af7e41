import { expect } from 'chai';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { Connection } from '../../../lib/world/database/index.js';
import type { CatchUpEvent } from '../../../lib/market-data/ports.js';
import { catchUp } from '../../../lib/world/live/catch-up.js';
import { minute } from '../../support/broker.js';
import { settingsOf } from '../../support/settings.js';
import { walk, walkTerms } from '../../support/walk.js';
import { migratedDatabase, query, type FreshDatabase } from '../store/fixtures.js';
import { BROKEN_LIVE } from '../store/live/invariants.js';
import { openDesk, scanOf, Trader } from '../store/live/scene.js';

const [SEED, MINUTES] = [2, 80];

/** What has happened to the portfolio, without what the order of ids decides. */
const OUTCOMES = [
  `select trade_number, symbol, entry_timestamp, entry_price, t.size, status, t.exit_timestamp, t.exit_price, t.profit_loss, stop_loss_price,
     highest_price, trailing_stop_active, remaining_size, sequence, e.exit_timestamp as at, e.exit_price as price, e.size as sold, e.profit_loss as gained, reason, level
   from simulated_trade t join cryptocurrency c on c.id = cryptocurrency_id left join partial_exit e on trade_id = t.id
     where strategy_used = 'WALLET' order by 1, sequence`,
  `select symbol, timestamp, status, reason, decided_at from opportunity join cryptocurrency c on c.id = cryptocurrency_id
     where strategy = 'WALLET' order by 1, 2`,
  `select timestamp, kind, cash, open_value, equity from equity_point where strategy = 'WALLET' order by 1, 2`,
];

describe('the position manager, away for a while with open trades', function () {
  this.timeout(60_000);
  const databases: FreshDatabase[] = [];
  after(() => Promise.all(databases.map(database => database.drop())));

  const tape = walk(SEED, MINUTES);

  interface Lived {
    readonly connection: Connection;
    readonly said: readonly CatchUpEvent[];
    /** The markets whose trades were requested, in order. */
    readonly asked: readonly string[];
    /** Minutes at whose end something was held. */
    readonly held: readonly number[];
  }

  /**
   * Trades minute by minute up to `awayFrom`; the scanner goes on. Comes back at each of these
   * minutes, finds no trades at the exchange, and is away again. `strategies` find the same.
   */
  const lived = async (
    awayFrom: number,
    backAt: readonly number[],
    strategies: readonly string[] = ['momentum'],
  ): Promise<Lived> => {
    const database = await migratedDatabase();
    databases.push(database);
    const { connection } = database;
    const desk = await openDesk(connection);
    const { live, store, ids, markets, configurationId } = desk;
    const said: CatchUpEvent[] = [];
    const asked: string[] = [];
    const held: number[] = [];
    try {
      await live.ensurePartitions(minute(0), minute(MINUTES));
      const traders: Trader[] = [];
      for (const strategy of strategies) traders.push((await Trader.start({ ...desk, strategy }, 'there')).trader);
      for (let n = 0; n < MINUTES; n++) {
        const found = scanOf(tape, n, ids);
        const opportunities = strategies.flatMap(strategy => found.opportunities.map(one => ({ ...one, strategy })));
        await live.saveScan(desk, { ...found, opportunities });
        if (n >= awayFrom) continue;
        for (const trader of traders) await trader.settle(tape, n).save();
        if (traders[0]!.broker.portfolio.open.length > 0) held.push(n);
      }
      const settings = { ...settingsOf('{}'), ...walkTerms };
      for (const [n, back] of backAt.entries())
        await catchUp({
          live,
          connection,
          exchange: {
            trades: symbol => {
              asked.push(symbol);
              return Promise.reject(new ExchangeFailure('market', 'unknown market'));
            },
          },
          now: () => minute(back),
          runId: desk.runId,
          strategies,
          markets,
          persistent: (_, act) => act(),
          inForce: { settings, configurationId },
          writer: `back ${n}`,
          rateOf: () => 1,
          isListed: () => true,
          missedAfterMs: 0,
          emit: event => void said.push(event),
          signal: new AbortController().signal,
        });
    } finally {
      await store.close();
    }
    return { connection, said, asked, held };
  };
  const marksOf = async ({ connection }: Lived) =>
    (await query(connection, `select timestamp from equity_point where kind = 'minute' order by 1`)).map(row =>
      (row['timestamp'] as Date).getTime(),
    );

  it('makes up for every minute that it missed, flags what it sold, and marks each', async () => {
    const { held } = await lived(MINUTES, []);
    let sold = 0;
    for (const last of [held[3]!, held.at(-3)!]) {
      const awayFrom = last + 1;
      const back = await lived(awayFrom, [MINUTES]);
      expect(back.said.filter(({ kind }) => kind === 'caught_up')).to.have.length(1);
      expect(await marksOf(back)).to.deep.equal(Array.from({ length: MINUTES }, (_, n) => minute(n + 1)));
      expect((await query(back.connection, BROKEN_LIVE)).filter(({ count }) => count !== 0)).to.deep.equal([]);
      const since = new Date(minute(awayFrom)).toISOString();
      const rows = await query(
        back.connection,
        `select t.filled_offline, e.exit_timestamp > '${since}' as offline, e.reason, t.ambiguous,
           e.exit_price::float8 / (0.99955 * low) as price, stop_loss_price::float8 >= low as "isHit"
         from simulated_trade t join partial_exit e on trade_id = t.id join market_data m on m.cryptocurrency_id = t.cryptocurrency_id
           and m.timestamp = e.exit_timestamp - interval '1 minute'`,
      );
      for (const { filled_offline, offline } of rows) if (offline) expect(filled_offline).to.equal(true);
      const stops = rows.filter(({ offline, reason }) => offline && /stop/.test(String(reason)));
      sold += stops.length;
      for (const { ambiguous, price, isHit } of stops) {
        expect([ambiguous, isHit]).to.deep.equal([true, true]);
        expect(price).to.be.closeTo(1, 1e-3); // at the low, less costs
      }
    }
    expect(sold).to.be.above(3);
  });

  it('gives the same result if it is killed while it does so, and starts again', async () => {
    const { held } = await lived(MINUTES, []);
    const awayFrom = held[3]! + 1;
    const at = Array.from({ length: 4 }, (_, n) => Math.round(awayFrom + ((n + 1) * (MINUTES - awayFrom)) / 4));
    const [once, often] = [await lived(awayFrom, [MINUTES]), await lived(awayFrom, at)];
    for (const sql of OUTCOMES) {
      const expected = await query(once.connection, sql.replace('WALLET', 'momentum'));
      expect(expected).not.to.be.empty;
      expect(await query(often.connection, sql.replace('WALLET', 'momentum'))).to.deep.equal(expected);
    }
  });

  it('makes of each of three wallets what it makes of one alone, and reads the time they share once', async () => {
    const { held } = await lived(MINUTES, []);
    const awayFrom = held[3]! + 1;
    const at = [Math.round((awayFrom + MINUTES) / 2), MINUTES];
    const [one, three] = [await lived(awayFrom, at), await lived(awayFrom, at, ['momentum', 'loose', 'own'])];
    expect((await query(three.connection, BROKEN_LIVE)).filter(({ count }) => count !== 0)).to.deep.equal([]);
    expect(one.asked).not.to.be.empty;
    expect(three.asked).to.deep.equal(one.asked);
    for (const sql of OUTCOMES) {
      const expected = await query(one.connection, sql.replace('WALLET', 'momentum'));
      for (const wallet of ['momentum', 'loose', 'own'])
        expect(await query(three.connection, sql.replace('WALLET', wallet)), wallet).to.deep.equal(expected);
    }
  });
});
