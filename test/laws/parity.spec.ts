import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from as tapesFrom, lastValueFrom, of, reduce } from 'rxjs';
import { storedPast } from '../../bin/backtest/past.js';
import { indicatorsAt } from '../../bin/run/scans.js';
import { CONTEXT_KEYS, type ContextKey } from '../../lib/context/columns.js';
import { contextOf } from '../../lib/context/context.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { Decision, DECISIONS } from '../../lib/strategy/decisions.js';
import { Cell } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { connectForBulk } from '../../lib/world/database/index.js';
import { tapesReader } from '../../lib/world/store/candles/read-ahead.js';
import { scanner } from '../../streams/bot.js';
import { jsonOf, until, urlOf } from '../bin/child.js';
import { startRun, writeConfig } from '../bin/live-run.js';
import { migratedDatabase, query, type FreshDatabase } from '../world/store/fixtures.js';

const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'ETH/USD', 'SOL/USD'];
const SPEED = 240;
const RELATIVE = 1e-9;

interface Decided {
  readonly decision: string;
  readonly indicators: Readonly<Record<string, number>>;
}

/** What depends on candles of other markets, some of which come late. */
const OF_OTHERS = new Set<string>(['correlation_btc', 'sector_return_15', 'breadth'] satisfies ContextKey[]);

/** Counts in which values differ by more than 1e-9 of their size. */
const differing = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): string[] =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].filter(
    key => !(Math.abs(a[key]! - b[key]!) <= RELATIVE * Math.max(1, Math.abs(a[key]!))),
  );

describe('Law 3, parity: what two processes decided live is what a backtest decides', function () {
  this.timeout(150_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-parity-'));
  const config = writeConfig(folder);
  let database: FreshDatabase;
  let env: Record<string, string>;
  let period: { readonly from: EpochMs; readonly to: EpochMs };
  let report: BacktestReport;
  const live = new Map<string, Decided>();
  /** Those decided when no candle of any market up to that minute was still to come. */
  const inTime = new Set<string>();
  const rows = (sql: string) => query(database.connection, sql);

  before(async () => {
    database = await migratedDatabase();
    env = { DATABASE_URL: urlOf(database.connection) };
    const args = [
      '--simulate',
      '--speed',
      String(SPEED),
      '--no-limits',
      '--symbols',
      SYMBOLS.join(),
      '--config',
      config,
    ];
    const run = startRun(args, { env });
    const enough = async () => {
      const [found] = await rows(
        `select (select count(*) from market_data where decision is not null) > 240
           and (select count(*) from opportunity) >= 10 and (select count(*) from partial_exit) >= 3 as enough`,
      );
      return found!['enough'] as boolean;
    };
    for (let waits = 0; waits < 9 && !(await enough()); waits++)
      await until('enough was decided', enough).catch((error: unknown) => {
        if (waits === 8) throw error;
      });
    run.process.kill('SIGINT');
    const { code, stderr } = await run.ended;
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    for (const { symbol, at, decision, indicators, in_time } of await rows(
      `select symbol, extract(epoch from timestamp)::float8 * 1000 as at, decision, indicators,
         extract(epoch from decided_at)::float8 >=
           max(extract(epoch from decided_at)::float8) over (order by timestamp) as in_time from market_data
       join cryptocurrency on cryptocurrency.id = cryptocurrency_id where decision is not null order by timestamp`,
    )) {
      const key = `${String(symbol)} ${new Date(at as number).toISOString()}`;
      live.set(key, { decision: decision as string, indicators: indicators as Record<string, number> });
      if (in_time === true) inTime.add(key);
    }
    const times = [...live.keys()].map(key => Date.parse(key.split(' ')[1]!));
    period = { from: Math.min(...times), to: Math.max(...times) + MINUTE_MS };
    const [first, last] = [period.from, period.to].map(time => new Date(time).toISOString().slice(0, 16));
    report = await jsonOf(['backtest', '--from', first!, '--to', last!, '--config', config], { env });
  });
  after(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('decision by decision, with every indicator, and with the context that was known by then', async () => {
    const configuration = loadConfiguration(config);
    const client = await connectForBulk(database.connection);
    const stop = new AbortController();
    try {
      const { connection } = database;
      const world = { configuration, client, database: { connection } } as Parameters<typeof storedPast>[0];
      const past = await storedPast(world, { ...period, symbols: null }, tapesReader());
      const reach = { from: period.from - WARM_UP_MS, to: period.to };
      const { settings } = configuration;
      const tape$ = tapesFrom(past.tapes({ ...reach, minutesPerTape: 97, signal: stop.signal }));
      const primes = await past.primes(settings.indicators.timeframes, reach);
      const { listings } = past;
      const { recorded } = (await past.verdicts())!;
      const context = contextOf(listings, settings.portfolio.currency);
      const again = await lastValueFrom(
        scanner({ tape$, settings$: of(settings), listings, period, primes, context, recorded }).pipe(
          reduce((found, signal) => {
            for (const [cell, decision] of signal.decision.entries()) {
              if (signal.cell[cell] === Cell.absent || decision === Decision.outside) continue;
              const market = Math.floor(cell / signal.minutes);
              const at = signal.start + (cell - market * signal.minutes) * MINUTE_MS;
              const values = Object.entries(indicatorsAt(signal, cell)).filter(([, value]) => Number.isFinite(value));
              found.set(`${listings[market]!.market.symbol} ${new Date(at).toISOString()}`, {
                decision: DECISIONS[decision]!,
                indicators: Object.fromEntries(values),
              });
            }
            return found;
          }, new Map<string, Decided>()),
        ),
      );
      const wrong = [...live].flatMap(([key, { decision, indicators }]) => {
        const other = again.get(key);
        if (!other) return [`${key}: ${decision} live, not decided again`];
        const values = differing(indicators, other.indicators).filter(name => !OF_OTHERS.has(name) || inTime.has(key));
        if (other.decision === decision && values.length === 0) return [];
        return [`${key}: ${decision} live, then ${other.decision} ${values.join()}`];
      });
      expect(wrong.slice(0, 12).join('\n')).to.equal('');
      expect(live.size).to.be.above(240);
      for (const name of CONTEXT_KEYS.filter(each => each !== 'sector_return_15'))
        expect([...inTime].filter(key => name in live.get(key)!.indicators).length, name).to.be.above(60);
      // A market's last minutes may not have come when the run was stopped.
      const missing = [...again.keys()].filter(
        key => !live.has(key) && Date.parse(key.split(' ')[1]!) < period.to - 20 * MINUTE_MS,
      );
      expect(missing).to.deep.equal([]);
    } finally {
      stop.abort();
      await client.end();
    }
  });

  it('opportunity by opportunity, with score and values', async () => {
    const of = async (mode: string) =>
      new Map(
        (
          await rows(
            `select symbol || ' ' || o.timestamp as key, o.close, score, values from opportunity o
             join run on run.id = o.run_id join cryptocurrency c on c.id = cryptocurrency_id where mode = '${mode}' order by 1`,
          )
        ).map(({ key, close, score, values }) => [
          key as string,
          { close, score, ...(values as object) } as Record<string, number>,
        ]),
      );
    const [then, again] = [await of('simulated'), await of('backtest')];
    expect([...then.keys()]).to.deep.equal([...again.keys()]);
    const wrong = [...then].flatMap(([key, values]) =>
      differing(values, again.get(key)!).map(name => `${key} ${name}: ${values[name]} then ${again.get(key)![name]}`),
    );
    expect(wrong.slice(0, 12).join('\n')).to.equal('');
    expect(then.size).to.be.at.least(10);
  });

  it('goes by the verdicts that the run stored, all of them', () => {
    expect(report.universe).to.deep.include({ rulesNotApplied: [], verdictShare: 1 });
  });

  it('fills entries within the minutes in which they were filled, spread and slippage aside', async () => {
    const fills = (await rows(
      `select t.trade_number as trade, t.entry_price::float8 as price, min(d.low) as low, max(d.high) as high
       from simulated_trade t join run on run.id = t.run_id
       join market_data d on d.cryptocurrency_id = t.cryptocurrency_id
         and d.timestamp between t.entry_timestamp - interval '2 minutes' and t.entry_timestamp
       where mode = 'simulated' group by 1, 2`,
    )) as unknown as { trade: number; price: number; low: number; high: number }[];
    expect(fills).to.have.length.at.least(1);
    for (const { trade, price, low, high } of fills) {
      expect(price, `trade ${trade}`).to.be.at.least(low * 0.998);
      expect(price, `trade ${trade}`).to.be.at.most(high * 1.005);
    }
  });

  it('takes the same opportunities, but where a live fill came earlier or later than the next open', async () => {
    const found = (await rows(
      `select l.status as live, l.reason as live_reason, b.status as again, b.reason as again_reason from opportunity l
       join run r on r.id = l.run_id and r.mode = 'simulated' join opportunity b
         on b.cryptocurrency_id = l.cryptocurrency_id and b.timestamp = l.timestamp and b.run_id <> l.run_id`,
    )) as unknown as { live: string; live_reason: string | null; again: string; again_reason: string | null }[];
    // A position that is still open live when the next opportunity comes, or already closed, is all that may differ.
    const explained = new Set(['already_open', 'cooldown', 'max_open_positions', null]);
    const different = found.filter(({ live: one, again }) => one !== again && one !== 'pending' && one !== 'expired');
    for (const { live_reason, again_reason } of different) {
      expect(explained.has(live_reason)).to.equal(true);
      expect(explained.has(again_reason)).to.equal(true);
    }
    expect(found.filter(({ live: one, again }) => one === 'taken' && again === 'taken')).to.have.length.at.least(1);
  });
});
