import { expect } from 'chai';
import type { DepthRow } from '../../lib/simulator/exchange/depth.js';
import type { OhlcRow } from '../../lib/simulator/exchange/ohlc.js';
import type { TickerEntry } from '../../lib/simulator/exchange/ticker.js';
import type { TradeRow } from '../../lib/simulator/exchange/trades.js';
import { KRAKEN_PAIRS } from '../../lib/simulator/exchange/odd-listings.js';
import { captured, capturedResult } from '../support/captured.js';
import { openExchange } from './exchange.js';

/**
 * What kind of text or number each cell is: 12.340 is `d.ddd` with its decimals, a number is
 * `number`.
 */
const kindOf = (cell: unknown): string =>
  typeof cell === 'string' && /^\d+\.\d+$/.test(cell) ? 'decimal' : typeof cell === 'string' ? 'text' : typeof cell;
const kinds = (row: readonly unknown[]): string => row.map(kindOf).join();
const only = (result: Readonly<Record<string, unknown>>): unknown =>
  Object.entries(result).find(([key]) => key !== 'last')![1];

describe('the simulated exchange, held against real answers', () => {
  const { ask, raw, set } = openExchange({ pairs: KRAKEN_PAIRS });
  const tickers = (result: Readonly<Record<string, unknown>>) => Object.values(result) as TickerEntry[];

  it('gives trades that share their time, numbered without holes, and a place in nanoseconds', () => {
    for (const result of [
      capturedResult('kraken-trades-XBTUSDT-2025-11.json.gz'),
      ask('Trades', { pair: 'XBTUSD' }).result,
    ]) {
      const rows = only(result) as TradeRow[];
      expect(rows).to.have.length(1_000);
      expect(new Set(rows.map(kinds))).to.deep.equal(new Set(['decimal,decimal,number,text,text,text,number']));
      const groups = new Map<number, TradeRow[]>();
      rows.forEach((row, i) => {
        if (i > 0) expect(row[6]).to.equal(rows[i - 1]![6] + 1);
        groups.set(row[2], [...(groups.get(row[2]) ?? []), row]);
      });
      const shared = [...groups.values()].filter(group => group.length > 1);
      const sharing = shared.reduce((sum, group) => sum + group.length, 0);
      expect(sharing).to.be.within(400, 750); // 596 of 1,000 in the real page
      expect(Math.max(...shared.map(({ length }) => length))).to.be.above(7); // 17
      for (const group of shared) expect(new Set(group.map(row => row[3] + row[4])).size).to.equal(1);
      expect(result['last']).to.match(/^\d{19}$/);
      expect(Math.floor(Number(result['last']) / 1e6)).to.be.closeTo(rows.at(-1)![2] * 1_000, 1.1);
    }
  });

  it('gives 720 closed candles and the forming one, quiet ones without vwap', () => {
    for (const result of [
      capturedResult('kraken-ohlc-XBTUSDT-2025-11.json.gz'),
      ask('OHLC', { pair: 'MINAUSD' }).result,
    ]) {
      const rows = only(result) as OhlcRow[];
      expect(rows).to.have.length(721);
      expect(result['last']).to.equal(rows.at(-2)![0]);
      expect(new Set(rows.map(kinds))).to.deep.equal(
        new Set(['number,decimal,decimal,decimal,decimal,decimal,decimal,number']),
      );
      const quiet = rows.filter(row => row[7] === 0);
      expect(quiet.length).to.be.above(100);
      for (const [, open, high, low, close, vwap, volume] of quiet)
        expect([high, low, close, Number(vwap), Number(volume)]).to.deep.equal([open, open, open, 0, 0]);
    }
  });

  it('gives order books with sizes of three decimals, some of which read 0.000', () => {
    type Book = { readonly asks: DepthRow[]; readonly bids: DepthRow[] };
    const books = [
      ...['kraken-depth-XBTUSDT-2025-11.json', 'kraken-depth-XXBTZUSD-2023-07.json'].map(capturedResult),
      ask('Depth', { pair: 'XBTUSD', count: 500 }).result,
    ].map(result => only(result) as Book);
    for (const { asks, bids } of books)
      for (const row of [...asks, ...bids]) {
        expect(kinds(row)).to.equal('decimal,decimal,number');
        expect(row[1]).to.match(/^\d+\.\d{3}$/);
      }
    expect([...books[2]!.asks, ...books[2]!.bids].some(([, size]) => size === '0.000')).to.equal(true);
  });

  it('lists pairs with the same members, twins and second ids, some not online, in as many bytes', () => {
    type Pair = Readonly<Record<string, unknown>>;
    const real = capturedResult('kraken-assetpairs-2026-09.json.gz') as Readonly<Record<string, Pair>>;
    const { body } = raw('/0/public/AssetPairs');
    const simulated = (JSON.parse(body) as { result: Record<string, Pair> }).result;
    expect(Object.keys(simulated['SOLUSD']!).sort()).to.deep.equal(Object.keys(real['SOLUSD']!).sort());
    expect(Object.keys(simulated['1INCHEUR']!).sort()).to.deep.equal(Object.keys(real['ACAEUR']!).sort());
    for (const pairs of [real, simulated]) {
      const all = Object.values(pairs);
      expect(new Set(all.map(({ lot }) => lot))).to.deep.equal(new Set(['unit', 'unit5']));
      for (const { lot, lot_decimals, fees } of all)
        expect([lot === 'unit5', fees]).to.deep.equal([lot_decimals === 5, []]);
      expect(all.some(({ status }) => status === 'cancel_only')).to.equal(true);
    }
    expect(Object.keys(simulated)).to.have.length(1_451);
    expect(body.length).to.be.within(600_000, 750_000); // 673,637 in September 2026
    expect(Object.values(simulated).filter(({ status }) => status !== 'online').length).to.be.within(60, 140); // 97
    expect(Object.keys(simulated).filter(id => id.endsWith(':BTNL')).length).to.be.above(2);
    const symbols = Object.values(simulated).map(({ base, quote }) => `${String(base)}/${String(quote)}`);
    expect(new Set(symbols).size).to.be.below(symbols.length);
  });

  it('has tickers of markets without trades, without one side or both, and with more volume today than in 24 hours', () => {
    const odd = [
      capturedResult('kraken-ticker-odd-2026-06.json.gz'),
      capturedResult('kraken-ticker-tokenized-2026-10.json'),
    ];
    const simulated = tickers(ask('Ticker').result);
    const isZero = (text: string) => Number(text) === 0;
    const seen = (entries: readonly TickerEntry[]) => ({
      silent: entries.some(({ c, p, l, h, o }) => [c[0], ...p, ...l, ...h, o].every(isZero)),
      oneSided: entries.some(({ a, b }) => isZero(a[0]) !== isZero(b[0])),
      empty: entries.some(({ a, b }) => isZero(a[0]) && isZero(b[0])),
      moreToday: entries.some(({ v }) => Number(v[0]) > Number(v[1])),
    });
    const real = odd.flatMap(tickers);
    expect(seen(real)).to.deep.equal({ silent: true, oneSided: true, empty: true, moreToday: true });
    expect(seen(simulated)).to.deep.equal(seen(real));
    for (const entry of [...real, ...simulated]) {
      expect(Object.keys(entry)).to.deep.equal(['a', 'b', 'c', 'v', 'p', 't', 'l', 'h', 'o']);
      for (const [price, whole, lots] of [entry.a, entry.b])
        expect([kindOf(price), lots]).to.deep.equal(['decimal', `${whole}.000`]);
    }
  });

  it('gives time, status and refusals alike', () => {
    const time = capturedResult('kraken-time-2014.json');
    set(Number(time['unixtime']) * 1_000);
    expect(ask('Time').result).to.deep.equal(time);
    const recent = capturedResult('kraken-time-2025-11.json');
    set(Number(recent['unixtime']) * 1_000);
    expect(ask('Time').result).to.deep.equal(recent);
    expect(ask('SystemStatus').result).to.include({ status: capturedResult('kraken-status-2025-11.json')['status'] });
    const partial = captured('kraken-ticker-partial-error-2026-10.json') as { error: string[]; result: object };
    const { error, result } = ask('Ticker', { pair: 'XBTUSD,NOPE' });
    expect([error, Object.keys(result)]).to.deep.equal([partial.error, ['XXBTZUSD']]);
    expect(JSON.parse(raw('/api/v3/coins/markets').body)).to.deep.equal(captured('coingecko-markets-422-2021-07.json'));
    const known = captured('kraken-error-bodies.json') as readonly { body: string }[];
    expect(known.map(({ body }) => body)).to.include.members([
      raw('/0/public/OHLC', { pair: 'NOPE' }).body,
      raw('/0/public/OHLC').body,
      raw('/0/public/Nothing').body,
      raw('/0/public/OHLC', { pair: 'XBT/USD' }).body,
    ]);
  });

  it('gives coins with the same members', () => {
    const [real] = captured('coingecko-markets-2021-05.json') as readonly object[];
    const coins = JSON.parse(raw('/api/v3/coins/markets', { vs_currency: 'usd' }).body) as readonly object[];
    for (const coin of coins) expect(Object.keys(coin).sort()).to.deep.equal(Object.keys(real!).sort());
  });
});
