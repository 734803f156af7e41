import { expect } from 'chai';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { Exchange, OhlcAnswer, OhlcRow } from '../../../lib/exchange/ports.js';
import { simulatedExchange, type SimulatedExchange } from '../../../lib/simulator/exchange/exchange.js';
import { FAULT_KINDS } from '../../../lib/simulator/exchange/faults/catalogue.js';
import { REPLY_FAULTS } from '../../../lib/simulator/exchange/faults/replies.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { openExchange, type ExchangeOptions } from '../../../lib/world/exchange/index.js';
import { serveExchange, type ExchangeServer } from '../../../lib/world/simulator/server.js';
import { settingsOf } from '../../support/settings.js';

/** 12:00:30 of a Sunday. */
const NOON = Date.UTC(2026, 3, 12, 12, 0, 30);
const SINCE = NOON - 30_000 - 60 * MINUTE_MS;
const SYMBOLS = ['BTC/USD', 'ETH/USD', 'DOGE/USD', 'MINA/USD', 'ETH/BTC', 'EUR/USD'];
const UNLIMITED: ExchangeOptions = {
  budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
  breaker: { ...BREAKER_RULES, failures: Infinity },
};

describe('the exchange against the simulator', () => {
  let simulated: SimulatedExchange;
  let server: ExchangeServer;
  let exchange: Exchange;
  const open = (options: ExchangeOptions, seconds: number) =>
    openExchange(
      settingsOf(`exchange: {url: '${server.url}', rate_limit_retries: 0, timeout_seconds: ${seconds}}`).exchange,
      options,
    );
  const start = async (isLimited: boolean, options: ExchangeOptions = UNLIMITED, seconds = 30) => {
    simulated = simulatedExchange({ seed: 7, symbols: SYMBOLS, clock: () => NOON, isLimited });
    simulated.warmUp();
    server = await serveExchange(simulated, 0);
    exchange = open(options, seconds);
  };
  afterEach(async () => {
    exchange.close();
    await server.close();
  });

  it('finds every market, ticker, candle, book and trade', async () => {
    await start(true);
    const { markets, skipped } = await exchange.markets();
    expect(markets.map(({ symbol }) => symbol)).to.include.members(SYMBOLS);
    expect(skipped).to.deep.include.members([
      { id: 'AAPLxUSD', reason: 'no currency, but a tokenized_asset' },
      { id: 'XBTUSD:BTNL', reason: 'an invalid name' },
      { id: 'EURUSD2', reason: 'a second EUR/USD' },
    ]);
    const { tickers, rejected } = await exchange.tickers();
    expect([...tickers.keys()]).to.include.members(SYMBOLS);
    expect(rejected).to.deep.equal([]);
    for (const symbol of SYMBOLS) {
      const { bid, ask, last, volume24h, vwap24h } = tickers.get(symbol)!;
      expect([bid, ask, last, volume24h, vwap24h]).not.to.include(null);
    }
    for (const symbol of SYMBOLS) {
      const hour = await exchange.ohlc(symbol, 1, SINCE);
      expect(hour.rows.map(({ at }) => at)).to.deep.equal(Array.from({ length: 60 }, (_, i) => SINCE + i * MINUTE_MS));
      expect(hour.rejected).to.deep.equal([]);
      expect(hour.newest).to.equal(NOON - 30_000);
      expect((await exchange.ohlc(symbol, 15)).rows).to.have.length(719);
      expect((await exchange.book(symbol, 25)).usable, symbol).to.equal(true);
    }
    const page = await exchange.trades('BTC/USD', `${SINCE}000000`);
    expect(page.trades.length).to.be.greaterThan(10);
    expect(page.rejected).to.equal(0);
    expect(await exchange.status()).to.equal('online');
    expect(exchange.now()).to.be.within(NOON - 1_000, NOON + 20_000);
  });

  it('finds in the trades the same minutes as in the candles', async () => {
    await start(false);
    const { rows } = await exchange.ohlc('BTC/USD', 1, SINCE);
    const { trades } = await exchange.trades('BTC/USD', `${SINCE}000000`);
    const whole = rows.filter(({ at }) => at + MINUTE_MS <= trades.at(-1)!.at);
    expect(whole.length).to.be.greaterThan(1);
    for (const row of whole) {
      const inside = trades.filter(({ at }) => at >= row.at && at < row.at + MINUTE_MS);
      expect(inside).to.have.length(row.trades);
      expect(inside.reduce((sum, { size }) => sum + size, 0)).to.be.closeTo(row.volume, 1e-6 * row.volume);
    }
  });

  describe('with a fault', () => {
    /** These change what the candles are, believably: the rows are what they say. */
    const LASTING = ['vanishing_rows', 'late_trades', 'late_revision'];
    const BELIEVABLE = [
      'revised_row',
      'absurd_price',
      'missing_minutes',
      'bad_number',
      'stale',
      'clock_skew',
      ...LASTING,
    ];
    /** One row of the hour cannot be used. */
    const ONE_ROW = ['short_row', 'inverted_range', 'bad_time'];
    const outcome = <T>(asking: Promise<T>): Promise<T | ExchangeFailure> =>
      asking.catch((error: unknown) => {
        expect(error).to.be.instanceOf(ExchangeFailure);
        return error as ExchangeFailure;
      });
    const checkRows = ({ rows }: OhlcAnswer, clean: readonly OhlcRow[], kind: string) => {
      rows.forEach((row, i) => {
        expect(row.at + MINUTE_MS).to.be.at.most(NOON);
        if (i > 0) expect(row.at).to.be.greaterThan(rows[i - 1]!.at);
        const { open, high, low, close, volume } = row;
        expect(low > 0 && low <= open && low <= close && high >= open && high >= close && high < Infinity).to.equal(
          true,
        );
        expect(volume).to.be.within(0, Number.MAX_VALUE);
        if (!BELIEVABLE.includes(kind)) expect(clean).to.deep.include(row);
      });
    };

    for (const kind of FAULT_KINDS)
      it(`${kind}: what it answers is right, or it is a failure`, async () => {
        await start(false, UNLIMITED, 2);
        const { rows: clean } = await exchange.ohlc('ETH/USD', 1, SINCE);
        exchange.close();
        exchange = open(UNLIMITED, 0.3);
        await exchange.markets();
        await exchange.serverTime();
        simulated.faults.add({ kind }, NOON);

        const fails =
          (Object.hasOwn(REPLY_FAULTS, kind) && !['partial_error', 'coin_limit'].includes(kind)) ||
          ['other_pair', 'delisted'].includes(kind);
        const hour = await outcome(exchange.ohlc('ETH/USD', 1, SINCE));
        if (hour instanceof ExchangeFailure) expect(fails, hour.message).to.equal(true);
        else {
          expect(fails).to.equal(false);
          checkRows(hour, clean, kind);
          if (ONE_ROW.includes(kind)) expect(hour.rejected).to.have.length(1);
          else if (kind !== 'bad_number') expect(hour.rows.length).to.be.at.least(59);
        }
        const book = await outcome(exchange.book('ETH/USD', 25));
        if (!(book instanceof ExchangeFailure) && book.usable) {
          expect(book.bids[0]!.price).to.be.below(book.asks[0]!.price);
          expect(kind).not.to.match(/_book$/);
        }
        const tickers = await outcome(exchange.tickers());
        if (!(tickers instanceof ExchangeFailure)) {
          expect(tickers.tickers.size).to.be.greaterThan(0);
          for (const { bid, ask } of tickers.tickers.values())
            if (bid !== null && ask !== null) expect(bid).to.be.below(ask);
        }
        const markets = await outcome(exchange.markets());
        if (!(markets instanceof ExchangeFailure))
          for (const { symbol } of markets.markets) expect(symbol).to.match(/^[A-Z0-9]{1,16}\/[A-Z0-9]{1,16}$/);
        await outcome(exchange.serverTime());
        expect(exchange.now()).to.be.within(NOON - 1_000, NOON + 20_000);
      });
  });

  it('keeps the budget so that the exchange never refuses, at twenty times the speed', async () => {
    let began = 0;
    const clock = () => NOON + (performance.now() - began) * 20;
    simulated = simulatedExchange({ seed: 7, symbols: SYMBOLS, clock, isLimited: true });
    simulated.warmUp();
    began = performance.now();
    server = await serveExchange(simulated, 0);
    const settings = settingsOf(`exchange: {url: '${server.url}', rate_limit_retries: 0, clock_speed: 20}`).exchange;
    exchange = openExchange(settings);
    const asked = Array.from({ length: 60 }, (_, i) =>
      exchange.ohlc(SYMBOLS[i % SYMBOLS.length]!, 1, SINCE, { withinMs: 600_000 }),
    );
    await Promise.all(asked); // 62 requests at 1.2 s take 74 s there, 3.7 s here
    const { breaker, spent } = await exchange.usage();
    expect(breaker.phase).to.equal('closed');
    expect(spent.candles).to.be.within(40, 50); // 60 s / 1.2 s
  });
});
