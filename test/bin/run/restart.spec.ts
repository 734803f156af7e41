import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tradesOf } from '../../../lib/simulator/market/trades.js';
import { MINUTE_MS, wholeMinute } from '../../../lib/units.js';
import { urlOf } from '../child.js';
import { startRun, writeConfig, type LiveRun } from '../live-run.js';
import { openPositionDesk, type PositionDesk } from './position-desk.js';

const SPEED = 10;
const MIDNIGHT = Date.UTC(2026, 3, 13);
const START = MIDNIGHT - 1.5 * MINUTE_MS;
const SYMBOLS = ['BTC/USD', 'ETH/USD', 'SOL/USD'];
// A fall of a tenth is all that can end a trade.
const SETTINGS = `
exchange: { url: URL, clock_speed: ${SPEED} }
risk_management:
  stop_loss_percentage: 2
  take_profit_levels: [{ percentage: 900, position_percentage: 100 }]
  trailing_stop: { activation_percentage: 900, offset_percentage: 50 }
  max_opportunity_age_seconds: 3600
application: { position_check_interval_seconds: 10 }
`;
const FACTOR = 0.9;

/** A sale as stored: prices in quote currency, `at` in milliseconds since 1970. */
interface Sale {
  readonly symbol: string;
  readonly reason: string;
  readonly offline: boolean;
  readonly status: string;
  readonly at: number;
  readonly price: number;
  readonly entry: number;
}

describe('the position manager, away while all prices fall by a tenth and recover', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-restart-'));
  let desk: PositionDesk;
  let child: LiveRun | null = null;

  beforeEach(async () => {
    desk = await openPositionDesk({ symbols: SYMBOLS, start: START, speed: SPEED, configurations: [SETTINGS] });
  });
  afterEach(async () => {
    child?.process.kill('SIGKILL');
    await child?.ended;
    child = null;
    await desk.close();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const startChild = () => {
    const env = { DATABASE_URL: urlOf(desk.connection), BOT_SIMULATOR_UNLIMITED: '1' };
    const config = writeConfig(folder, SETTINGS.replace('URL', desk.url));
    child = startRun(['--only', 'positions', '--config', config], { env });
  };
  const now = () => desk.simulated.now();
  const tradesIn = (symbol: string, from: number, to: number) =>
    [wholeMinute(from), wholeMinute(to)].flatMap((minute, n) =>
      n === 1 && wholeMinute(from) === minute
        ? []
        : tradesOf(symbol, 7, minute).filter(({ at }) => at >= from && at < to),
    );
  /**
   * Waits for a check after which each market trades within the seconds named, all of the same
   * minute; gives these times.
   */
  const fallAfterCheck = async (seconds: number) => {
    let version = 0;
    let fall = { from: 0, to: 0, factor: FACTOR };
    await desk.waitUntil('a check came before a minute in which all is traded', async () => {
      const [state] = await desk.rows("select version, jsonb_array_length(state->'held') as held from portfolio_state");
      if (state?.['held'] !== SYMBOLS.length || state['version'] === version) return false;
      version = state['version'] as number;
      const from = now() + 4_000;
      fall = { from, to: from + seconds * 1_000, factor: FACTOR };
      const isTraded = SYMBOLS.every(symbol => tradesIn(symbol, fall.from, fall.to).length > 0);
      return isTraded && wholeMinute(now()) === wholeMinute(fall.to);
    });
    desk.fall(fall);
    return fall;
  };
  const soldIn = async ({ from, to }: { from: number; to: number }) => {
    const sales = await desk.rows<Sale>(
      `select symbol, reason, t.filled_offline as offline, extract(epoch from e.exit_timestamp)::float8 * 1000 as at,
         e.exit_price::float8 as price, t.entry_price::float8 as entry, t.status
       from partial_exit e join simulated_trade t on t.id = e.trade_id join cryptocurrency c on c.id = cryptocurrency_id order by 1`,
    );
    expect(sales.map(({ symbol, reason, status, offline }) => [symbol, reason, status, offline])).to.deep.equal(
      SYMBOLS.map(symbol => [symbol, 'stop_loss', 'closed', true]),
    );
    for (const { symbol, at, price, entry } of sales) {
      expect(at, symbol).to.be.within(from, to + 10_000); // or of the check after it
      expect(price / entry, symbol).to.be.within(FACTOR - 0.02, FACTOR + 0.02);
    }
  };
  const isSold = async () => (await desk.rows(`select from simulated_trade where status = 'closed'`)).length === 3;
  const markedWhole = async () => {
    const marks = await desk.rows(
      `select extract(epoch from timestamp)::float8 * 1000 as at, kind from equity_point where kind in ('start', 'minute') order by 1`,
    );
    const times = marks.map(({ at }) => at as number);
    expect(times).to.deep.equal(times.map((_, n) => times[0]! + n * MINUTE_MS));
    expect(times).to.include.members([MIDNIGHT, MIDNIGHT + MINUTE_MS]);
  };

  it('has sold what fell under its stop in the minute of a kill -9, and has marked every minute', async () => {
    startChild();
    const fall = await fallAfterCheck(30);
    child!.process.kill('SIGKILL');
    await child!.ended;
    await desk.waitUntil('the prices have recovered', () => now() > fall.to + 11_000);
    startChild();
    await desk.waitUntil('all is sold', isSold);
    await soldIn(fall);
    await desk.waitUntil('another minute has passed', async () => {
      const [last] = await desk.rows(`select max(timestamp) as at from equity_point where kind = 'minute'`);
      return (last!['at'] as Date).getTime() > wholeMinute(fall.to) + 2 * MINUTE_MS;
    });
    await markedWhole();
  });

  it('has sold it as well where it was stopped in order and comes back within the minute', async () => {
    desk.start();
    const fall = await fallAfterCheck(21);
    desk.stop();
    await desk.waitUntil('the prices have recovered', () => now() > fall.to + 11_000);
    desk.start();
    await desk.waitUntil('all is sold', isSold);
    await soldIn(fall);
  });

  it('sells at the low of the minute, once its candle is stored, where the exchange does not give its trades', async () => {
    desk.start();
    const fall = await fallAfterCheck(21);
    desk.stop();
    await desk.waitUntil('the prices have recovered', () => now() > fall.to + 1_000);
    const text = 'EQuery:Unknown asset pair';
    desk.simulated.faults.add({ kind: 'unknown_error', endpoint: 'Trades', text }, now());
    desk.start();
    // Within the minute it goes on without; after its end it waits for the candle.
    await desk.waitUntil(
      'it goes on without, or waits',
      async () =>
        desk.said.some(line => line.startsWith('waiting for the missed candles')) ||
        (await desk.held()).every(({ trade }) => trade.unseen !== undefined && trade.ambiguous),
    );
    const held = await desk.held();
    const lows = held.map(({ trade }) => trade.entryPrice * FACTOR);
    const at = wholeMinute(fall.from);
    const minutes = Array.from({ length: 1 + (wholeMinute(now()) - at) / MINUTE_MS }, (_, n) => at + n * MINUTE_MS);
    await desk.storeCandles(
      held.flatMap(({ trade: { entryPrice: open } }, market) =>
        minutes.map((minute, n) => ({
          market,
          at: minute,
          open,
          high: open,
          low: n === 0 ? lows[market]! : open,
          close: open,
          volume: 1,
          vwap: open,
          trades: 3,
          quiet: false,
          suspect: false,
        })),
      ),
    );
    await desk.waitUntil('all is sold', isSold);
    const sales = await desk.rows(
      `select reason, filled_offline as offline, ambiguous, e.exit_price::float8 as price from partial_exit e
       join simulated_trade t on t.id = e.trade_id join cryptocurrency c on c.id = cryptocurrency_id order by symbol`,
    );
    const costs = 1 - 0.0005 / 2 - 0.0002;
    expect(sales.map(({ reason, offline, ambiguous }) => [reason, offline, ambiguous])).to.deep.equal(
      SYMBOLS.map(() => ['stop_loss', true, true]),
    );
    sales.forEach(({ price }, n) => expect(price).to.be.closeTo(lows[n]! * costs, 1e-9 * lows[n]!));
  });
});
