import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Aborted } from '../../lib/errors.js';
import type { ExchangeListing } from '../../lib/reference/listings.js';
import { captured, capturedText } from '../support/captured.js';
import { fetchListings, type CcxtClass, type ListingsQuestion } from '../../lib/world/listings.js';

const coinbase = (base: string, more: object = {}) => ({
  product_id: `${base}-USD`,
  base_currency_id: base,
  quote_currency_id: 'USD',
  product_type: 'SPOT',
  trading_disabled: false,
  base_increment: '0.01',
  price_increment: '0.01',
  status: 'online',
  ...more,
});
const okx = (base: string, state: string) => ({
  instId: `${base}-USDT`,
  instType: 'SPOT',
  baseCcy: base,
  quoteCcy: 'USDT',
  state,
  lotSz: '0.01',
  tickSz: '0.1',
  minSz: '1',
});
const kucoin = (base: string, enableTrading: boolean) => ({
  symbol: `${base}-USDT`,
  baseCurrency: base,
  quoteCurrency: 'USDT',
  enableTrading,
  baseIncrement: '0.01',
  priceIncrement: '0.1',
  quoteIncrement: '0.1',
});
const binance = (base: string, status: string) => ({
  symbol: `${base}USDT`,
  status,
  baseAsset: base,
  quoteAsset: 'USDT',
  isSpotTradingAllowed: true,
  filters: [],
  permissions: ['SPOT'],
  permissionSets: [['SPOT']],
  orderTypes: [],
});
const kraken = (base: string, altname: string, status: string) => ({
  altname: `${altname}USD`,
  wsname: `${altname}/USD`,
  base,
  quote: 'ZUSD',
  status,
  pair_decimals: 1,
  lot_decimals: 8,
  aclass_base: 'currency',
  aclass_quote: 'currency',
  fees: [[0, 0.4]],
  fees_maker: [[0, 0.2]],
});

/**
 * What each exchange's own question for its spot markets is answered: an open market of BTC and a
 * closed one.
 */
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/binance/exchangeInfo': { symbols: [binance('BTC', 'TRADING'), binance('OLD', 'BREAK')] },
  '/coinbase/api/v3/brokerage/market/products': {
    products: [coinbase('BTC'), coinbase('OLD', { trading_disabled: true })],
  },
  '/kraken/0/public/AssetPairs': {
    error: [],
    result: { XXBTZUSD: kraken('XXBT', 'XBT', 'online'), OLDUSD: kraken('OLD', 'OLD', 'cancel_only') },
  },
  '/kucoin/api/v2/symbols': { code: '200000', data: [kucoin('BTC', true), kucoin('OLD', false)] },
  '/okx/api/v5/public/instruments': { code: '0', data: [okx('BTC', 'live'), okx('OLD', 'suspend')] },
};
const FIVE = ['binance', 'coinbase', 'kraken', 'kucoin', 'okx'];

describe('asking what is listed on exchanges', () => {
  let server: Server;
  let urls: ReadonlyMap<string, string>;
  let asked: string[];
  let others: Map<string, (response: ServerResponse) => void>;

  beforeEach(async () => {
    asked = [];
    others = new Map();
    server = createServer((request, response) => {
      const { pathname, search } = new URL(request.url!, 'http://localhost');
      asked.push(pathname + search);
      const [, exchange = ''] = pathname.split('/');
      const other = others.get(exchange);
      if (other) other(response);
      else if (pathname in ANSWERS && !search.includes('FUTURE'))
        response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(ANSWERS[pathname]));
      else response.writeHead(404).end('{}');
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    urls = new Map(FIVE.map(name => [name, `${origin}/${name}/`]));
  });
  afterEach(
    () =>
      new Promise(resolve => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );

  const ask = (exchanges: readonly string[], more: Partial<ListingsQuestion> = {}) =>
    fetchListings({ exchanges, urls, now: () => 77, timeoutMs: 5_000, ...more });
  const shown = (answer: ExchangeListing | undefined) =>
    answer && 'bases' in answer ? `${answer.exchange} ${answer.at} ${[...answer.bases].join(' ')}` : answer?.failure;
  const one = async (...question: Parameters<typeof ask>) => shown((await ask(...question))[0]);

  it('gets the coins of open spot markets from each of them, by one name', async () => {
    const answers = await ask(FIVE);
    expect(answers.map(shown)).to.deep.equal(FIVE.map(exchange => `${exchange} 77 BTC`));
  });

  type Raw = Readonly<Record<string, unknown>>;
  /**
   * Whole answers of real exchanges, which of their rows are open, and coins that ccxt calls
   * otherwise.
   */
  const CAPTURED = {
    binance: {
      file: 'binance-exchangeinfo-2021-10.json.gz',
      rowsOf: (answer: Raw) => answer['symbols'],
      base: ({ status, baseAsset }: Raw) => (status === 'TRADING' ? baseAsset : null),
      renamed: { YOYO: 'YOYOW' },
    },
    kucoin: {
      file: 'kucoin-symbols-2021-04.json.gz',
      rowsOf: (answer: Raw) => answer['data'],
      base: ({ enableTrading, baseCurrency }: Raw) => (enableTrading === true ? baseCurrency : null),
      renamed: { REV: 'R', OXEN: 'LOKI', LYXe: 'LYXE', VAI: 'VAIOT' },
    },
    okx: {
      file: 'okx-instruments-2022-05.json.gz',
      rowsOf: (answer: Raw) => answer['data'],
      base: ({ state, baseCcy }: Raw) => (state === 'live' ? baseCcy : null),
      renamed: { AE: 'AET' },
    },
  };
  for (const [exchange, { file, rowsOf, base, renamed }] of Object.entries(CAPTURED))
    it(`gets every coin of a real answer of ${exchange}`, async () => {
      others.set(exchange, response => response.setHeader('Content-Type', 'application/json').end(capturedText(file)));
      const bases = (rowsOf(captured(file) as Raw) as Raw[]).map(base).filter(each => typeof each === 'string');
      const wanted = [...new Set(bases)].map(each => (renamed as Readonly<Record<string, string>>)[each] ?? each);
      const [answer] = await ask([exchange]);
      expect([...(answer as { bases: ReadonlySet<string> }).bases]).to.have.members(wanted);
      expect(wanted.length).to.be.above(300);
    });

  it('asks for nothing but spot markets where an exchange allows that', async () => {
    await ask(['binance', 'kraken', 'kucoin', 'okx', 'okx']);
    expect(asked).to.deep.equal([
      '/binance/exchangeInfo',
      '/kraken/0/public/AssetPairs',
      '/kucoin/api/v2/symbols',
      '/okx/api/v5/public/instruments?instType=SPOT',
    ]);
  });

  it('lets each fail alone', async () => {
    others.set('binance', response => response.writeHead(451).end('not from there'));
    others.set('kraken', response => response.destroy());
    others.set('kucoin', response => response.end('<html>'));
    others.set('okx', response => response.end('{"code":"0","data":[]}'));
    const answers = await ask(FIVE);
    expect(answers.map(answer => 'failure' in answer)).to.deep.equal([true, false, true, true, true]);
    expect(shown(answers[4])).to.equal('there is no spot market at all');
    for (const answer of answers) expect(shown(answer)).not.to.match(/127\.0\.0\.1|:\/\//);
  });

  it('does not wait for ever, neither for a beginning nor for an end', async () => {
    others.set('okx', () => undefined);
    expect(await one(['okx'], { timeoutMs: 100 })).to.match(/timed out|no complete answer|Timeout/i);
    others.set('okx', response => response.write('{'));
    expect(await one(['okx'], { timeoutMs: 100 })).to.match(/timed out|no complete answer|Timeout/i);
  });

  it('takes no answer that is packed, or larger than 64 MB', async () => {
    others.set('okx', response => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('{}')));
    expect(await one(['okx'])).to.include('packed');
    const blanks = Buffer.alloc(1024 * 1024, ' ');
    others.set(
      'okx',
      response =>
        void pipeline(
          Array.from({ length: 70 }, () => blanks),
          response,
        ).catch(() => undefined),
    );
    expect(await one(['okx'])).to.match(/size/i);
  });

  it('says which exchange ccxt does not have', async () => {
    expect(await one(['mtgox'])).to.equal('ccxt has no exchange "mtgox": see filtering.listing_exchanges');
  });

  it('goes on where a class cannot be made, or brings anything but markets', async () => {
    class Odd {
      options = {};
      urls = { api: '' };
      fetchMarkets = (): Promise<unknown> => Promise.resolve(null);
    }
    const load = (name: string): Promise<CcxtClass> =>
      name === 'odd' ? Promise.resolve(Odd as unknown as CcxtClass) : Promise.reject(new Error('no memory'));
    expect((await ask(['broken', 'odd'], { load })).map(shown)).to.deep.equal([
      'no memory',
      'there is no spot market at all',
    ]);
  });

  it('ends at once when it is stopped', async () => {
    const stop = new AbortController();
    others.set('okx', () => stop.abort());
    const error: unknown = await ask(['okx', 'kraken'], { signal: stop.signal }).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Aborted);
    expect(asked).to.have.length(1);
  });
});
