import { expect } from 'chai';
import { readStatus, readTime } from '../../lib/kraken/answers.js';
import { readBook } from '../../lib/kraken/book.js';
import { readMarkets } from '../../lib/kraken/markets.js';
import { readOhlc } from '../../lib/kraken/ohlc.js';
import { readTickers } from '../../lib/kraken/tickers.js';
import { currencyOf } from '../../lib/kraken/currencies.js';
import { MINUTE_MS } from '../../lib/units.js';
import { captured, capturedResult } from '../support/captured.js';

type Rows = Readonly<Record<string, readonly (readonly unknown[])[]>>;
const named = (key: string) => ({ id: key, altname: key, symbol: 'BASE/QUOTE' });

describe('the markets that Kraken has listed', () => {
  const read = (name: string) => readMarkets(capturedResult(name), currencyOf);
  const symbols = (name: string) => read(name).markets.map(({ symbol }) => symbol);
  const skipped = (name: string) => read(name).skipped.map(({ id }) => id);

  it('in 2015, without limits, tick sizes and states, are all taken', () => {
    expect(symbols('kraken-assetpairs-2015-03.json.gz').join(' ')).to.equal(
      'BTC/DOGE BTC/EUR BTC/GBP BTC/JPY BTC/LTC BTC/NMC BTC/STR BTC/USD BTC/XRP BTC/XVN EUR/XVN LTC/EUR LTC/USD USD/XVN',
    );
    const bitcoin = read('kraken-assetpairs-2015-03.json.gz').markets.find(({ symbol }) => symbol === 'BTC/USD');
    expect(bitcoin).to.deep.equal({
      symbol: 'BTC/USD',
      base: 'BTC',
      quote: 'USD',
      id: 'XXBTZUSD',
      altname: 'XBTUSD',
      status: 'online',
      amountStep: 1e-8,
      tick: 0.00001,
      minimumAmount: 0,
      minimumCost: 0,
      takerFee: 0.35 / 100,
    });
  });

  for (const [year, file, count, others] of [
    ['2017', 'kraken-assetpairs-2017-10.json.gz', 47, []],
    ['2019', 'kraken-assetpairs-2019.json.gz', 75, []],
    ['2021', 'kraken-assetpairs-2021-04.json.gz', 292, ['ETH2.SETH']],
  ] as const)
    it(`in ${year} are taken but for its dark pools${others.length > 0 ? ' and staked coins' : ''}`, () => {
      const taken = symbols(file);
      expect([taken.length, new Set(taken).size]).to.deep.equal([count, count]);
      const dark = skipped(file).filter(id => id.endsWith('.d'));
      expect(dark).to.have.length(11);
      expect(skipped(file)).to.have.members([...dark, ...others]);
      expect(Object.keys(capturedResult(file))).to.have.length(count + dark.length + others.length);
      expect(taken).to.include.members(['BTC/USD', 'DOGE/BTC', 'USDT/USD', 'REPV1/EUR']);
    });

  it('in 2021 hold Augur v1 and v2 apart', () => {
    expect(symbols('kraken-assetpairs-2021-04.json.gz').filter(symbol => symbol.startsWith('REP'))).to.deep.equal([
      'REP/BTC',
      'REP/ETH',
      'REP/EUR',
      'REP/USD',
      'REPV1/BTC',
      'REPV1/ETH',
      'REPV1/EUR',
      'REPV1/USD',
    ]);
  });

  it('in 2025 have their fees, steps and least sizes', () => {
    expect(read('kraken-assetpairs-XBTUSDT-2025-11.json').markets).to.deep.equal([
      {
        symbol: 'BTC/USDT',
        base: 'BTC',
        quote: 'USDT',
        id: 'XBTUSDT',
        altname: 'XBTUSDT',
        status: 'online',
        amountStep: 1e-8,
        tick: 0.1,
        minimumAmount: 0.00005,
        minimumCost: 0.5,
        takerFee: 0.004,
      },
    ]);
  });

  it('in 2026, without fees and some of them cancel-only, are taken as they are', () => {
    const { markets, skipped: none } = read('kraken-assetpairs-2026-09.json.gz');
    expect(markets.map(({ symbol, status, takerFee }) => `${symbol} ${status} ${String(takerFee)}`)).to.deep.equal([
      '0G/EUR online null',
      '2Z/USD online null',
      'AAVE/BTC online null',
      'AAVE/ETH online null',
      'ACA/EUR cancel_only null',
      'ACX/USD cancel_only null',
      'ADA/USD online null',
      'BTC/USD online null',
      'DOGE/USD online null',
      'ETH/BTC online null',
      'SOL/USD online null',
    ]);
    expect(none).to.deep.equal([]);
    expect(markets[1]).to.include({ amountStep: 1e-5, tick: 1e-5, minimumAmount: 100 }); // 2Z, of lot "unit5"
  });

  it('leave out tokenized shares, whose candles and books would have to be asked for otherwise', () => {
    const coins = capturedResult('kraken-assetpairs-XBTUSDT-2025-11.json');
    const shares = capturedResult('kraken-assetpairs-tokenized-2025.json');
    const { markets, skipped: left } = readMarkets({ ...coins, ...shares }, currencyOf);
    expect(markets.map(({ symbol }) => symbol)).to.deep.equal(['BTC/USDT']);
    expect(left).to.deep.equal([{ id: 'AAPLxUSD', reason: 'no currency, but a tokenized_asset' }]);
  });
});

describe('the tickers that Kraken has given', () => {
  const read = (name: string) => readTickers(capturedResult(name), id => id);
  const ONE = {
    'kraken-ticker-XXBTZEUR-2014.json': [560.466, 562.26651, 560.87711, 600.91850325, 576.77284],
    'kraken-ticker-BCHEUR-2017-10.json': [354.3, 355.4, 355.4, 4433.77288826, 354.543044],
    'kraken-ticker-XXBTZUSD-2023-07.json': [30300, 30300.1, 30303.2, 4412.73601799, 30689.13205],
    'kraken-ticker-XBTUSDT-2025-11.json': [105944.2, 105944.3, 105899.4, 163.28908096, 105904.39279],
  };
  for (const [name, values] of Object.entries(ONE))
    it(`${name}: bid, ask, last, volume and mean of the last 24 hours`, () => {
      const [ticker] = [...read(name).tickers.values()];
      const { bid, ask, last, volume24h, vwap24h } = ticker!;
      expect([bid, ask, last, volume24h, vwap24h]).to.deep.equal(values);
    });

  it('know no quote where one side is 0, and no price where nothing was traded', () => {
    const { tickers, rejected } = read('kraken-ticker-tokenized-2026-10.json');
    expect(rejected).to.deep.equal([]);
    expect(tickers.get('ADBExUSD')).to.deep.equal({ bid: null, ask: null, last: null, volume24h: 0, vwap24h: null });
    expect(tickers.get('CRWVxUSD')).to.include({ bid: null, ask: null, last: 86.96, volume24h: 0.3 });
  });

  // What Kraken calls "today" begins with the last day on which anything was traded: it may be more
  // than the last 24 hours hold.
  it('count the last 24 hours also where "today" has more', () => {
    const { tickers } = read('kraken-ticker-tokenized-2026-10.json');
    expect(tickers.get('AMDxUSD')).to.include({ bid: 634.08, ask: 634.09, volume24h: 0.9699, vwap24h: 633.05 });
  });

  it('of a whole exchange hold every market, silent, one-sided and unquoted ones too', () => {
    const result = capturedResult('kraken-ticker-odd-2026-06.json.gz') as Readonly<
      Record<string, { a: string[]; b: string[]; c: string[] }>
    >;
    const { tickers, rejected } = readTickers(result, id => (id.includes(':') ? null : id));
    const wanted = Object.keys(result).filter(id => !id.includes(':'));
    expect([rejected, [...tickers.keys()]]).to.deep.equal([[], wanted]);
    for (const id of wanted) {
      const { a, b, c } = result[id]!;
      const isQuoted = Number(a[0]) > 0 && Number(b[0]) > 0;
      expect(tickers.get(id), id).to.include({
        bid: isQuoted ? Number(b[0]) : null,
        ask: isQuoted ? Number(a[0]) : null,
        last: Number(c[0]) > 0 ? Number(c[0]) : null,
      });
    }
    expect([...tickers.values()].filter(({ bid }) => bid === null)).to.have.length(19);
    expect([...tickers.values()].filter(({ last }) => last === null)).to.have.length(108);
  });
});

describe('the candles that Kraken has given', () => {
  const read = (name: string, key: string, intervalMinutes = 1) => {
    const result = capturedResult(name);
    const rows = (result as Rows)[key]!;
    const now = Number(rows.at(-1)![0]) * 1_000 + 30_000; // the last one is forming
    return { rows, answer: readOhlc(result, { pair: named(key), intervalMinutes, since: 0, now }) };
  };
  for (const [name, key, quiet] of [
    ['kraken-ohlc-XXBTZUSD-2017-08.json.gz', 'XXBTZUSD', 17],
    ['kraken-ohlc-XBTUSDT-2025-11.json.gz', 'XBTUSDT', 215],
  ] as const)
    it(`${name}: all but the forming one, the quiet ones flat and without a mean`, () => {
      const { rows, answer } = read(name, key);
      expect(answer.rejected).to.deep.equal([]);
      expect(answer.rows).to.have.length(rows.length - 1);
      expect(answer.newest).to.equal(answer.rows.at(-1)!.at + MINUTE_MS);
      answer.rows.forEach((row, i) => {
        const [at, open, high, low, close, vwap, volume, trades] = rows[i]!.map(Number);
        expect(row).to.deep.equal({
          at: at! * 1_000,
          open,
          high,
          low,
          close,
          volume,
          trades,
          vwap: trades === 0 ? null : vwap,
        });
      });
      const silent = answer.rows.filter(({ trades }) => trades === 0);
      expect(silent).to.have.length(quiet);
      for (const { open, high, low, close } of silent) expect([high, low, close]).to.deep.equal([open, open, open]);
    });

  it('of an hour, under the name that was asked for', () => {
    const { answer } = read('kraken-ohlc-60m-BTCUSD-2026-09.json', 'BTC/USD', 60);
    expect(answer.rows.map(({ close, trades }) => [close, trades])).to.deep.equal([
      [83777.5, 9205],
      [83732.6, 7919],
      [83765.4, 5879],
    ]);
  });
});

describe('the order books that Kraken has given', () => {
  for (const [name, key, at, levels, best] of [
    ['kraken-depth-XXBTZEUR-2014.json', 'XXBTZEUR', 1391825345, 3, [526.26, 530.75513]],
    ['kraken-depth-XXBTZUSD-2023-07.json', 'XXBTZUSD', 1688671675, 3, [30297, 30384.1]],
    ['kraken-depth-XBTUSDT-2025-11.json', 'XBTUSDT', 1762820250, 5, [105944.2, 105944.3]],
  ] as const)
    it(`${name}: all levels, the best ones first`, () => {
      const book = readBook(capturedResult(name), named(key), at * 1_000);
      if (!book.usable) expect.fail(book.fault);
      expect([book.bids.length, book.asks.length]).to.deep.equal([levels, levels]);
      expect([book.bids[0]!.price, book.asks[0]!.price]).to.deep.equal(best);
    });

  it('are used without a level whose size was rounded to 0', () => {
    const result = capturedResult('kraken-depth-XBTUSDT-2025-11.json') as Readonly<
      Record<string, { bids: [string, string, number][]; asks: unknown[] }>
    >;
    const { bids, asks } = result['XBTUSDT']!;
    const rounded = bids.map(([price, size, at], i) => [price, i === 0 ? '0.000' : size, at]);
    const book = readBook({ XBTUSDT: { bids: rounded, asks } }, named('XBTUSDT'), 1762820250_000);
    if (!book.usable) expect.fail(book.fault);
    expect([book.bids.length, book.bids[0]!.price, book.skipped]).to.deep.equal([4, 105935.4, 1]);
  });
});

describe('the status that Kraken has reported', () => {
  it('is its time, whatever the day is spelled like', () => {
    expect(captured('kraken-time-2014.json')).to.have.nested.property(
      'result.rfc1123',
      'Sat,  8 Feb 14 05:04:36 +0000',
    );
    expect(readTime(capturedResult('kraken-time-2014.json'))).to.equal(Date.UTC(2014, 1, 8, 5, 4, 36));
    expect(readTime(capturedResult('kraken-time-2025-11.json'))).to.equal(Date.UTC(2025, 10, 11, 0, 17, 4));
  });

  it('is its state', () => {
    for (const name of ['kraken-status-2021-03.json', 'kraken-status-2025-11.json'])
      expect(readStatus(capturedResult(name))).to.equal('online');
  });
});
