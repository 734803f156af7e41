import { expect } from 'chai';
import { PassThrough } from 'node:stream';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import { UserError } from '../../../lib/errors.js';
import type { Exchange } from '../../../lib/exchange/ports.js';
import { environment, replaceVariables } from '../../../lib/world/environment.js';
import { openExchange } from '../../../lib/world/exchange/index.js';
import { openLog } from '../../../lib/world/log/index.js';
import { fetchListings } from '../../../lib/world/listings.js';
import { fetchCoins } from '../../../lib/world/market-caps.js';
import { settingsOf } from '../../support/settings.js';
import { body, NOON, startKraken, type FakeKraken } from './server.js';
import { startProxy, type FakeProxy } from './proxy.js';

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
const portOf = (url: string) => Number(new URL(url).port);

describe('a proxy of the environment', () => {
  let kraken: FakeKraken;
  let proxy: FakeProxy;
  const opened: Exchange[] = [];
  const before = Object.fromEntries(
    PROXY_VARIABLES.flatMap(name => {
      const value = environment()[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  const set = (variables: Readonly<Record<string, string>>) => {
    for (const name of PROXY_VARIABLES) replaceVariables(name, {});
    replaceVariables('HTTP_PROXY', variables);
  };
  const open = (url = 'http://kraken.invalid') => {
    const exchange = openExchange(settingsOf(`exchange: { url: '${url}', rate_limit_retries: 0 }`).exchange, {
      budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
      breaker: { ...BREAKER_RULES, failures: Infinity },
    });
    opened.push(exchange);
    return exchange;
  };
  const failure = async (asking: Promise<unknown>): Promise<ExchangeFailure> => {
    const error: unknown = await asking.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(ExchangeFailure);
    return error as ExchangeFailure;
  };

  beforeEach(async () => {
    kraken = await startKraken();
    const port = portOf(kraken.url);
    proxy = await startProxy(new Map(['kraken', 'coins', 'okx'].map(name => [name, port])));
    set({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}` });
  });
  afterEach(async () => {
    set(before);
    for (const exchange of opened.splice(0)) exchange.close();
    await proxy.close();
    await kraken.close();
  });

  it('carries the requests to the exchange, also without a scheme or in small letters', async () => {
    expect(await open().serverTime()).to.be.within(NOON, NOON + 2_000);
    set({ http_proxy: `127.0.0.1:${proxy.port}` });
    expect((await open().markets()).markets).to.have.length(2);
    expect(proxy.asked).to.deep.equal([
      'GET http://kraken.invalid/0/public/Time',
      'GET http://kraken.invalid/0/public/AssetPairs',
    ]);
  });

  it('carries those for what coins are worth, and for what other exchanges list', async () => {
    kraken.answers.set('/api/v3/coins/markets', body('[]'));
    await failure(fetchCoins({ url: 'http://coins.invalid/api/v3', minCap: 1, maxTries: 1 }));
    const [listing] = await fetchListings({ exchanges: ['okx'], urls: new Map([['okx', 'http://okx.invalid']]) });
    expect(listing).to.have.property('failure');
    expect(proxy.asked[0]).to.equal('GET http://coins.invalid/api/v3/coins/markets');
    expect(proxy.asked[1]).to.match(/^GET http:\/\/okx\.invalid\//);
    expect(kraken.asked).to.include('/api/v3/coins/markets');
  });

  it('is given its user and password', async () => {
    proxy.credentials = 'bot:p@ss/w%rd';
    set({ HTTP_PROXY: `http://bot:p%40ss%2Fw%25rd@127.0.0.1:${proxy.port}` });
    expect((await open().markets()).markets).to.have.length(2);
    set({ HTTP_PROXY: `http://bot:wrong-secret@127.0.0.1:${proxy.port}` });
    const { kind, next, cure, message } = await failure(open().markets());
    expect({ kind, next }).to.deep.equal({ kind: 'configuration', next: 'stop' });
    expect(message).to.contain('407').and.not.to.contain('wrong-secret');
    expect(cure).to.match(/USER:PASSWORD/);
  });

  it('that wants a password, or refuses, for a tunnel says so', async () => {
    proxy.credentials = 'bot:secret';
    set({ HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` });
    const open407 = await failure(open('https://kraken.invalid').serverTime());
    expect(open407).to.include({
      kind: 'configuration',
      message: 'the proxy does not let the request through (HTTP 407)',
    });
    proxy.credentials = null;
    proxy.status = 403;
    expect(await failure(open('https://kraken.invalid').serverTime())).to.include({ kind: 'blocked' });
    proxy.status = 503;
    expect(await failure(open('https://kraken.invalid').serverTime())).to.include({ kind: 'temporary' });
    expect(await failure(fetchCoins({ url: 'https://coins.invalid', minCap: 1, maxTries: 1 }))).to.include({
      kind: 'temporary',
      message: 'the proxy does not let the request through (HTTP 503)',
    });
    expect(proxy.asked).to.deep.equal([
      'CONNECT kraken.invalid:443',
      'CONNECT kraken.invalid:443',
      'CONNECT kraken.invalid:443',
      'CONNECT coins.invalid:443',
    ]);
  });

  it('is not asked for this machine, nor for what NO_PROXY names', async () => {
    expect(await open(kraken.url).serverTime()).to.be.within(NOON, NOON + 2_000);
    const local = kraken.url.replace('127.0.0.1', 'localhost');
    expect(await open(local).serverTime()).to.be.within(NOON, NOON + 2_000);
    for (const none of ['kraken.invalid', '.invalid', 'a.b, *.invalid', '*']) {
      set({ HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: none });
      expect((await failure(open().serverTime())).message, none).to.match(/ENOTFOUND|EAI_AGAIN/);
    }
    expect(proxy.asked).to.deep.equal([]);
  });

  it('that is away is a network that is away', async () => {
    set({ HTTP_PROXY: 'http://127.0.0.1:1', HTTPS_PROXY: 'http://127.0.0.1:1' });
    for (const url of ['http://kraken.invalid', 'https://kraken.invalid']) {
      const { kind, message } = await failure(open(url).serverTime());
      expect(kind).to.equal('temporary');
      expect(message).to.contain('ECONNREFUSED 127.0.0.1:1');
    }
  });

  it('never shows its password in a log, however it is spelled', async () => {
    set({ HTTPS_PROXY: 'http://bot:p%40ss%2Fword@proxy.invalid:3128' });
    const stream = new PassThrough();
    const log = openLog({ name: 'test', level: 'INFO', stream });
    log.info(`p@ss/word ${environment()['HTTPS_PROXY']!} ${Buffer.from('bot:p@ss/word').toString('base64')}`);
    await log.close();
    const line = String(stream.read());
    expect(line).to.contain('***');
    expect(line).not.to.match(/p@ss|p%40ss|Ym90OnBAc3Mvd29yZA/);
  });

  const WRONG: readonly (readonly [value: string, found: string])[] = [
    ['socks5://u:hidden@127.0.0.1:9050', 'the scheme socks5'],
    ['http://', 'no URL'],
    ['http://a b', 'no URL'],
    ['http://u:100%hidden@proxy:3128', 'a user or password that is not URL-encoded (% is %25)'],
  ];
  for (const [value, found] of WRONG)
    it(`is refused where it is ${value.replace(/u:.*@/, '…@')}, without showing its password`, async () => {
      set({ HTTPS_PROXY: value });
      const error: unknown = await open()
        .serverTime()
        .catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(UserError);
      const [line] = (error as UserError).lines;
      expect(line).to.equal(
        `HTTPS_PROXY: found ${found}, expected the URL of a proxy as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT`,
      );
      expect(proxy.asked).to.deep.equal([]);
    });
});
