import { expect } from 'chai';
import { replayMissed } from '../../../bin/run/replay.js';
import type { RunWorld } from '../../../bin/run/world.js';
import type { Connection } from '../../../lib/world/database/index.js';
import { minute } from '../../support/broker.js';
import { settingsOf } from '../../support/settings.js';
import { walk, walkTerms } from '../../support/walk.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { BROKEN_LIVE } from '../../world/store/live/invariants.js';
import { openDesk, scanOf, Trader } from '../../world/store/live/scene.js';

const [SEED, MINUTES] = [2, 80];

/** What has happened to the portfolio, without what the order of ids decides. */
const OUTCOMES = [
  `select trade_number, symbol, entry_timestamp, entry_price, t.size, status, t.exit_timestamp, t.exit_price, t.profit_loss, stop_loss_price,
     highest_price, trailing_stop_active, remaining_size, sequence, e.exit_timestamp as at, e.exit_price as price, e.size as sold, e.profit_loss as gained, reason, level
   from simulated_trade t join cryptocurrency c on c.id = cryptocurrency_id left join partial_exit e on trade_id = t.id order by 1, sequence`,
  `select symbol, timestamp, status, reason, decided_at from opportunity join cryptocurrency c on c.id = cryptocurrency_id order by 1, 2`,
  `select timestamp, kind, cash, open_value, equity from equity_point order by 1, 2`,
];

describe('the position manager, away for a while with open trades', function () {
  this.timeout(60_000);
  const databases: FreshDatabase[] = [];
  after(() => Promise.all(databases.map(database => database.drop())));

  const tape = walk(SEED, MINUTES);
  /** Trades minute by minute but for those that it is away; the scanner goes on. */
  const lived = async (
    awayFrom: number,
  ): Promise<{
    readonly connection: Connection;
    readonly said: readonly string[];
    readonly held: readonly number[];
  }> => {
    const database = await migratedDatabase();
    databases.push(database);
    const { connection } = database;
    const desk = await openDesk(connection);
    const { live, store, ids, markets, runId, configurationId } = desk;
    const said: string[] = [];
    const held: number[] = [];
    try {
      await live.ensurePartitions(minute(0), minute(MINUTES));
      const { trader } = await Trader.start(desk, 'there');
      for (let n = 0; n < MINUTES; n++) {
        await live.saveScan({ runId, configurationId, ids }, scanOf(tape, n, ids));
        if (n >= awayFrom) continue;
        await trader.settle(tape, n).save();
        if (trader.broker.portfolio.open.length > 0) held.push(n);
      }
      if (awayFrom < MINUTES) {
        const settings = { ...settingsOf('{}'), ...walkTerms };
        const tell = (first: unknown, second?: string) => void said.push(second ?? String(first));
        const world = {
          ...{ database, live, store, run: { id: runId, resumed: true }, now: () => minute(MINUTES) },
          ...{ settings: () => settings, versionOf: () => configurationId, log: { info: tell, warn: tell } },
          stored: <T>(_: string, act: () => Promise<T>) => act(),
          link: { signal: new AbortController().signal, beat: () => undefined },
        } as unknown as RunWorld;
        await replayMissed(
          world,
          markets,
          'back',
          () => 1,
          () => true,
        );
      }
    } finally {
      await store.close();
    }
    return { connection, said, held };
  };

  it('has traded in the end as if it had been there, with what it missed flagged as filled offline', async () => {
    const there = await lived(MINUTES);
    for (const last of [there.held[3]!, there.held.at(-3)!]) {
      const awayFrom = last + 1;
      const back = await lived(awayFrom);
      expect(back.said).to.deep.equal([`replays the ${MINUTES - awayFrom} minutes that were missed`]);
      for (const sql of OUTCOMES) {
        const expected = await query(there.connection, sql);
        expect(expected).not.to.be.empty;
        expect(await query(back.connection, sql), `away from minute ${awayFrom}`).to.deep.equal(expected);
      }
      expect((await query(back.connection, BROKEN_LIVE)).filter(({ count }) => count !== 0)).to.deep.equal([]);
      const wrong = await query(
        back.connection,
        `select trade_number from simulated_trade where filled_offline <> (coalesce(exit_timestamp, 'infinity') > '${new Date(minute(awayFrom)).toISOString()}')
           and (status = 'closed' or entry_timestamp >= '${new Date(minute(awayFrom)).toISOString()}')`,
      );
      expect(wrong).to.deep.equal([]);
    }
  });
});
