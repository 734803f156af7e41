import { expect } from 'chai';
import { UserError } from '../../lib/errors.js';
import { FAULT_KINDS, readFault } from '../../lib/simulator/exchange/faults/catalogue.js';
import type { Fault } from '../../lib/simulator/exchange/faults/fault.js';
import type { OhlcRow } from '../../lib/simulator/exchange/ohlc.js';
import type { TickerEntry } from '../../lib/simulator/exchange/ticker.js';
import { HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { NOON, openExchange } from './exchange.js';

const btc = { pair: 'XBTUSD' };

describe('faults of the simulated exchange', () => {
  const rowsWith = (fault: Fault) => {
    const { get, spoil } = openExchange();
    const sound = get('OHLC', btc, 'XXBTZUSD');
    spoil(fault);
    return { sound, rows: get('OHLC', btc, 'XXBTZUSD') };
  };
  const bookWith = (kind: string) => {
    const { get, spoil } = openExchange();
    spoil({ kind });
    return get('Depth', { ...btc, count: 5 }, 'XXBTZUSD');
  };
  const bodyWith = (fault: Fault) => {
    const { raw, spoil } = openExchange();
    spoil(fault);
    return raw('/0/public/OHLC', btc);
  };

  it('of every kind change what is answered somewhere, and nothing once they are taken back', () => {
    const trade = openExchange().ask('Trades', { pair: 'XBTUSD', count: 1 }).result['last'] as string;
    const requests = [
      ['/0/public/Time', {}],
      ['/0/public/SystemStatus', {}],
      ['/0/public/AssetPairs', {}],
      ['/0/public/OHLC', { pair: 'XBTUSD' }],
      ['/0/public/Depth', { pair: 'XBTUSD' }],
      ['/0/public/Ticker', { pair: 'XBTUSD' }],
      ['/0/public/Trades', { pair: 'XBTUSD', since: trade }],
      ['/api/v3/coins/markets', { vs_currency: 'usd' }],
    ] as const;
    const began = openExchange();
    began.wait(MINUTE_MS);
    const sound = requests.map(([path, query]) => began.raw(path, query));
    for (const kind of FAULT_KINDS) {
      const { raw, spoil, exchange, wait } = openExchange();
      const answers = () => requests.map(([path, query]) => raw(path, query));
      const id = spoil({
        kind,
        bytes: 1_000,
        share: 1,
        milliseconds: 600_000,
        ...(kind === 'new_listing' || kind === 'coin_limit' ? {} : { pair: 'BTC/USD' }),
      });
      wait(MINUTE_MS);
      expect(answers(), kind).not.to.deep.equal(sound);
      expect(exchange.faults.list()[0]!.struck, kind).to.be.above(0);
      exchange.faults.remove(id);
      expect(answers(), `${kind} taken back`).to.deep.equal(sound);
    }
  });

  it('are the same for the same seed, and others for another', () => {
    const played = (seed: number) => {
      const { raw, spoil, wait } = openExchange({ seed });
      spoil({ kind: 'bad_number', probability: 0.5 });
      spoil({ kind: 'unavailable', probability: 0.3 });
      spoil({ kind: 'bad_time', probability: 0.3 });
      return Array.from(
        { length: 40 },
        () => (wait(1_000), raw('/0/public/OHLC', { ...btc, since: NOON / 1000 - 900 }).body),
      );
    };
    expect(played(1)).to.deep.equal(played(1));
    const failures = (seed: number) => played(seed).map(body => body.includes('EService:Unavailable'));
    expect(failures(1).filter(Boolean).length).to.be.within(5, 20); // 12 expected
    expect(failures(1)).not.to.deep.equal(failures(2));
  });

  it('come and go in their time, as often as ordered, where ordered', () => {
    const { ask, spoil, wait } = openExchange();
    spoil({ kind: 'busy', from: NOON + MINUTE_MS, to: NOON + 2 * MINUTE_MS, endpoint: 'Time' });
    spoil({ kind: 'unavailable', count: 2, pair: 'ETH/USD', endpoint: 'OHLC' });
    const time = () => ask('Time').error[0];
    const candles = (pair: string) => ask('OHLC', { pair }).error[0];
    expect(time()).to.equal(undefined);
    wait(MINUTE_MS);
    expect(time()).to.equal('EService:Busy');
    expect(ask('SystemStatus').error).to.deep.equal([]);
    wait(MINUTE_MS);
    expect(time()).to.equal(undefined);
    expect(candles('XBTUSD')).to.equal(undefined);
    expect([candles('ETHUSD'), candles('XETHZUSD'), candles('ETH/USD')]).to.deep.equal([
      'EService:Unavailable',
      'EService:Unavailable',
      undefined,
    ]);
  });

  it('refuse, break or replace the body', () => {
    const sound = openExchange().raw('/0/public/OHLC', btc).body;
    expect(bodyWith({ kind: 'http_error', status: 520 })).to.include({ status: 520, contentType: 'text/html' });
    expect(bodyWith({ kind: 'rate_limit' }).body).to.equal('{"error":["EAPI:Rate limit exceeded"]}');
    expect(bodyWith({ kind: 'unknown_error', text: 'EX:Y' }).body).to.equal('{"error":["EX:Y"]}');
    expect(bodyWith({ kind: 'html' }))
      .to.include({ status: 200 })
      .and.property('body')
      .match(/^<!DOCTYPE html>/);
    expect(bodyWith({ kind: 'empty_body' }).body).to.equal('');
    expect(bodyWith({ kind: 'null_body' }).body).to.equal('null');
    expect(bodyWith({ kind: 'empty_object' }).body).to.equal('{}');
    expect(bodyWith({ kind: 'no_result' }).body).to.equal('{"error":[]}');
    expect(bodyWith({ kind: 'cut_json' }).body).to.equal(sound.slice(0, sound.length / 2));
    expect(() => JSON.parse(bodyWith({ kind: 'malformed_json' }).body) as unknown).to.throw(SyntaxError);
    const huge = bodyWith({ kind: 'huge_body', bytes: 5_000_000 }).body;
    expect([huge.length, huge.trimStart()]).to.deep.equal([5_000_000 + sound.length, sound]);
    expect(bodyWith({ kind: 'throttled' }).body).to.equal(`{"error":["EService: Throttled: ${NOON / 1000 + 60}"]}`);
    expect(bodyWith({ kind: 'retry_after', milliseconds: 7_000 })).to.deep.include({
      status: 429,
      headers: { 'retry-after': '7' },
    });
    expect(bodyWith({ kind: 'plain_error' })).to.include({ status: 403, body: 'error code: 1020' });
    expect(bodyWith({ kind: 'market_mode' }).body).to.equal('{"error":["EService:Market in cancel_only mode"]}');
    expect(bodyWith({ kind: 'hang' }).delivery).to.deep.equal({ way: 'hang' });
    expect(bodyWith({ kind: 'half_sent', bytes: 10 }).delivery).to.deep.equal({ way: 'break', bytes: 10 });
    expect(bodyWith({ kind: 'drip', milliseconds: 7 }).delivery).to.deep.equal({ way: 'drip', every: 7 });
  });

  it('spoil rows', () => {
    const missing = rowsWith({ kind: 'missing_minutes', minutes: 4 });
    expect(missing.rows).to.have.length(717);
    for (const row of missing.rows) expect(missing.sound).to.deep.include(row);
    const twice = rowsWith({ kind: 'duplicate_rows' });
    expect(twice.rows).to.have.length(722);
    expect(new Set(twice.rows.map(([time]) => time)).size).to.equal(721);
    const reversed = rowsWith({ kind: 'wrong_order' });
    expect(reversed.rows).to.deep.equal(reversed.sound.toReversed());
    const committed = rowsWith({ kind: 'no_forming_row' });
    expect(committed.rows).to.deep.equal(committed.sound.slice(0, -1));
    const inverted = rowsWith({ kind: 'inverted_range' });
    expect(inverted.rows.filter(([, , high, low]) => Number(high) < Number(low))).to.have.length(1);
    const off = rowsWith({ kind: 'bad_time' });
    expect(off.rows.filter((row, i) => row[0] !== off.sound[i]![0])).to.have.length(1);
    const bad = rowsWith({ kind: 'bad_number' });
    expect(bad.rows.filter((row, i) => JSON.stringify(row) !== JSON.stringify(bad.sound[i]))).to.have.length(1);
    expect(rowsWith({ kind: 'short_row' }).rows.filter(row => (row as unknown[]).length === 4)).to.have.length(1);
  });

  it('let rows vanish for minutes and settle late, the same ones for every client', () => {
    const { get, spoil, wait } = openExchange();
    const rows = () => get('OHLC', btc, 'XXBTZUSD').slice(0, -1);
    const truth = new Map<number, string>();
    for (const row of rows()) truth.set(row[0], row.join());
    spoil({ kind: 'vanishing_rows', share: 0.2 });
    const times = new Set(rows().map(([time]) => time));
    const gone = [...truth.keys()].slice(-15).filter(time => !times.has(time));
    expect(gone.length).to.be.within(1, 10);
    expect(rows().map(([time]) => time)).to.deep.equal([...times]);
    wait(15 * MINUTE_MS); // five until it vanishes, ten that it is gone
    expect(rows().map(([time]) => time)).to.include.members(gone);

    const late = openExchange();
    late.spoil({ kind: 'late_revision', share: 0.5 });
    const wrong = (minutes: number) =>
      late
        .get('OHLC', btc, 'XXBTZUSD')
        .slice(-1 - minutes, -1)
        .filter(row => truth.has(row[0]) && truth.get(row[0]) !== row.join());
    const first = wrong(60);
    expect(first.length).to.be.within(5, 40);
    for (const [, , high, low, close] of first)
      expect(Number(low) <= Number(close) && Number(close) <= Number(high)).to.equal(true);
    late.wait(30 * MINUTE_MS);
    expect(wrong(90).length).to.be.within(1, first.length - 1);
    late.wait(30 * MINUTE_MS);
    expect(wrong(120)).to.deep.equal([]);
  });

  it('revise a closed row and settle it later', () => {
    const { sound, rows } = rowsWith({ kind: 'revised_row' });
    expect(rows.toSpliced(-2, 1)).to.deep.equal(sound.toSpliced(-2, 1));
    const [before, after] = [sound.at(-2)!, rows.at(-2)!];
    expect(Number(after[4])).to.be.closeTo(Number(before[4]) * 0.995, 0.05); // one decimal
    expect(Number(after[6])).to.be.closeTo(Number(before[6]) * 2, 1e-8);
    expect(Number(after[3])).to.be.at.most(Number(after[4]));
  });

  it('mean the latest rows by time, in whatever order another fault has put them', () => {
    const { get, spoil } = openExchange();
    const sound = get('OHLC', btc, 'XXBTZUSD');
    spoil({ kind: 'wrong_order' });
    for (const kind of ['revised_row', 'absurd_price', 'bad_number', 'short_row', 'late_revision', 'no_forming_row'])
      spoil({ kind });
    const rows = get('OHLC', btc, 'XXBTZUSD');
    expect(rows).to.deep.include.members(sound.slice(0, -61));
    expect(rows.filter(([time]) => time === sound.at(-1)![0])).to.deep.equal([]);
    expect(rows.find(([time]) => time === sound.at(-2)![0])).to.not.deep.equal(sound.at(-2));
  });

  it('give absurd prices, in the ticker of all pairs to the one that is meant', () => {
    const { sound, rows } = rowsWith({ kind: 'absurd_price', factor: 100 });
    expect(Number(rows.at(-2)![4])).to.be.closeTo(Number(sound.at(-2)![4]) * 100, 0.05);
    expect(rows.at(-3)).to.deep.equal(sound.at(-3));
    const { ask, spoil } = openExchange();
    const tickers = () => ask('Ticker').result as unknown as Record<string, TickerEntry>;
    const before = tickers();
    spoil({ kind: 'absurd_price', pair: 'SOL/USD', factor: 0.5 });
    const after = tickers();
    expect(Number(after['SOLUSD']!.c[0])).to.be.closeTo(Number(before['SOLUSD']!.c[0]) / 2, 1e-3);
    delete after['SOLUSD'];
    delete before['SOLUSD'];
    expect(after).to.deep.equal(before);
  });

  it('empty, halve, cross and freeze books', () => {
    expect(bookWith('empty_book')).to.deep.equal({ asks: [], bids: [] });
    const { asks, bids } = bookWith('one_sided_book');
    expect([asks.length, bids.length].sort()).to.deep.equal([0, 5]);
    const crossed = bookWith('crossed_book');
    expect(Number(crossed.bids[0]![0])).to.be.above(Number(crossed.asks[0]![0]));
    const { ask, spoil, wait } = openExchange();
    const before = ask('Depth', btc);
    spoil({ kind: 'stale' });
    wait(HOUR_MS);
    expect(ask('Depth', btc)).to.deep.equal(before);
    expect((ask('OHLC', btc).result['XXBTZUSD'] as OhlcRow[]).at(-1)![0]).to.equal(NOON / 1000 - 30);
    expect(ask('Time').result['unixtime']).to.equal((NOON + HOUR_MS) / 1000);
  });

  it('set clocks wrong and put the system or a pair out of service', () => {
    const { ask, spoil, exchange } = openExchange();
    spoil({ kind: 'clock_skew', milliseconds: -90_000 });
    expect(ask('Time').result['unixtime']).to.equal(NOON / 1000 - 90);
    spoil({ kind: 'system_status' });
    expect(ask('SystemStatus').result['status']).to.equal('maintenance');
    const statuses = (): Record<string, string> =>
      Object.fromEntries(
        Object.entries(ask('AssetPairs').result).map(([id, pair]) => [id, (pair as { status: string }).status]),
      );
    const before = statuses();
    spoil({ kind: 'pair_status', pair: 'SOLUSD' });
    expect(statuses()).to.deep.equal({ ...before, SOLUSD: 'cancel_only' });
    exchange.faults.clear();
    spoil({ kind: 'delisted', pair: 'SOLUSD' });
    expect(Object.keys(statuses())).to.deep.equal(Object.keys(before).filter(id => id !== 'SOLUSD'));
    expect(ask('Ticker').result).not.to.have.property('SOLUSD');
    expect(ask('Ticker', { pair: 'XBTUSD,SOLUSD' }).error).to.deep.equal(['EQuery:Unknown asset pair']);
    expect(ask('OHLC', { pair: 'SOLUSD' }).error).to.deep.equal(['EQuery:Unknown asset pair']);
    expect(ask('OHLC', btc).error).to.deep.equal([]);
  });

  it('list a new coin that has no past, and coins with hostile names', () => {
    const { ask, get, spoil, wait } = openExchange();
    spoil({ kind: 'new_listing', pair: 'FRESH/USD' });
    expect(ask('AssetPairs').result['FRESHUSD']).to.include({ wsname: 'FRESH/USD' });
    wait(5 * MINUTE_MS);
    expect(get('OHLC', { pair: 'FRESHUSD' }, 'FRESHUSD')).to.have.length(6);
    expect(ask('Ticker').result).to.have.property('FRESHUSD');
    spoil({ kind: 'hostile_names' });
    const names = Object.keys(ask('AssetPairs').result);
    expect(names).to.include.members(['<img src=x onerror=alert(1)>USD', '../../etc/passwdUSD', '__proto__USD']);
    expect(Math.max(...names.map(({ length }) => length))).to.equal(10_003);
  });

  it('say what is wrong with an order', () => {
    const said = (order: unknown) => {
      try {
        openExchange().exchange.faults.add(readFault(order), NOON);
      } catch (error) {
        if (error instanceof UserError) return error.message;
        throw error;
      }
      return 'accepted';
    };
    expect(said({ kind: 'http_error', status: 503, count: 3, to: '2026-05-01T00:00:00Z' })).to.equal('accepted');
    expect(said([])).to.match(/a fault is an object/);
    expect(said({})).to.match(/kind: missing, expected one of stale, /);
    expect(said({ kind: 'nope' })).to.match(/kind: found "nope", expected one of/);
    expect(said({ kind: 'hang', often: 3 })).to.match(/often: unknown/);
    expect(said({ kind: 'hang', probability: 2 })).to.match(/probability: found 2, expected a number from 0 to 1/);
    expect(said({ kind: 'hang', from: 'yesterday' })).to.match(/from: found null|from: found NaN/);
    expect(said({ kind: 'crossed_book', endpoint: 'OHLC' })).to.match(/crossed_book happens at Depth only/);
    expect(said({ kind: 'http_error', status: 200 })).to.match(/found status 200, expected one from 400 to 599/);
    expect(said({ kind: 'pair_status', status: 'asleep' })).to.match(/expected one of online, cancel_only/);
    expect(said({ kind: 'hang', pair: 'NOPE/USD' })).to.match(/"NOPE\/USD" is not listed/);
    expect(said({ kind: 'new_listing', pair: 'x' })).to.match(/"x" is no market/);
  });
});
