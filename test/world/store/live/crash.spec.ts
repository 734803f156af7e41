import { expect } from 'chai';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { minute } from '../../../support/broker.js';
import { programOf } from '../../../support/program.js';
import { walk } from '../../../support/walk.js';
import { migratedDatabase, query, type FreshDatabase } from '../fixtures.js';
import { BROKEN } from './invariants.js';
import { openDesk, scanOf, Trader } from './scene.js';
import type { Death } from './trader.js';

const TRADER = fileURLToPath(new URL('trader.ts', import.meta.url));
const [SEED, MINUTES] = [2, 100];

/**
 * Everything that a run has stored of the market and of itself, without what the clock or the order
 * of ids decides.
 */
const OUTCOMES = [
  `select trade_number, symbol, entry_timestamp, entry_price, t.size, stop_loss_price, take_profit_price, status, t.exit_timestamp,
     t.exit_price, t.profit_loss, highest_price, trailing_stop_active, remaining_size, sequence, e.exit_timestamp as at, e.exit_price as price,
     e.size as sold, exit_percentage, e.profit_loss as gained, e.fee, reason, level
   from simulated_trade t join cryptocurrency c on c.id = cryptocurrency_id left join partial_exit e on trade_id = t.id order by 1, sequence`,
  `select symbol, timestamp, close, score, "values", status, reason, decided_at
   from opportunity join cryptocurrency c on c.id = cryptocurrency_id order by 1, 2`,
  `select timestamp, kind, cash, open_value, equity from equity_point order by 1, 2`,
  `select symbol, timestamp, open, close, quiet, decision, indicators, first_seen from market_data join cryptocurrency c on c.id = cryptocurrency_id order by 1, 2`,
  `select version, settled_until, state from portfolio_state`,
];

const deaths: readonly Death[] = [
  // one entry, killed before and after each of its statements
  ...Array.from({ length: 20 }, (_, i): Death => ({ counted: 'entry', statement: 1 + (i >> 1), sent: i % 2 === 1 })),
  // from the start on, through start-up, scans, partial exits and stops
  ...Array.from({ length: 8 }, (_, i): Death => ({ counted: 'start', statement: 4 + 22 * i, sent: i % 2 === 0 })),
];

describe('a trading process that is killed again and again', () => {
  const databases: FreshDatabase[] = [];
  const children: ChildProcessByStdio<Writable, Readable, null>[] = [];
  after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(databases.map(database => database.drop()));
  });
  const newDatabase = async () => {
    const database = await migratedDatabase();
    databases.push(database);
    return database.connection;
  };

  it('has traded, at the end, exactly as one that was never killed, and has kept every rule at any time', async function () {
    this.timeout(300_000);
    const connection = await newDatabase();
    const program = await programOf(TRADER);
    const start = () => {
      const args = [program, JSON.stringify({ connection, seed: SEED, minutes: MINUTES })];
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      children.push(child);
      return child;
    };
    const waiting = [start(), start()]; // they load while another one trades
    const settled = async () => {
      const [row] = await query(connection, 'select settled_until from portfolio_state');
      return row ? ((row['settled_until'] as Date).getTime() - minute(0)) / 60_000 : 0;
    };
    const live = async (death: Death | null) => {
      const child = waiting.shift()!;
      waiting.push(start());
      let said = '';
      child.stdout.on('data', (data: Buffer) => (said += data.toString()));
      const ended = once(child, 'close') as Promise<[number | null, string | null]>;
      child.stdin.write(JSON.stringify(death));
      const [code, signal] = await ended;
      const acknowledged = Number(said.trim().split(' ').at(-1) || -1) + 1;
      expect(await settled(), 'what was said to be stored').to.be.at.least(acknowledged);
      expect((await query(connection, BROKEN)).filter(({ count }) => count !== 0)).to.deep.equal([]);
      return { code, signal };
    };

    let kills = 0;
    for (const death of deaths) if ((await live(death)).signal === 'SIGKILL') kills++;
    expect(kills).to.be.at.least(24);
    expect(await live(null)).to.deep.equal({ code: 0, signal: null });

    const calm = await newDatabase();
    const desk = await openDesk(calm);
    await desk.live.ensurePartitions(minute(0), minute(MINUTES));
    const { trader } = await Trader.start(desk, 'calm');
    const tape = walk(SEED, MINUTES);
    for (let n = 0; n < MINUTES; n++) {
      const { ids } = desk;
      await desk.live.saveScan(desk, scanOf(tape, n, ids));
      await trader.settle(tape, n).save();
    }
    await desk.store.close();
    for (const sql of OUTCOMES) {
      const expected = await query(calm, sql);
      expect(expected).not.to.be.empty;
      expect(await query(connection, sql)).to.deep.equal(expected);
    }

    // the rules would have been seen to break
    await query(
      connection,
      `update portfolio_state set version = version + 1, state = jsonb_set(state, '{cash}', '1')`,
    );
    const broken = (await query(connection, BROKEN)).filter(({ count }) => count !== 0).map(({ name }) => name);
    expect(broken).to.have.length(2);
  });
});
