import { expect } from 'chai';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { kraken } from 'ccxt';
import { UserError } from '../../../lib/errors.js';
import { simulatedExchange, type SimulatedExchange } from '../../../lib/simulator/exchange/exchange.js';
import type { Fault } from '../../../lib/simulator/exchange/faults/fault.js';
import { bookOf, type BookLevel } from '../../../lib/simulator/market/books.js';
import { serveExchange, type ExchangeServer } from '../../../lib/world/simulator/server.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { cellOf, wholeTape } from '../../simulator/statistics.js';
import { openKraken } from './ccxt.js';

const NOW = Date.UTC(2026, 3, 12, 12, 0, 30);
const MINUTE = NOW - 30_000;
const SYMBOLS = ['BTC/USD', 'ETH/BTC', 'DOGE/USD', 'MINA/USD', 'SOL/USD', 'USDT/USD'];

describe('the simulated exchange over HTTP', () => {
  let exchange: SimulatedExchange;
  let server: ExchangeServer;
  before(async () => {
    exchange = simulatedExchange({ seed: 1, symbols: SYMBOLS, clock: () => NOW, isLimited: false });
    server = await serveExchange(exchange, 0);
  });
  after(() => server.close());
  afterEach(() => {
    exchange.faults.clear();
    exchange.requests.clear();
  });

  describe('read by ccxt', () => {
    let ccxt: kraken;
    before(async () => {
      ccxt = await openKraken(server.url);
    });

    it('gives its markets under their usual names, with fees and limits', async () => {
      const markets = await ccxt.loadMarkets();
      expect(markets).to.include.all.keys(SYMBOLS);
      expect(Object.keys(markets).length).to.be.within(SYMBOLS.length + 30, SYMBOLS.length + 40); // twins share a symbol
      expect(markets['DOGE/USD']).to.deep.include({ id: 'XDGUSD', active: true });
      expect(markets['BTC/USD']!.precision).to.include({ price: 0.1, amount: 1e-8 });
      expect([markets['BTC/USD']!.limits.amount!.min, markets['BTC/USD']!.limits.cost!.min]).to.deep.equal([8e-5, 0.5]);
    });

    it('gives its time, its status and all tickers', async () => {
      expect(await ccxt.fetchTime()).to.equal(NOW);
      expect(await ccxt.fetchStatus()).to.include({ status: 'ok' });
      const tickers = await ccxt.fetchTickers();
      expect(tickers).to.include.all.keys(SYMBOLS);
      const { bids, asks } = bookOf('DOGE/USD', 1, NOW, 1);
      expect([tickers['DOGE/USD']!.bid, tickers['DOGE/USD']!.ask]).to.deep.equal([bids[0]![0], asks[0]![0]]);
    });

    it('gives the candles of the generated market to the last bit', async () => {
      const tape = wholeTape(['DOGE/USD'], 1, MINUTE - 720 * MINUTE_MS, MINUTE);
      const rows = await ccxt.fetchOHLCV('DOGE/USD', '1m');
      expect(rows).to.have.length(721);
      rows.slice(0, -1).forEach(([time, ...numbers], i) => {
        expect([time, ...numbers]).to.deep.equal([MINUTE - (720 - i) * MINUTE_MS, ...cellOf(tape, 0, i).slice(1)]);
      });
      const raw = (await ccxt['publicGetOHLC']({ pair: 'XDGUSD', since: MINUTE / 1000 - 120 })) as {
        result: Record<string, unknown[][]>;
      };
      expect(raw.result['XDGUSD']!.map(row => row.length)).to.deep.equal([8, 8]);
      expect((await ccxt.fetchOHLCV('DOGE/USD', '1m', MINUTE - 2 * MINUTE_MS)).map(([time]) => time)).to.deep.equal([
        MINUTE - 2 * MINUTE_MS,
        MINUTE - MINUTE_MS,
        MINUTE,
      ]);
      expect(await ccxt.fetchOHLCV('DOGE/USD', '15m')).to.have.length(721);
    });

    it('gives books and pages of trades', async () => {
      const { bids, asks } = await ccxt.fetchOrderBook('ETH/BTC', 20);
      const levels = (side: typeof bids) => side.map(([price, size]) => [price, size]);
      const rounded = (side: readonly BookLevel[]) => side.map(([price, size]) => [price, Number(size.toFixed(3))]);
      const book = bookOf('ETH/BTC', 1, NOW, 20);
      expect({ bids: levels(bids), asks: levels(asks) }).to.deep.equal({
        bids: rounded(book.bids),
        asks: rounded(book.asks),
      });
      const page = async (since: string) =>
        (await ccxt['publicGetTrades']({ pair: 'XXBTZUSD', since })) as {
          result: { XXBTZUSD: unknown[][]; last: string };
        };
      const first = await page(`${NOW - 120 * MINUTE_MS}000000`);
      const second = await page(first.result.last);
      expect(first.result.XXBTZUSD).to.have.length(1000);
      expect(Number(second.result.XXBTZUSD[0]![6])).to.be.above(Number(first.result.XXBTZUSD.at(-1)![6]));
      const trades = await ccxt.fetchTrades('BTC/USD', NOW - 3 * MINUTE_MS);
      expect(trades.every(({ price, amount, timestamp }) => price! > 0 && amount! > 0 && timestamp! <= NOW)).to.equal(
        true,
      );
    });

    it('fails as Kraken does', async () => {
      const failure = async (fault: Fault) => {
        exchange.faults.clear();
        exchange.faults.add(fault, NOW);
        return ccxt.fetchTime().then(
          () => 'no failure',
          (error: unknown) => (error as Error).constructor.name,
        );
      };
      expect(await failure({ kind: 'rate_limit' })).to.equal('DDoSProtection');
      expect(await failure({ kind: 'lockout' })).to.equal('DDoSProtection');
      expect(await failure({ kind: 'busy' })).to.equal('ExchangeNotAvailable');
      expect(await failure({ kind: 'http_error', status: 429 })).to.equal('RateLimitExceeded');
      expect(await failure({ kind: 'http_error', status: 503 })).to.equal('ExchangeNotAvailable');
      expect(await failure({ kind: 'unknown_error' })).to.equal('ExchangeError');
      expect(await failure({ kind: 'hang' })).to.equal('RequestTimeout');
      expect(await failure({ kind: 'reset' })).to.equal('NetworkError');
    });
  });

  const ask = (path: string, options: RequestInit = {}) => fetch(`${server.url}${path}`, options);
  const order = (fault: unknown) =>
    ask('/simulator/faults', { method: 'POST', body: typeof fault === 'string' ? fault : JSON.stringify(fault) });

  it('takes orders for faults, lists them and takes them back', async () => {
    const made = await order({ kind: 'unavailable', endpoint: 'Time', count: 1 });
    expect(made.status).to.equal(201);
    const { id } = (await made.json()) as { id: number };
    const time = async () => ((await (await ask('/0/public/Time')).json()) as { error: string[] }).error;
    expect([await time(), await time()]).to.deep.equal([['EService:Unavailable'], []]);
    expect(await (await ask('/simulator/faults')).json()).to.deep.equal([
      { id, fault: { kind: 'unavailable', endpoint: 'Time', count: 1 }, struck: 1 },
    ]);
    expect(await (await ask(`/simulator/faults/${id}`, { method: 'DELETE' })).json()).to.deep.equal({ removed: true });
    expect(await (await ask(`/simulator/faults/${id}`, { method: 'DELETE' })).json()).to.deep.equal({ removed: false });
    for (const wrong of [{ kind: 'nope' }, 'no json', 'x'.repeat(70_000)])
      expect((await order(wrong)).status).to.equal(400);
    expect((await ask('/simulator/nothing')).status).to.equal(404);
  });

  it('counts what was asked', async () => {
    await ask('/0/public/Time');
    await ask('/0/public/OHLC?pair=XBTUSD');
    await ask('/0/public/OHLC?pair=SOLUSD');
    const summary = (await (await ask('/simulator/requests')).json()) as { total: number; minutes: unknown };
    expect(summary.total).to.equal(3);
    expect(summary.minutes).to.deep.equal([{ minute: MINUTE, endpoints: { Time: 1, OHLC: 2 } }]);
    await ask('/simulator/requests', { method: 'DELETE' });
    expect(exchange.requests.summary().total).to.equal(0);
  });

  describe('over a bad line', () => {
    /** What arrives on a bare connection until it ends, or until `milliseconds` are over. */
    const arrives = async (milliseconds: number) => {
      const socket = connect(server.port, '127.0.0.1');
      let text = '';
      let end: 'closed' | 'reset' | 'open' = 'open';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('error', () => (end = 'reset')).on('end', () => (end = 'closed'));
      socket.write('GET /0/public/SystemStatus HTTP/1.1\r\nHost: x\r\n\r\n');
      await Promise.race([
        once(socket, 'close').catch(() => undefined),
        new Promise(done => setTimeout(done, milliseconds)),
      ]);
      socket.destroy();
      const [head = '', body = ''] = text.split('\r\n\r\n');
      return { head, body, end: end as string };
    };
    const status = { status: 'online', timestamp: '2026-04-12T12:00:30Z', upcoming_maintenance: [], emergency: [] };
    const { length } = JSON.stringify({ error: [], result: status });
    const spoil = (fault: Fault) => exchange.faults.add(fault, NOW);

    it('sends nothing at all', async () => {
      spoil({ kind: 'hang' });
      expect(await arrives(150)).to.deep.equal({ head: '', body: '', end: 'open' });
    });

    it('resets the connection', async () => {
      spoil({ kind: 'reset' });
      expect(await arrives(2_000)).to.deep.equal({ head: '', body: '', end: 'reset' });
    });

    it('stops in the middle, with the connection open or broken', async () => {
      spoil({ kind: 'stall', bytes: 20 });
      const stalled = await arrives(150);
      expect(stalled.head).to.include(`content-length: ${length}`);
      expect([stalled.body.length, stalled.end]).to.deep.equal([20, 'open']);
      exchange.faults.clear();
      spoil({ kind: 'half_sent' });
      const broken = await arrives(2_000);
      expect(broken.head).to.include(`content-length: ${length}`);
      expect(broken.body).to.have.length(Math.floor(length / 2));
      expect(broken.end).to.not.equal('open');
    });

    it('drips, and comes late', async () => {
      spoil({ kind: 'drip', milliseconds: 10 });
      expect((await arrives(150)).body.length).to.be.within(1, 20);
      exchange.faults.clear();
      spoil({ kind: 'late', milliseconds: 100 });
      expect((await arrives(30)).head).to.equal('');
      expect((await arrives(400)).body).to.have.length(length);
    });
  });

  it('listens on the loopback address only and says when its port is taken', async () => {
    expect(server.url).to.equal(`http://127.0.0.1:${server.port}`);
    const failure = await serveExchange(exchange, server.port).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UserError);
    expect((failure as UserError).lines[0]).to.equal(`--port ${server.port} is taken by another program`);
  });

  it('closes though requests hang', async () => {
    const other = await serveExchange(exchange, 0);
    exchange.faults.add({ kind: 'hang' }, NOW);
    const request = fetch(`${other.url}/0/public/Time`).catch(() => 'cut');
    await new Promise(done => setTimeout(done, 50));
    await other.close();
    expect(await request).to.equal('cut');
  });
});
