import { expect } from 'chai';
import { connect } from 'node:net';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Aborted } from '../../../lib/errors.js';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import { ExchangeFailure, type FailureKind } from '../../../lib/exchange/failure.js';
import { openExchange, type ExchangeOptions } from '../../../lib/world/exchange/index.js';
import { settingsOf } from '../../support/settings.js';
import { body, ETHER, NOON, PAIR, refusal, result, startKraken, type Answer, type FakeKraken } from './server.js';

const S = NOON / 1_000;
/** Good rows: of two minutes that are closed, and of the forming one. */
const ROWS = [S - 120, S - 60, S].map(at => [at, '100', '102', '99', '101', '100.5', '2.5', 7]);
const OHLC = { XXBTZUSD: ROWS, last: S - 60 };
/** No waits between requests, and a breaker that only refusals open. */
const UNLIMITED: ExchangeOptions = {
  budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
  breaker: { ...BREAKER_RULES, failures: Infinity },
};

describe('Kraken through ccxt', () => {
  let kraken: FakeKraken;
  const opened: { close(): void }[] = [];
  const open = (yaml = '', options = UNLIMITED, url = kraken.url) => {
    const lines = [`url: '${url}'`, ...(yaml.includes('retries') ? [] : ['rate_limit_retries: 0']), yaml];
    const exchange = openExchange(settingsOf(`exchange: {${lines.filter(Boolean).join(', ')}}`).exchange, options);
    opened.push(exchange);
    return exchange;
  };
  const failureOf = (asking: Promise<unknown>): Promise<ExchangeFailure> =>
    asking.then(
      answer => expect.fail(`found an answer: ${JSON.stringify(answer).slice(0, 200)}`),
      (error: unknown) => {
        expect(error).to.be.instanceOf(ExchangeFailure);
        return error as ExchangeFailure;
      },
    );

  beforeEach(async () => {
    kraken = await startKraken();
    kraken.answers.set('OHLC', result(OHLC));
  });
  afterEach(async () => {
    for (const exchange of opened.splice(0)) exchange.close();
    await kraken.close();
  });

  it('tells markets, tickers, candles, books, trades, time and status', async () => {
    const level = (price: string) => [price, '1.5', S - 1];
    const ticker = { a: ['101'], b: ['99'], c: ['100'], v: ['1', '2'], p: ['100', '100'] };
    kraken.answers.set('Ticker', result({ XXBTZUSD: ticker, XETHZUSD: ticker, NEWUSD: ticker }));
    kraken.answers.set('Depth', result({ XXBTZUSD: { bids: [level('99')], asks: [level('101')] } }));
    kraken.answers.set('Trades', result({ XXBTZUSD: [['100', '1', S - 3, 'b', 'm', '', 1]], last: '17' }));
    const exchange = open();
    expect(exchange.now()).to.equal(null);
    const { markets } = await exchange.markets();
    expect(markets.map(({ symbol, id, status }) => [symbol, id, status])).to.deep.equal([
      ['BTC/USD', 'XXBTZUSD', 'online'],
      ['ETH/USD', 'XETHZUSD', 'online'],
    ]);
    expect([...(await exchange.tickers()).tickers.keys()]).to.deep.equal(['BTC/USD', 'ETH/USD']);
    expect((await exchange.ohlc('BTC/USD', 1)).rows.map(({ at }) => at)).to.deep.equal([NOON - 120_000]);
    const book = await exchange.book('BTC/USD', 10);
    expect(book.usable && book.asks[0]!.price).to.equal(101);
    expect((await exchange.trades('BTC/USD', '0')).trades).to.have.length(1);
    expect(await exchange.serverTime()).to.be.within(NOON, NOON + 2_000);
    expect(exchange.now()).to.be.within(NOON, NOON + 2_000);
    expect(await exchange.status()).to.equal('online');
    expect(kraken.asked.filter(name => name === 'AssetPairs')).to.have.length(1);
  });

  it('asks for what comes after a moment, by the name of the market, uncompressed', async () => {
    let asked: unknown;
    kraken.answers.set('OHLC', (response, query, request) => {
      asked = { ...Object.fromEntries(query), encoding: request.headers['accept-encoding'] };
      result(OHLC)(response, query, request);
    });
    await open().ohlc('BTC/USD', 5, NOON - 600_000);
    expect(asked).to.deep.equal({ pair: 'XBTUSD', interval: '5', since: String(S - 601), encoding: 'identity' });
  });

  it('counts candles as closed by the clock of the exchange, however fast that runs', async () => {
    const exchange = open('clock_speed: 600');
    const at = (await exchange.serverTime()) - 1;
    await new Promise(resolve => setTimeout(resolve, 250)); // 150 s there
    expect(exchange.now()).to.be.greaterThan(at + 150_000 - 2_000);
    kraken.answers.delete('Time');
    expect((await exchange.ohlc('BTC/USD', 1)).rows.length).to.be.at.least(2);
  });

  it('asks for markets and time once, however many questions need them first', async () => {
    kraken.answers.set('OHLC', (response, query, request) =>
      result({ [query.get('pair') === 'XBTUSD' ? 'XXBTZUSD' : 'XETHZUSD']: ROWS, last: 0 })(response, query, request),
    );
    const exchange = open();
    await Promise.all([exchange.ohlc('BTC/USD', 1), exchange.ohlc('ETH/USD', 1), exchange.ohlc('BTC/USD', 5)]);
    expect(kraken.asked.slice(0, 2)).to.deep.equal(['AssetPairs', 'Time']);
    expect(kraken.asked).to.have.length(5);
  });

  it('knows a market that has been delisted, and asks nothing about it', async () => {
    const exchange = open();
    await exchange.markets();
    kraken.answers.set('AssetPairs', result({ XXBTZUSD: PAIR }));
    const { markets } = await exchange.markets();
    expect(markets.find(({ symbol }) => symbol === 'ETH/USD')!.status).to.equal('delisted');
    expect(await failureOf(exchange.ohlc('ETH/USD', 1))).to.include({ kind: 'market', next: 'skip' });
    expect(await failureOf(exchange.ohlc('NO/SUCH', 1))).to.include({ kind: 'market', next: 'skip' });
    expect(kraken.asked).not.to.include('OHLC');
    expect(ETHER.base).to.equal('XETH');
  });

  it('tries again as often as the settings say, then gives up', async () => {
    kraken.answers.set('OHLC', body('', 502));
    const options: ExchangeOptions = { ...UNLIMITED, random: () => 0 };
    expect(await failureOf(open('rate_limit_retries: 3', options).ohlc('BTC/USD', 1))).to.include({
      kind: 'temporary',
    });
    expect(kraken.asked.filter(name => name === 'OHLC')).to.have.length(4); // once and three times more
  });

  it('does not wait for a try that its cycle leaves no time for', async () => {
    kraken.answers.set('OHLC', body('', 503, { 'Retry-After': '30' }));
    const exchange = open('rate_limit_retries: 5');
    const failure = await failureOf(exchange.ohlc('BTC/USD', 1, undefined, { withinMs: 10_000 }));
    expect(failure).to.include({ kind: 'temporary', retryAfterMs: 30_000 }); // at once, not after 30 s
    expect(kraken.asked.filter(name => name === 'OHLC')).to.have.length(1);
  });

  it('tries again until it works', async () => {
    let failures = 2;
    kraken.answers.set('OHLC', (...request) => (failures-- > 0 ? body('', 503) : result(OHLC))(...request));
    const options: ExchangeOptions = { ...UNLIMITED, random: () => 0 };
    expect((await open('rate_limit_retries: 5', options).ohlc('BTC/USD', 1)).rows).to.have.length(1);
  });

  it('is asked nothing more after a refusal', async () => {
    const exchange = open('rate_limit_retries: 5');
    await exchange.ohlc('BTC/USD', 1);
    kraken.answers.set('OHLC', refusal('EAPI:Rate limit exceeded'));
    expect(await failureOf(exchange.ohlc('BTC/USD', 1))).to.include({ kind: 'rate_limit' });
    const asked = kraken.asked.length;
    for (let i = 0; i < 5; i++)
      expect(await failureOf(exchange.ohlc('ETH/USD', 1))).to.include({ kind: 'circuit_open', next: 'wait' });
    expect(kraken.asked).to.have.length(asked);
    expect((await exchange.usage()).silentForMs).to.be.within(50_000, 60_000);
  });

  it('goes on with the clock that it knows while the exchange does not tell it', async () => {
    const exchange = open();
    await exchange.ohlc('BTC/USD', 1);
    kraken.answers.set('Time', body('', 500));
    expect((await exchange.ohlc('BTC/USD', 1)).rows).to.have.length(1);
    expect(await failureOf(open().ohlc('BTC/USD', 1))).to.include({ kind: 'temporary' });
  });

  it('answers nothing any more once it is closed', async () => {
    const exchange = open();
    kraken.answers.set('OHLC', () => undefined);
    const asking = exchange.ohlc('BTC/USD', 1);
    setTimeout(() => exchange.close(), 100);
    const errors = await Promise.allSettled([asking, asking.catch(() => exchange.status())]);
    for (const outcome of errors) expect(outcome).to.have.property('reason').that.is.instanceOf(Aborted);
  });

  it('is aborted by its own caller alone', async () => {
    const exchange = open();
    await exchange.markets();
    let release: () => void = () => undefined;
    kraken.answers.set('OHLC', (...request) => (release = () => result(OHLC)(...request)));
    const stop = new AbortController();
    const aborted = exchange.ohlc('BTC/USD', 1, undefined, { signal: stop.signal }).catch((error: unknown) => error);
    setTimeout(() => stop.abort(), 100);
    expect(await aborted).to.be.instanceOf(Aborted);
    release();
    kraken.answers.set('OHLC', result(OHLC));
    expect((await exchange.ohlc('BTC/USD', 1)).rows).to.have.length(1);
  });

  describe('never takes a broken answer for an empty one:', () => {
    const json = (value: unknown): Answer => body(JSON.stringify(value));
    const BROKEN: readonly (readonly [what: string, answer: Answer, kind: FailureKind])[] = [
      ['a page of HTML', body('<!doctype html><title>Kraken</title>'), 'bad_answer'],
      ['an empty body', body(''), 'bad_answer'],
      ['blanks', body(' \n'), 'bad_answer'],
      ['half a JSON', body(JSON.stringify({ error: [], result: OHLC }).slice(0, 100)), 'bad_answer'],
      ['JSON with something after it', body('{"error":[],"result":{}} trailing'), 'bad_answer'],
      ['null', body('null'), 'bad_answer'],
      ['a number', body('7'), 'bad_answer'],
      ['a text', body('"fine"'), 'bad_answer'],
      ['a list', body('[]'), 'bad_answer'],
      ['an empty object', body('{}'), 'bad_answer'],
      ['no result', json({ error: [] }), 'bad_answer'],
      ['a result of null', json({ error: [], result: null }), 'bad_answer'],
      ['a list as result', json({ error: [], result: [] }), 'bad_answer'],
      ['no list of errors', json({ result: OHLC }), 'bad_answer'],
      ['errors of null', json({ error: null, result: OHLC }), 'bad_answer'],
      ['one error that is no list', json({ error: 'EService:Busy', result: OHLC }), 'bad_answer'],
      ['an empty result', result({}), 'bad_answer'],
      ['a result of nothing but a place', result({ last: S }), 'bad_answer'],
      ['the rows of another market', result({ XETHZUSD: ROWS, last: S }), 'bad_answer'],
      ['the rows of two markets', result({ ...OHLC, XETHZUSD: ROWS }), 'bad_answer'],
      ['rows that are an object', result({ XXBTZUSD: {} }), 'bad_answer'],
      ['rows of which all are bad', result({ XXBTZUSD: Array.from({ length: 9 }, () => ['x']) }), 'market'],
      ['binary rubbish', body(Buffer.from([0, 255, 254, 1, 2, 3])), 'bad_answer'],
      ['an unknown encoding', body('x', 200, { 'Content-Encoding': 'zstd2' }), 'bad_answer'],
      [
        'half a gzip',
        body(gzipSync(JSON.stringify(OHLC)).subarray(0, 40), 200, { 'Content-Encoding': 'gzip' }),
        'temporary',
      ],
      ['a bomb', body(gzipSync(Buffer.alloc(64e6)), 200, { 'Content-Encoding': 'gzip' }), 'temporary'],
      ['status 400', body('', 400), 'temporary'],
      ['status 403 of a proxy', body('<html>Cloudflare</html>', 403), 'blocked'],
      ['status 407 of a proxy', body('', 407), 'configuration'],
      ['status 511, where a network wants a log-in', body('', 511), 'temporary'],
      ['status 404', body('not found', 404), 'temporary'],
      ['status 429', body('', 429), 'rate_limit'],
      ['status 418', body('', 418), 'rate_limit'],
      ['status 500 with an answer', body(JSON.stringify({ error: [], result: OHLC }), 500), 'temporary'],
      ['status 502', body('<html>Bad gateway</html>', 502), 'temporary'],
      ['status 503', body('', 503), 'temporary'],
      ['status 504', body('', 504), 'temporary'],
      ['status 520', body('', 520), 'temporary'],
      ['status 599, which nobody knows', body('', 599), 'temporary'],
      ['status 204', body('', 204), 'bad_answer'],
      ['a status that leads elsewhere', body('', 302, { Location: 'http://127.0.0.1:1/' }), 'temporary'],
      ['EAPI:Rate limit exceeded', refusal('EAPI:Rate limit exceeded'), 'rate_limit'],
      ['EGeneral:Too many requests', refusal('EGeneral:Too many requests'), 'rate_limit'],
      ['EGeneral:Temporary lockout', refusal('EGeneral:Temporary lockout'), 'lockout'],
      ['EService:Unavailable', refusal('EService:Unavailable'), 'temporary'],
      ['EService:Busy', refusal('EService:Busy'), 'temporary'],
      ['EService:Timeout', refusal('EService:Timeout'), 'temporary'],
      ['EService:Deadline elapsed', refusal('EService:Deadline elapsed'), 'temporary'],
      ['EGeneral:Internal error', refusal('EGeneral:Internal error'), 'temporary'],
      ['an unknown error', refusal('EBrand:New'), 'temporary'],
      ['EQuery:Unknown asset pair', refusal('EQuery:Unknown asset pair'), 'market'],
      ['EQuery:Invalid asset pair', refusal('EQuery:Invalid asset pair'), 'market'],
      ['EGeneral:Invalid arguments', refusal('EGeneral:Invalid arguments'), 'market'],
    ];
    for (const [what, answer, kind] of BROKEN)
      it(`${what} is ${kind}`, async () => {
        kraken.answers.set('OHLC', answer);
        const failure = await failureOf(open().ohlc('BTC/USD', 1));
        expect(failure.kind, failure.message).to.equal(kind);
        expect(failure.message).to.match(/^[^\p{C}]{1,200}$/u);
        expect(failure.message).not.to.include(kraken.url);
      });

    for (const [name, question] of [
      ['AssetPairs', 'markets'],
      ['Ticker', 'tickers'],
      ['Time', 'serverTime'],
      ['SystemStatus', 'status'],
    ] as const)
      for (const [what, answer] of [
        ['HTML', body('<html>')],
        ['nothing', body('')],
        ['an empty result', result({})],
      ] as const)
        it(`${what} instead of the ${question}`, async () => {
          kraken.answers.set(name, answer);
          expect(await failureOf(open()[question]())).to.include({ kind: 'bad_answer' });
        });
  });

  it('reads an answer that a proxy has compressed unasked', async () => {
    const text = gzipSync(JSON.stringify({ error: [], result: OHLC }));
    kraken.answers.set('OHLC', body(text, 200, { 'Content-Encoding': 'gzip' }));
    expect((await open().ohlc('BTC/USD', 1)).rows).to.have.length(1);
  });

  it('reads its numbers as numbers also where one of them is too large', async () => {
    kraken.answers.set('Time', body(`{"error":[],"result":{"unixtime":${S},"nonce":99999999999999999999}}`));
    expect(await open().serverTime()).to.be.within(NOON, NOON + 2_000);
  });

  it('honours the wait that is asked for', async () => {
    kraken.answers.set('OHLC', body('', 503, { 'Retry-After': '7' }));
    expect((await failureOf(open().ohlc('BTC/USD', 1))).retryAfterMs).to.equal(7_000);
  });

  describe('gives up in time:', () => {
    const DEADLINE_MS = 500;
    const inTime = async (asking: () => Promise<unknown>) => {
      const began = performance.now();
      const failure = await failureOf(asking());
      expect(performance.now() - began).to.be.below(DEADLINE_MS + 1_000);
      expect(failure.kind, failure.message).to.equal('temporary');
    };
    const slow = `timeout_seconds: ${DEADLINE_MS / 1_000}`;
    const half = JSON.stringify({ error: [], result: OHLC }).slice(0, 60);
    const STALLS: Readonly<Record<string, Answer>> = {
      'no headers come': () => undefined,
      'no body comes': response => {
        response.writeHead(200).flushHeaders();
      },
      'the body stops half way': response => void response.writeHead(200).write(half),
      'the body drips': response => {
        response.writeHead(200);
        const drip = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(drip));
      },
      'the body ends too early': response => {
        response.writeHead(200, { 'Content-Length': 500 });
        response.write(half, () => {
          response.destroy();
        });
      },
      'the connection is reset': (_, __, request) => request.socket.resetAndDestroy(),
    };
    for (const [what, answer] of Object.entries(STALLS))
      it(what, async () => {
        const exchange = open(slow);
        await exchange.markets();
        await exchange.serverTime();
        kraken.answers.set('OHLC', answer);
        await inTime(() => exchange.ohlc('BTC/USD', 1));
      });

    it('and cuts the connection, so that none is left behind', async () => {
      const exchange = open(slow);
      await exchange.markets();
      await exchange.serverTime();
      const cut = new Promise<string>(resolve => {
        kraken.answers.set('OHLC', response => {
          response.writeHead(200);
          const drip = setInterval(() => response.write(' '), 50); // so that no timeout between bytes cuts it
          response.on('close', () => {
            clearInterval(drip);
            resolve('cut');
          });
        });
      });
      await inTime(() => exchange.ohlc('BTC/USD', 1));
      expect(await Promise.race([cut, new Promise(resolve => setTimeout(resolve, 1_000, 'left open'))])).to.equal(
        'cut',
      );
    });

    it('nobody listens', async () => {
      await open().markets(); // loads ccxt
      const server = createServer().listen(0, '127.0.0.1');
      await new Promise(resolve => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      await new Promise(resolve => server.close(resolve));
      await inTime(() => open(slow, UNLIMITED, `http://127.0.0.1:${port}`).markets());
    });

    it('the connection is not accepted', async () => {
      await open().markets();
      // A queue of one that is full: further connections get no answer at all.
      const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 });
      await new Promise(resolve => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      server.on('connection', socket => socket.pause());
      const clients = Array.from({ length: 3 }, () => connect(port, '127.0.0.1'));
      try {
        await inTime(() => open(slow, UNLIMITED, `http://127.0.0.1:${port}`).markets());
      } finally {
        for (const client of clients) client.destroy();
        server.close();
      }
    });

    it('200 MB come, of which it takes no more than it has room for', async () => {
      let sent = 0;
      kraken.answers.set('OHLC', response => {
        response.writeHead(200);
        const chunk = Buffer.alloc(1_000_000, ' ');
        const pour = () => {
          while (sent < 200e6 && !response.destroyed) {
            sent += chunk.length;
            if (!response.write(chunk)) {
              response.once('drain', pour);
              return;
            }
          }
        };
        pour();
      });
      const exchange = open('timeout_seconds: 5');
      await exchange.markets();
      const before = process.memoryUsage().rss;
      expect(await failureOf(exchange.ohlc('BTC/USD', 1))).to.include({ kind: 'temporary' });
      expect(sent).to.be.below(40e6);
      expect(process.memoryUsage().rss - before).to.be.below(100e6);
    });
  });
});
