import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from as tapesFrom, lastValueFrom, of, reduce } from 'rxjs';
import { unversioned } from '../../lib/settings/settings.js';
import { storedPast } from '../../bin/backtest/past.js';
import { indicatorsAt } from '../../lib/market-data/scans.js';
import { CONTEXT_KEYS, type ContextKey } from '../../lib/cross-market/columns.js';
import { contextOf } from '../../lib/cross-market/context.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import type { BacktestReport } from '../../lib/report/document.js';
import { Decision, DECISIONS } from '../../lib/strategy/decisions.js';
import { Cell } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { walk } from '../../lib/portfolio/walk.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { connectForBulk } from '../../lib/world/database/index.js';
import { tapesReader } from '../../lib/world/store/candles/read-ahead.js';
import { scanner } from '../../streams/bot.js';
import { jsonOf, runBot, until, urlOf } from '../bin/child.js';
import { childrenOf, startRun, writeConfig } from '../bin/live-run.js';
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
  const rows = <Row extends object = Record<string, unknown>>(sql: string) => query<Row>(database.connection, sql);

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
    const decided = async () =>
      (await rows(`select count(*)::int as n from market_data where decision is not null`))[0]!['n'] as number;
    await until('some minutes were decided on', async () => (await decided()) > 80, 90_000);
    // A restart in the middle changes nothing of what is found.
    process.kill(childrenOf(run.process.pid!).get('scanner')!, 'SIGKILL');
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
      const reader = tapesReader();
      const past = await storedPast(world, { ...period, symbols: null }, reader.read);
      const reach = { from: period.from - WARM_UP_MS, to: period.to };
      const { settings } = configuration;
      const tape$ = tapesFrom(past.tapes({ ...reach, minutesPerTape: 97, signal: stop.signal }));
      const timeframeHistory = await past.timeframeHistory(settings.indicators.timeframes, reach);
      const { listings } = past;
      const { recorded } = (await past.verdicts())!;
      const context = contextOf(listings, settings.portfolio.currency);
      const again = await lastValueFrom(
        scanner({
          tape$,
          settings$: of(unversioned(settings)),
          listings,
          period,
          timeframeHistory,
          context,
          recorded,
        }).pipe(
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
      for (const name of CONTEXT_KEYS)
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

  it('uses all verdicts that the run stored', () => {
    expect(report.universe).to.deep.include({ rulesNotApplied: [], verdictShare: 1 });
  });

  it('explains every live fill by the order book that it walked', async () => {
    type Levels = readonly (readonly [price: number, size: number])[];
    type Fill = Record<'trade' | 'price' | 'size', number> & {
      kind: 'entry' | 'exit';
      key: string;
      levels: Levels | null;
    };
    const fills = await rows<Fill>(
      `select trade_number as trade, kind, cryptocurrency_id || ' ' || fill."timestamp" || kind as key, price, size,
         order_book->(case kind when 'entry' then 'asks' else 'bids' end) as levels
       from (
         select id as first, 0 as second, run_id, trade_number, cryptocurrency_id, entry_timestamp as "timestamp", 'entry' as kind,
           entry_price::float8 as price, size::float8 as size from simulated_trade
         union all
         select t.id, e.id, run_id, trade_number, cryptocurrency_id, e.exit_timestamp, 'exit', e.exit_price::float8, e.size::float8
         from partial_exit e join simulated_trade t on t.id = e.trade_id where not t.filled_offline) as fill
       join run on run.id = fill.run_id and mode = 'simulated'
       left join fill_book using (run_id, cryptocurrency_id, "timestamp", kind) order by first, second`,
    );
    const taken = new Map<string, number>();
    const wrong = fills.flatMap(({ trade, kind, key, price, size, levels }) => {
      if (!levels) return [`${kind} of trade ${trade}: no book`];
      const side = levels.map(([level, amount]) => ({ price: level, size: amount, at: 0 }));
      const walked = walk(side, size, taken.get(key));
      taken.set(key, (taken.get(key) ?? 0) + size); // what one fill took is gone for the next at the same book
      return walked && Math.abs(walked.price / price - 1) < RELATIVE
        ? []
        : [`${kind} of trade ${trade}: ${price}, and ${walked?.price ?? 'nothing'} by its book`];
    });
    expect(wrong).to.deep.equal([]);
    expect(fills.filter(({ kind }) => kind === 'entry')).to.have.length.at.least(1);
    expect(fills.filter(({ kind }) => kind === 'exit')).to.have.length.at.least(3);
  });

  it('has no fill that bot parity does not explain, and one that it does where an order book is another', async () => {
    type Report = { trades: number; unexplained: number; differences: { what: string; reason: string | null }[] };
    const first = await runBot(['parity', '--config', config, '--json'], { env });
    const clean = JSON.parse(first.stdout) as Report;
    expect(clean.differences.filter(({ reason }) => reason === null)).to.deep.equal([]);
    expect(clean.trades).to.be.at.least(1);
    const book = `order_book = jsonb_set(order_book, '{bids,0,0}', to_jsonb((order_book #>> '{bids,0,0}')::float8 * 1.02))`;
    const other = `where kind = 'exit' and (cryptocurrency_id, timestamp) in (select cryptocurrency_id, e.exit_timestamp
      from partial_exit e join simulated_trade t on t.id = e.trade_id join run on run.id = t.run_id and mode = 'simulated' limit 1)`;
    await rows(`update fill_book set ${book} ${other}`);
    const { code, stdout } = await runBot(['parity', '--config', config, '--json'], { env });
    await rows(`update fill_book set ${book.replace('* 1.02', '/ 1.02')} ${other}`);
    const { differences } = JSON.parse(stdout) as Report;
    expect(code).to.equal(1);
    expect(differences.filter(({ reason }) => reason === null).map(({ what }) => what)).to.deep.equal(['exit']);
  });

  it('fills a backtest at the same book where it enters in the minute of the live fill, else at the next open', async () => {
    const entries = await rows<{
      live: number;
      again: number;
      live_at: Date;
      again_at: Date;
      open: number;
      low: number;
      high: number;
      asks: number[][] | null;
    }>(
      `select l.entry_timestamp as live_at, l.entry_price::float8 as live, b.entry_timestamp as again_at, b.entry_price::float8 as again,
         open, low, high, order_book->'asks' as asks
       from simulated_trade l join run on run.id = l.run_id and mode = 'simulated' join opportunity o on o.id = l.opportunity_id
       join opportunity p on p.cryptocurrency_id = o.cryptocurrency_id and p."timestamp" = o."timestamp" and p.run_id <> o.run_id
       join simulated_trade b on b.opportunity_id = p.id
       join market_data d on d.cryptocurrency_id = b.cryptocurrency_id and d."timestamp" = b.entry_timestamp
       left join fill_book f on f.run_id = l.run_id and f.cryptocurrency_id = l.cryptocurrency_id and f.kind = 'entry'
         and f."timestamp" >= b.entry_timestamp and f."timestamp" < b.entry_timestamp + interval '1 minute'`,
    );
    const { costs } = loadConfiguration(config).settings;
    for (const { live, live_at, again, again_at, open, low, high, asks } of entries) {
      const told = `${live} at ${live_at.toISOString()}, ${again} at ${again_at.toISOString()}`;
      // Equity may differ a little by then, and with it the size: another mean of the same levels.
      if (asks) expect(again, told).to.be.within(asks[0]![0]!, Math.max(...asks.map(([price]) => price!)));
      else {
        // The next open with its costs; or a snapshot's book, which shows the price at some moment
        // of the minute.
        const atOpen = open * (1 + costs.spread / 2 + costs.slippage);
        expect(again, told).to.be.within(Math.min(atOpen, low) * (1 - 2e-3), Math.max(atOpen, high) * (1 + 2e-3));
      }
    }
    expect(entries).to.have.length.at.least(1);
  });

  it('takes the same opportunities, but where a live fill came earlier or later than the next open', async () => {
    const found = await rows<{ live: string; live_reason: string | null; again: string; again_reason: string | null }>(
      `select l.status as live, l.reason as live_reason, b.status as again, b.reason as again_reason from opportunity l
       join run r on r.id = l.run_id and r.mode = 'simulated' join opportunity b
         on b.cryptocurrency_id = l.cryptocurrency_id and b.timestamp = l.timestamp and b.run_id <> l.run_id`,
    );
    // A position that is still open live when the next opportunity comes, or already closed, is all
    // that may differ.
    const explained = new Set(['already_open', 'cooldown', 'max_open_positions', null]);
    const different = found.filter(({ live: one, again }) => one !== again && one !== 'pending' && one !== 'expired');
    for (const { live_reason, again_reason } of different) {
      expect(explained.has(live_reason)).to.equal(true);
      expect(explained.has(again_reason)).to.equal(true);
    }
    expect(found.filter(({ live: one, again }) => one === 'taken' && again === 'taken')).to.have.length.at.least(1);
  });
});
