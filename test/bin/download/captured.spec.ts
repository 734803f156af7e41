import { expect } from 'chai';
import type { Client } from 'pg';
import { downloadMarket, type Downloading } from '../../../bin/download/market.js';
import { Aborted } from '../../../lib/errors.js';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import type { Exchange } from '../../../lib/exchange/ports.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { openExchange } from '../../../lib/world/exchange/index.js';
import { readDownloads } from '../../../lib/world/store/downloads.js';
import { capturedResult } from '../../support/captured.js';
import { settingsOf } from '../../support/settings.js';
import { capturedTrades, pageOf, type Paging } from '../../support/trade-server.js';
import { result, startKraken, type FakeKraken } from '../../world/exchange/server.js';
import { openScratch } from '../../world/store/candles/candles.js';

/** From the first traded minute of which the captured page holds every trade to the last one. */
const FROM = Date.UTC(2025, 10, 10, 17, 26);
const TO = Date.UTC(2025, 10, 11, 0, 13);
const TRADES = capturedTrades();

type OhlcCells = readonly [number, string, string, string, string, string, string, number];
/** Kraken's own candles of these minutes, a few minutes later. */
const OHLC = (capturedResult('kraken-ohlc-XBTUSDT-2025-11.json.gz')['XBTUSDT'] as OhlcCells[])
  .filter(([at]) => at * 1_000 >= FROM && at * 1_000 < TO)
  .map(([at, open, high, low, close, , volume, trades]) => ({
    at: at * 1_000,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: Number(volume),
    trades,
  }));

describe('the download of real trades', () => {
  let client: Client;
  let close: () => Promise<void>;
  let kraken: FakeKraken;
  let exchange: Exchange;
  let paging: Paging;
  let served: number;

  before(async () => {
    ({ client, close } = await openScratch());
    kraken = await startKraken();
    kraken.answers.set('AssetPairs', result(capturedResult('kraken-assetpairs-XBTUSDT-2025-11.json')));
    kraken.answers.set('Trades', (response, query, request) => {
      served++;
      result(pageOf('XBTUSDT', TRADES, paging, query.get('since')!))(response, query, request);
    });
    const settings = settingsOf(`exchange: { url: '${kraken.url}', rate_limit_retries: 0 }`);
    exchange = openExchange(settings.exchange, {
      budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
      breaker: { ...BREAKER_RULES, failures: Infinity },
    });
  });
  after(async () => {
    exchange.close();
    await kraken.close();
    await close();
  });

  const world = (): Downloading => ({
    exchange,
    store: act => act(client),
    rules: { maxQuietMinutes: 240, maxJump: 0.5 },
    err: text => expect.fail(text),
    signal: new AbortController().signal,
    speed: 100_000,
  });
  const order = { symbol: 'BTC/USDT', from: FROM, to: TO, next: FROM };
  const stored = async () => {
    const { rows } = await client.query<{ at: number }>(
      `SELECT extract(epoch FROM timestamp)::float8 * 1000 AS at, open, high, low, close, volume, trade_count AS trades
       FROM market_data WHERE source = 'trades' ORDER BY timestamp`,
    );
    return rows;
  };
  beforeEach(async () => {
    served = 0;
    await client.query(`DELETE FROM market_data`);
  });

  it('has minutes to be held against', () => {
    expect(OHLC).to.have.length((TO - FROM) / MINUTE_MS);
    expect(OHLC.reduce((sum, { trades }) => sum + trades, 0)).to.equal(993);
    expect(OHLC.reduce((sum, { volume }) => sum + volume, 0)).to.be.closeTo(93.091893, 1e-6);
  });

  for (const inclusive of [false, true])
    for (const size of [100, 17])
      it(`is Kraken's own candles by pages of ${size} where "since" is ${inclusive ? 'inclusive' : 'exclusive'}`, async () => {
        paging = { size, inclusive };
        const { trades, leftOut } = await downloadMarket(world(), order, false, () => undefined);
        expect(await stored()).to.deep.equal(OHLC);
        expect([trades, leftOut]).to.deep.equal([993, []]);
        expect(served).to.be.below(8 * Math.ceil(1_000 / size));
      });

  it('is the same when it is stopped and resumed after each page', async () => {
    paging = { size: 50, inclusive: true };
    let lives = 0;
    for (let next: number | undefined = FROM; next !== undefined; lives++) {
      const stop = new AbortController();
      const trades: Exchange['trades'] = async (...question) => {
        if (stop.signal.aborted) throw new Aborted();
        return exchange.trades(...question);
      };
      const downloading = { ...world(), exchange: { trades } };
      await downloadMarket(downloading, { ...order, next }, true, () => stop.abort()).catch((error: unknown) => {
        if (!(error instanceof Aborted)) throw error;
      });
      next = (await readDownloads(client)).find(({ next: reached }) => reached < TO)?.next;
    }
    expect(lives).to.be.above(10);
    expect(await stored()).to.deep.equal(OHLC);
  });

  it('leaves out, and names, the minutes of which a page cannot hold all trades of one timestamp', async () => {
    paging = { size: 12, inclusive: false };
    const { leftOut } = await downloadMarket(world(), order, false, () => undefined);
    const isLeftOut = (at: number) => leftOut.some(({ from, to }) => from <= at && at < to);
    expect(leftOut.map(({ reason }) => reason)[0]).to.match(
      /^the exchange leaves out trades: after trade \d+ comes trade \d+$/,
    );
    const found = await stored();
    expect(found).to.deep.equal(OHLC.filter(({ at }) => found.some(row => row['at'] === at)));
    for (const { at, trades } of OHLC)
      if (trades > 0 && !isLeftOut(at)) expect(found.some(row => row['at'] === at)).to.equal(true);
  });
});
