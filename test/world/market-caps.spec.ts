import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Aborted } from '../../lib/errors.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import { capsOf } from '../../lib/reference/market-caps.js';
import { simulatedExchange } from '../../lib/simulator/exchange/exchange.js';
import { fetchCoins, type CoinsQuestion } from '../../lib/world/market-caps.js';
import { captured } from '../support/captured.js';
import { serveExchange } from '../../lib/world/simulator/server.js';

type Answer = (response: ServerResponse) => void;

const json =
  (value: unknown): Answer =>
  response =>
    response.end(JSON.stringify(value));
const refusal =
  (status: number, headers: Record<string, string> = {}): Answer =>
  response =>
    response.writeHead(status, headers).end('no');

/**
 * 250 coins from one place on, the first of all worth 1e9, each a million less than the one before.
 */
const page = (from: number, count = 250): readonly object[] =>
  Array.from({ length: count }, (_, i) => {
    const at = from + i;
    return { id: `coin-${at}`, symbol: `c${at}`, name: `C ${at}`, current_price: 1, market_cap: 1e9 - at * 1e6 };
  });

describe('asking for market capitalisations', () => {
  let server: Server;
  let url: string;
  let asked: string[];
  let waits: number[];
  /** By page; the last of several answers to a page stays. */
  let answers: Map<string, Answer[]>;

  beforeEach(async () => {
    asked = [];
    waits = [];
    answers = new Map();
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
      asked.push(`${pathname} ${[...searchParams.values()].join(' ')}`);
      const all = answers.get(searchParams.get('page') ?? pathname) ?? [refusal(404)];
      (all.length > 1 ? all.shift()! : all[0]!)(response);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v3`;
  });
  afterEach(
    () =>
      new Promise(resolve => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );

  const ask = (more: Partial<CoinsQuestion> = {}) =>
    fetchCoins({
      url,
      minCap: 1e5,
      now: () => 77,
      random: () => 0.5,
      wait: ms => Promise.resolve(waits.push(ms)),
      ...more,
    });
  const answer = (number: number, ...all: readonly Answer[]) => answers.set(String(number), [...all]);
  const failure = async (more?: Partial<CoinsQuestion>): Promise<ExchangeFailure> => {
    const error: unknown = await ask(more).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ExchangeFailure);
    return error as ExchangeFailure;
  };

  it('goes on from page to page until one is short', async () => {
    answer(1, json(page(0)));
    answer(2, json(page(250)));
    answer(3, json([...page(500, 5), { id: 'bad' }]));
    const { at, coins, rejected } = await ask();
    expect([at, coins.length, rejected]).to.deep.equal([77, 505, 1]);
    expect(coins[504]).to.deep.equal({ id: 'coin-504', symbol: 'C504', name: 'C 504', price: 1, marketCap: 496e6 }); // 1e9 − 504e6
    expect(asked[2]).to.equal('/api/v3/coins/markets usd market_cap_desc 250 3');
    expect(asked).to.have.length(3);
  });

  it('stops where coins become smaller than wanted, and after eight pages', async () => {
    answer(1, json(page(0)));
    answer(2, json(page(250)));
    expect((await ask({ minCap: 600e6 })).coins).to.have.length(500); // the last of the second page: 1e9 − 499e6
    const BIG = page(0).map(row => ({ ...row, market_cap: 1e9 }));
    for (let number = 1; number <= 9; number++)
      answer(number, json(BIG.map((row, i) => ({ ...row, id: `p${number}-${i}` }))));
    asked.length = 0;
    expect((await ask()).coins).to.have.length(2_000);
    expect(asked).to.have.length(8);
  });

  it('counts a coin once that sank from one page to the next meanwhile', async () => {
    answer(1, json(page(0)));
    answer(2, json(page(249, 10)));
    expect((await ask()).coins).to.have.length(259);
  });

  it('waits as long as the source demands after too many requests, and continues with the same page', async () => {
    answer(1, json(page(0)));
    answer(2, refusal(429, { 'Retry-After': '30' }), refusal(429), json(page(250, 1)));
    expect((await ask()).coins).to.have.length(251);
    expect(asked.map(line => line.slice(-1))).to.deep.equal(['1', '2', '2', '2']);
    expect(waits).to.deep.equal([30_000 + 0.5 * 2_000, 0.5 * 6_000]);
  });

  it('gives up after four tries, and at once where the wait is long or nothing helps', async () => {
    answer(1, json(page(0)));
    answer(2, refusal(503));
    expect(await failure()).to.include({ kind: 'temporary', message: 'HTTP 503' });
    expect(waits).to.have.length(3);
    answer(2, refusal(429, { 'Retry-After': '900' }));
    expect(await failure()).to.include({ kind: 'rate_limit', retryAfterMs: 900_000 });
    answer(2, refusal(403));
    expect(await failure()).to.include({ kind: 'lockout' });
    answer(2, refusal(404));
    expect(await failure()).to.include({ kind: 'configuration' });
    expect(waits).to.have.length(3);
  });

  const REFUSALS: readonly (readonly [what: string, kind: string, value: unknown, status?: number])[] = [
    ['its limit', 'rate_limit', { status: { error_code: 429, error_message: "You've exceeded the Rate Limit." } }],
    ['its limit, one level deeper', 'rate_limit', { error: { status: { error_code: 429, error_message: 'slow' } } }],
    ["Cloudflare's limit", 'rate_limit', { status: { error_code: 1015, error_message: 'rate limited' } }],
    ["Cloudflare's firewall", 'lockout', { status: { error_code: 1020, error_message: 'access denied' } }],
    ['a failure of its own', 'temporary', { status: { error_code: 503, error_message: 'maintenance' } }],
    ['a key that it wants', 'configuration', { status: { error_code: 10_002, error_message: 'API Key Missing' } }],
    ['a parameter that is missing', 'configuration', captured('coingecko-markets-422-2021-07.json'), 422],
    ['its limit as a status', 'rate_limit', { status: { error_code: 429, error_message: 'slow down' } }, 429],
  ];
  for (const [what, kind, value, status = 200] of REFUSALS)
    it(`knows ${what} in a body with status ${status}: ${kind}`, async () => {
      answer(1, response => response.writeHead(status).end(JSON.stringify(value)));
      const { kind: found, message } = await failure({ maxTries: 1 });
      expect(found).to.equal(kind);
      expect(message).to.match(/\(.{4,}\)$/);
    });

  it('goes on after the wait for a limit that comes with status 200', async () => {
    answer(1, json({ status: { error_code: 429, error_message: 'limit' } }), json(page(0, 3)));
    expect((await ask()).coins).to.have.length(3);
    expect(waits).to.deep.equal([0.5 * 2_000]);
  });

  it('takes nothing for an answer that is none', async () => {
    const bad: readonly Answer[] = [
      ...[{}, null, [], [{ id: 'bad' }], { status: 'fine' }, { error: 'odd' }].map(json),
      response => response.end(''),
      response => response.end('<html>maintenance'),
      response => response.end(JSON.stringify(page(0)).slice(0, 500)),
    ];
    for (const one of bad) {
      answer(1, one);
      expect(await failure()).to.include({ kind: 'bad_answer' });
    }
    answer(1, response => {
      response.writeHead(200, { 'Content-Length': '1000' }).write('[');
      setTimeout(() => response.destroy(), 10);
    });
    expect(await failure()).to.include({ kind: 'temporary' });
  });

  it('reads no more than 8 MB, neither sent as they are nor packed', async () => {
    const huge = Buffer.alloc(9 * 1024 * 1024, ' ');
    answer(1, response => response.end(huge));
    expect((await failure()).message).to.include('larger than 8388608 bytes');
    answer(1, response => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(huge)));
    expect((await failure()).message).to.include('larger than 8388608 bytes');
    answer(1, response =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(JSON.stringify(page(0, 3)))),
    );
    expect((await ask()).coins).to.have.length(3);
  });

  it('does not wait for ever, neither for a beginning nor for an end', async () => {
    answer(1, () => undefined);
    expect((await failure({ timeoutMs: 30 })).message).to.equal('no complete answer within 0.03 s');
    answer(1, response => response.write('['));
    expect((await failure({ timeoutMs: 30 })).kind).to.equal('temporary');
  });

  it('follows a redirect to another web address, and to nothing else', async () => {
    answer(1, refusal(302, { Location: '/api/v3/moved' }));
    answers.set('/api/v3/moved', [json(page(0, 2))]);
    expect((await ask()).coins).to.have.length(2);
    for (const Location of ['file:///etc/passwd', 'data:application/json,[]', 'ftp://127.0.0.1/x']) {
      answer(1, refusal(302, { Location }));
      const { kind, message } = await failure();
      expect(kind).to.equal('temporary');
      expect(message).not.to.include('passwd');
    }
  });

  it('ends at once when it is stopped, during a request and during a wait', async () => {
    const ends = async (more: (stop: AbortController) => Partial<CoinsQuestion>) => {
      const stop = new AbortController();
      const error: unknown = await ask({ signal: stop.signal, ...more(stop) }).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(Aborted);
    };
    answer(1, () => undefined);
    await ends(stop => (setTimeout(() => stop.abort(), 20), {}));
    answer(1, refusal(503));
    await ends(stop => ({
      wait: () => {
        stop.abort();
        return Promise.reject(new Error('stopped'));
      },
    }));
  });

  it('says what failed without the address', async () => {
    const { message } = await failure({ url: 'http://127.0.0.1:1/secret' });
    expect(message).to.match(/fetch failed/);
    expect(message).not.to.include('secret');
  });

  it('reads the simulator’s coins, all of which are found by their symbols and prices', async () => {
    const symbols = ['BTC/USD', 'ETH/USD', 'DOGE/USD', 'ETH/BTC', 'EUR/USD'];
    const simulated = simulatedExchange({ seed: 7, symbols, clock: () => Date.UTC(2026, 3, 12), isLimited: false });
    const exchange = await serveExchange(simulated, 0);
    try {
      const answered = await ask({ url: `${exchange.url}/api/v3` });
      const priceOf = (base: string) =>
        answered.coins.find(({ id }) => id === `simulated-${base.toLowerCase()}`)!.price!;
      const wanted = ['BTC', 'ETH', 'DOGE'].map(base => ({ base, price: 1.02 * priceOf(base) }));
      expect(answered.coins.filter(({ symbol }) => symbol === 'BTC')).to.have.length(2); // a copy has the symbol too
      const { caps, unmatched } = capsOf(answered, wanted);
      expect(unmatched).to.deep.equal([]);
      expect(caps.get('BTC')).to.include({ id: 'simulated-btc', name: 'Simulated BTC', at: 77 });
      for (const { marketCap } of caps.values()) expect(marketCap).to.be.above(1e6);
    } finally {
      await exchange.close();
    }
  });
});
