import { expect } from 'chai';
import fc from 'fast-check';
import { symbolOf } from '../../lib/kraken/pairs.js';
import { bookOf, type BookLevel } from '../../lib/simulator/market/books.js';
import { tradesOf } from '../../lib/simulator/market/trades.js';
import { assetNames, pairNames } from '../../lib/simulator/exchange/names.js';
import { marketClock } from '../../lib/simulator/exchange/clock.js';
import type { DepthRow } from '../../lib/simulator/exchange/depth.js';
import type { OhlcRow } from '../../lib/simulator/exchange/ohlc.js';
import type { TickerEntry } from '../../lib/simulator/exchange/ticker.js';
import type { TradeRow } from '../../lib/simulator/exchange/trades.js';
import { UserError } from '../../lib/errors.js';
import { Cell } from '../../lib/tape.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { NOON, SYMBOLS, openExchange } from './exchange.js';
import { cellOf, wholeTape } from './statistics.js';

const minuteOf = (time: number) => time - (time % MINUTE_MS);
const sizeOf = (trades: readonly { readonly size: number }[]) => trades.reduce((sum, { size }) => sum + size, 0);

describe('the simulated exchange', () => {
  it('calls pairs and assets by the names that Kraken uses', () => {
    expect(pairNames('BTC', 'USD')).to.deep.equal({ id: 'XXBTZUSD', altname: 'XBTUSD', wsname: 'XBT/USD' });
    expect(pairNames('DOGE', 'USD')).to.deep.equal({ id: 'XDGUSD', altname: 'XDGUSD', wsname: 'XDG/USD' });
    expect(pairNames('ETH', 'BTC')).to.deep.equal({ id: 'XETHXXBT', altname: 'ETHXBT', wsname: 'ETH/XBT' });
    expect(pairNames('USDT', 'USD').id).to.equal('USDTZUSD');
    expect(pairNames('SOL', 'USD').id).to.equal('SOLUSD');
    expect(pairNames('LTC', 'GBP').id).to.equal('LTCGBP');
    expect([assetNames('DOGE'), assetNames('SOL')]).to.deep.equal([
      { id: 'XXDG', altname: 'XDG' },
      { id: 'SOL', altname: 'SOL' },
    ]);
    for (const symbol of [...SYMBOLS, 'XRP/CAD', 'LTC/JPY', 'ADA/GBP', 'BTC/USDQ'])
      for (const name of Object.values<string>({ ...pairNames(symbol.split('/')[0]!, symbol.split('/')[1]!) }))
        if (!name.endsWith('USDQ')) expect(symbolOf(name), name).to.equal(symbol);
  });

  it('runs its clock at the given speed', () => {
    let elapsed = 5_000;
    const clock = marketClock(NOON, 60, () => elapsed);
    expect(clock()).to.equal(NOON);
    elapsed += 1_500;
    expect(clock()).to.equal(NOON + 90_000);
  });

  it('tells the time, its status and its rules', () => {
    const { ask } = openExchange();
    expect(ask('Time')).to.deep.equal({
      error: [],
      result: { unixtime: NOON / 1000, rfc1123: 'Sun, 12 Apr 26 12:00:30 +0000' },
    });
    expect(ask('SystemStatus').result).to.deep.equal({
      status: 'online',
      timestamp: '2026-04-12T12:00:30Z',
      upcoming_maintenance: [],
      emergency: [],
    });
    expect(ask('Assets').result['XXBT']).to.include({ aclass: 'currency', altname: 'XBT', status: 'enabled' });
    const pair = ask('AssetPairs').result['XXBTZUSD'] as Record<string, unknown>;
    expect(pair).to.include({
      altname: 'XBTUSD',
      wsname: 'XBT/USD',
      base: 'XXBT',
      quote: 'ZUSD',
      pair_decimals: 1,
      lot_decimals: 8,
      tick_size: '0.1',
      ordermin: '0.00008',
      costmin: '0.5',
      status: 'online',
    });
    expect([pair['fees'], pair['fees_maker'], pair['lot']]).to.deep.equal([[], [], 'unit']);
  });

  it('pads the day of its time with a blank, as Kraken does', () => {
    const { ask, set } = openExchange();
    set(Date.UTC(2026, 1, 1, 9, 5, 7));
    expect(ask('Time').result['rfc1123']).to.equal('Sun,  1 Feb 26 09:05:07 +0000');
  });

  it('refuses as Kraken does', () => {
    const { ask, raw } = openExchange();
    expect(ask('OHLC', { pair: 'NOPEUSD' })).to.deep.equal({ error: ['EQuery:Unknown asset pair'] });
    const some = ask('Ticker', { pair: 'XBTUSD,NOPEUSD' });
    expect([some.error, Object.keys(some.result)]).to.deep.equal([['EQuery:Unknown asset pair'], ['XXBTZUSD']]);
    expect(ask('Ticker', { pair: 'NOPEUSD' })).to.deep.equal({ error: ['EQuery:Unknown asset pair'] });
    expect(ask('Ticker', { pair: '' }).error).to.deep.equal(['EQuery:Unknown asset pair']);
    expect(ask('OHLC').error).to.deep.equal(['EGeneral:Invalid arguments']);
    expect(ask('OHLC', { pair: 'XBTUSD', interval: 2 }).error).to.deep.equal(['EGeneral:Invalid arguments']);
    expect(ask('Depth', { pair: 'XBTUSD', count: 501 }).error).to.deep.equal(['EGeneral:Invalid arguments']);
    expect(raw('/0/public/Nothing')).to.include({ status: 404, body: '{"error":["EGeneral:Unknown method"]}' });
    expect(() => openExchange({ symbols: ['BTC'] })).to.throw(UserError, 'BTC');
  });

  it('answers under the id, or under the usual name with a slash if asked by that, which is not the web socket’s', () => {
    const { ask } = openExchange();
    for (const [name, key] of Object.entries({ XBTUSD: 'XXBTZUSD', XXBTZUSD: 'XXBTZUSD', 'BTC/USD': 'BTC/USD' }))
      expect(Object.keys(ask('OHLC', { pair: name }).result)).to.deep.equal([key, 'last']);
    expect(Object.keys(ask('Ticker', { pair: 'BTC/USD,ETHUSD' }).result)).to.deep.equal(['BTC/USD', 'XETHZUSD']);
    for (const endpoint of ['OHLC', 'Depth', 'Trades', 'Ticker'])
      expect(ask(endpoint, { pair: 'XBT/USD' }), endpoint).to.deep.equal({ error: ['EQuery:Unknown asset pair'] });
  });

  it('lists a coin from its first day on', () => {
    const { ask, set } = openExchange();
    set(Date.UTC(2021, 5, 16, 23, 59));
    expect(ask('AssetPairs').result).not.to.have.property('SOLUSD');
    expect(ask('OHLC', { pair: 'SOLUSD' }).error).to.deep.equal(['EQuery:Unknown asset pair']);
    set(Date.UTC(2021, 5, 17, 0, 2));
    expect(ask('AssetPairs').result).to.have.property('SOLUSD');
    expect(ask('OHLC', { pair: 'SOLUSD' }).result['SOLUSD']).to.have.length(3);
  });
});

describe('candles of the simulated exchange', () => {
  const idOf = (symbol: string) => pairNames(symbol.split('/')[0]!, symbol.split('/')[1]!).id;
  const tape = wholeTape(SYMBOLS, 1, NOON - DAY_MS - (NOON % MINUTE_MS), NOON - (NOON % MINUTE_MS));

  it('are 720 and the forming one, closed ones to the last bit those of the generated market, vwap and count those of its trades', () => {
    const { ask } = openExchange();
    SYMBOLS.forEach((symbol, lane) => {
      const { result } = ask('OHLC', { pair: idOf(symbol) });
      const rows = result[idOf(symbol)] as OhlcRow[];
      expect(rows).to.have.length(721);
      expect(result['last']).to.equal((minuteOf(NOON) - MINUTE_MS) / 1000);
      rows.slice(0, -1).forEach((row, i) => {
        const time = minuteOf(NOON) - (720 - i) * MINUTE_MS;
        const [open, high, low, close, vwap, volume] = row.slice(1, 7).map(Number) as [
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        const cell = cellOf(tape, lane, 1440 - 720 + i);
        expect([row[0] * 1000, open, high, low, close, volume]).to.deep.equal([time, ...cell.slice(1)]);
        const trades = tradesOf(symbol, 1, time);
        expect(row[7]).to.equal(trades.length);
        expect(cell[0]).to.equal(trades.length > 0 ? Cell.traded : Cell.quiet);
        if (trades.length === 0) expect(vwap).to.equal(0);
        else {
          const worth = trades.reduce((sum, { price, size }) => sum + price * size, 0);
          expect(row[5]).to.equal((worth / sizeOf(trades)).toFixed(row[4].split('.')[1]!.length));
          expect(vwap).to.be.within(low, high);
        }
      });
    });
  });

  it('end with the one that is forming, as far as its trades have come', () => {
    const { get, set } = openExchange();
    fc.assert(
      fc.property(fc.constantFrom('BTC/USD', 'MINA/USD'), fc.integer({ min: 0, max: DAY_MS - 1 }), (symbol, after) => {
        const at = NOON + after;
        set(at);
        const row = get('OHLC', { pair: idOf(symbol), since: at / 1000 }, idOf(symbol)).at(-1)!;
        const trades = tradesOf(symbol, 1, minuteOf(at)).filter(trade => trade.at <= at);
        const prices = trades.map(({ price }) => price);
        expect([row[0] * 1000, row[7]]).to.deep.equal([minuteOf(at), trades.length]);
        if (trades.length > 0)
          expect(row.slice(1, 5).map(Number)).to.deep.equal([
            prices[0],
            Math.max(...prices),
            Math.min(...prices),
            prices.at(-1),
          ]);
        expect(Number(row[6])).to.be.closeTo(sizeOf(trades), 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('leave out quiet minutes on request', () => {
    const quiet = (quietRows: 'zero' | 'absent') =>
      openExchange({ quietRows }).get('OHLC', { pair: 'MINAUSD' }, 'MINAUSD').slice(0, -1);
    const zeros = quiet('zero').filter(row => row[7] === 0);
    expect(zeros.length).to.be.above(100);
    for (const [, open, high, low, close, vwap, volume] of zeros)
      expect([high, low, close, Number(vwap), Number(volume)]).to.deep.equal([open, open, open, 0, 0]);
    expect(quiet('absent')).to.deep.equal(quiet('zero').filter(row => row[7] > 0));
  });

  it('are those after `since`, and the forming one always', () => {
    const { get } = openExchange();
    const times = (since: number) =>
      get('OHLC', { pair: 'XBTUSD', since }, 'XXBTZUSD').map(([time]) => (NOON - 30_000) / 1000 - time);
    expect(times(NOON / 1000 - 30 - 180)).to.deep.equal([120, 60, 0]);
    expect(times(NOON / 1000 + 3600)).to.deep.equal([0]);
    expect(times(0)).to.have.length(721);
  });

  it('of longer intervals add up', () => {
    const { get, set } = openExchange();
    set(Date.UTC(2026, 3, 12, 11, 47, 20));
    for (const minutes of [5, 15, 30, 60, 240]) {
      const ones = get('OHLC', { pair: 'MINAUSD' }, 'MINAUSD');
      const longs = get('OHLC', { pair: 'MINAUSD', interval: minutes }, 'MINAUSD');
      expect(longs).to.have.length(721);
      for (const [time, open, high, low, close, vwap, volume] of longs.slice(-720 / minutes + 1)) {
        const parts = ones.filter(([at, , , , , , , count]) => at >= time && at < time + minutes * 60 && count > 0);
        if (parts.length === 0) continue;
        expect([open, close]).to.deep.equal([parts[0]![1], parts.at(-1)![4]]);
        expect(Number(high)).to.equal(Math.max(...parts.map(part => Number(part[2]))));
        expect(Number(low)).to.equal(Math.min(...parts.map(part => Number(part[3]))));
        expect(Number(volume)).to.be.closeTo(
          parts.reduce((sum, part) => sum + Number(part[6]), 0),
          1e-6,
        );
        expect(Number(vwap)).to.be.within(Number(low), Number(high));
      }
    }
    expect(get('OHLC', { pair: 'XBTUSD', interval: 1440 }, 'XXBTZUSD').at(-2)![0]).to.equal(
      Date.UTC(2026, 3, 11) / 1000,
    );
  });
});

describe('trades of the simulated exchange', () => {
  it('come in pages that leave nothing out and repeat nothing', () => {
    const { ask } = openExchange();
    const from = NOON - 5 * HOUR_MS;
    let since = `${from - 1}000000`;
    const found: TradeRow[] = [];
    let pages = 0;
    for (let isOver = false; !isOver; pages++) {
      const { result } = ask('Trades', { pair: 'XBTUSD', since });
      const page = result['XXBTZUSD'] as TradeRow[];
      expect(page.length).to.be.at.most(1000);
      // a page may end between trades of one time: the next one begins with all of them
      const fresh = page.filter(row => row[6] > (found.at(-1)?.[6] ?? 0));
      found.push(...fresh);
      isOver = fresh.length === 0;
      since = String(BigInt(result['last'] as string) - 1n);
    }
    expect(pages).to.be.above(3);
    const expected: readonly (readonly [number, number])[] = Array.from({ length: 302 }, (_, i) =>
      tradesOf('BTC/USD', 1, minuteOf(from) + i * MINUTE_MS),
    )
      .flat()
      .filter(({ at }) => at >= from && at <= NOON)
      .map(({ price, size }) => [price, size]);
    expect(found.map(([price, size]) => [Number(price), Number(size)])).to.deep.equal(expected);
    found.slice(1).forEach((row, i) => {
      expect(row[6]).to.equal(found[i]![6] + 1);
      expect(row[2]).to.be.at.least(found[i]![2]);
    });
    expect(found[0]).to.have.length(7);
    expect(found[0]![3]).to.be.oneOf(['b', 's']);
  });

  it('are the latest thousand without `since`, and `since` may be seconds', () => {
    const { get } = openExchange();
    const latest = get('Trades', { pair: 'XBTUSD' }, 'XXBTZUSD');
    expect(latest).to.have.length(1000);
    expect(latest.at(-1)![2]).to.be.within(NOON / 1000 - 60, NOON / 1000);
    const since = Math.floor(latest[900]![2]);
    const bySeconds = get('Trades', { pair: 'XBTUSD', since }, 'XXBTZUSD');
    expect(bySeconds).to.deep.equal(latest.filter(row => row[2] > since));
  });
});

describe('quotes of the simulated exchange', () => {
  it('stand on both sides of the book, in the ticker of all pairs at once as in the depth', () => {
    const { ask, get } = openExchange();
    const all = ask('Ticker').result as unknown as Record<string, TickerEntry>;
    expect(all).to.include.all.keys(SYMBOLS.map(symbol => pairNames(...(symbol.split('/') as [string, string])).id));
    const book = bookOf('BTC/USD', 1, NOON, 3);
    const depth = get('Depth', { pair: 'XBTUSD', count: 3 }, 'XXBTZUSD');
    const rounded = (levels: readonly BookLevel[]) =>
      levels.map(([price, size]) => [price.toFixed(5), size.toFixed(3)]);
    const told = (rows: DepthRow[]) => rows.map(([price, size]) => [price, size]);
    expect([told(depth.bids), told(depth.asks)]).to.deep.equal([rounded(book.bids), rounded(book.asks)]);
    expect(depth.asks[0]![2]).to.equal(NOON / 1000);
    const { a, b, c } = all['XXBTZUSD']!;
    expect([a[0], b[0]]).to.deep.equal([depth.asks[0]![0], depth.bids[0]![0]]);
    for (const [, whole, lots] of [a, b]) expect(lots).to.equal(`${whole}.000`).and.not.equal('0.000');
    expect(Number(c[0])).to.be.within(Number(b[0]), Number(a[0]));
    expect(get('Ticker', { pair: 'XBTUSD' }, 'XXBTZUSD')).to.deep.equal(all['XXBTZUSD']);
  });

  it('sum up the last 24 hours and today', () => {
    const { get } = openExchange();
    const tape = wholeTape(['MINA/USD'], 1, minuteOf(NOON) - DAY_MS + MINUTE_MS, minuteOf(NOON));
    const forming = tradesOf('MINA/USD', 1, minuteOf(NOON)).filter(({ at }) => at <= NOON);
    const { v, h, l, o, p, t } = get('Ticker', { pair: 'MINAUSD' }, 'MINAUSD');
    const closed = tape.volume.reduce((sum, volume) => sum + volume, 0);
    expect(Number(v[1])).to.be.closeTo(closed + sizeOf(forming), 1e-6);
    expect(Number(v[0])).to.be.below(Number(v[1]));
    const traded = (column: Float64Array) => [...column].filter((_, i) => tape.cell[i] === Cell.traded);
    const prices = forming.map(({ price }) => price);
    expect(Number(h[1])).to.equal(Math.max(...traded(tape.high), ...prices));
    expect(Number(l[1])).to.equal(Math.min(...traded(tape.low), ...prices));
    expect(Number(p[1])).to.be.within(Number(l[1]), Number(h[1]));
    const midnight = wholeTape(['MINA/USD'], 1, NOON - (NOON % DAY_MS), NOON - (NOON % DAY_MS) + MINUTE_MS);
    expect(Number(o)).to.equal(midnight.open[0]);
    let count = forming.length;
    for (let i = 1; i < 1440; i++) count += tradesOf('MINA/USD', 1, minuteOf(NOON) - i * MINUTE_MS).length;
    expect(t[1]).to.be.within(count * 0.6, count * 1.4);
  });

  it('give market capitalisations as CoinGecko does', () => {
    const { raw } = openExchange();
    const page = (number: number) =>
      JSON.parse(
        raw('/api/v3/coins/markets', { vs_currency: 'usd', order: 'market_cap_desc', per_page: 4, page: number }).body,
      ) as Record<string, number | string>[];
    const all = [...page(1), ...page(2)];
    const coins = all.filter(({ id }) => String(id).startsWith('simulated-'));
    expect(coins.map(({ symbol }) => symbol).sort()).to.deep.equal(['btc', 'doge', 'eth', 'mina', 'sol', 'usdt']);
    expect(all.map(coin => coin['market_cap_rank'])).to.deep.equal([1, 2, 3, 4, 5, 6, null, null]);
    const copies = all.filter(({ id }) => String(id).startsWith('copy-of-'));
    expect(copies.map(({ symbol, market_cap }) => [symbol, market_cap])).to.deep.equal([
      ['btc', null],
      ['mina', 0],
    ]);
    expect(raw('/api/v3/coins/markets')).to.include({ status: 422, body: '{"error":"Missing parameter vs_currency"}' });
    // 3,000 days of 0.4 million a day, times √(0.4 / 400): 38 million USD at the usual price of
    // 0.70
    expect(coins.find(({ symbol }) => symbol === 'mina')!['circulating_supply']).to.be.closeTo(37.95e6 / 0.7, 1e5);
    const caps = coins.map(coin => Number(coin['market_cap']));
    expect(caps).to.deep.equal(caps.toSorted((a, b) => b - a));
    for (const { market_cap, circulating_supply, current_price } of coins)
      expect(market_cap).to.equal(Math.round(Number(circulating_supply) * Number(current_price)));
    expect(page(3)).to.deep.equal([]);
  });
});

describe('limits of the simulated exchange', () => {
  const errors = (body: string) => (JSON.parse(body) as { error: string[] }).error;

  it('allow about a request a second of market time, candles and trades for each pair', () => {
    const { raw, wait } = openExchange({ isLimited: true });
    const refused = (requests: number, path: string, pair: string) =>
      Array.from({ length: requests }, () => errors(raw(path, { pair }).body)).filter(([error]) => error).length;
    expect(refused(32, '/0/public/Ticker', 'XBTUSD')).to.equal(2); // thirty may come at once
    expect(refused(30, '/0/public/OHLC', 'XBTUSD') + refused(30, '/0/public/OHLC', 'ETHUSD')).to.equal(0);
    wait(3_000);
    expect(refused(5, '/0/public/Depth', 'XBTUSD')).to.equal(2); // three seconds have earned three
    expect(errors(raw('/0/public/Time', {}, 'somebody else').body)).to.deep.equal([]);
  });

  it('lock out a client that continues regardless, for a quarter of an hour', () => {
    const { raw, wait } = openExchange({ isLimited: true });
    const said = Array.from({ length: 60 }, () => errors(raw('/0/public/Time').body)[0] ?? 'ok');
    const count = (text: string) => said.filter(each => each === text).length;
    expect(count('ok')).to.equal(30);
    expect(count('EGeneral:Too many requests')).to.equal(20);
    expect(count('EGeneral:Temporary lockout')).to.equal(10);
    wait(14 * MINUTE_MS);
    expect(errors(raw('/0/public/OHLC', { pair: 'XBTUSD' }).body)).to.deep.equal(['EGeneral:Temporary lockout']);
    wait(1 * MINUTE_MS);
    expect(errors(raw('/0/public/Time').body)).to.deep.equal([]);
  });

  it('leave a log that counts by endpoint and minute', () => {
    const { raw, exchange, wait, spoil } = openExchange();
    raw('/0/public/Time');
    raw('/0/public/OHLC', { pair: 'XBTUSD' });
    wait(MINUTE_MS);
    spoil({ kind: 'http_error', status: 502, endpoint: 'OHLC' });
    raw('/0/public/OHLC', { pair: 'ETHUSD' });
    raw('/nowhere');
    const { total, endpoints, minutes, requests } = exchange.requests.summary();
    expect({ total, endpoints }).to.deep.equal({ total: 4, endpoints: { Time: 1, OHLC: 2, unknown: 1 } });
    expect(minutes).to.deep.equal([
      { minute: minuteOf(NOON), endpoints: { Time: 1, OHLC: 1 } },
      { minute: minuteOf(NOON) + MINUTE_MS, endpoints: { OHLC: 1, unknown: 1 } },
    ]);
    expect(requests[2]).to.deep.equal({
      at: NOON + MINUTE_MS,
      endpoint: 'OHLC',
      pair: 'ETHUSD',
      status: 502,
      remarks: ['http_error'],
    });
    exchange.requests.clear();
    expect(exchange.requests.summary()).to.deep.equal({ total: 0, endpoints: {}, minutes: [], requests: [] });
  });
});
