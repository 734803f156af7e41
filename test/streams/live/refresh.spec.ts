import { expect } from 'chai';
import { filter, lastValueFrom, of, take, takeUntil, timer, toArray } from 'rxjs';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import type { Exchange } from '../../../lib/exchange/ports.js';
import { liveFactsOf } from '../../../lib/market-data/directory.js';
import { unversioned } from '../../../lib/settings/settings.js';
import { trackedMarkets } from '../../../lib/universe/tracked.js';
import { HOUR_MS } from '../../../lib/units.js';
import { openExchange } from '../../../lib/world/exchange/index.js';
import { fetchCoins } from '../../../lib/world/market-caps.js';
import { fromAbortable } from '../../../streams/from-abortable.js';
import { directory } from '../../../streams/live/directory.js';
import { scannerPorts } from '../../support/scanner-ports.js';
import { settingsOf } from '../../support/settings.js';
import { body, ETHER, NOON, refusal, result, startKraken, type FakeKraken } from '../../world/exchange/server.js';

/** A quarter of an hour of the exchange's time takes half a second of ours. */
const SPEED = 1_800;
const PAIRS = 600;
const REFRESHES = 9;
const CAPS = '/api/v3/coins/markets';

const nameOf = (n: number): string => `C${String(n).padStart(3, '0')}`;
const pairs = Object.fromEntries(
  Array.from({ length: PAIRS }, (_, n) => {
    const base = nameOf(n);
    return [`${base}USD`, { ...ETHER, altname: `${base}USD`, wsname: `${base}/USD`, base, quote: 'ZUSD' }];
  }),
);
const tickers = Object.fromEntries(
  Object.keys(pairs).map(id => [
    id,
    { a: ['100.1', '1', '1'], b: ['99.9', '1', '1'], c: ['100', '1'], v: ['1', '100000'], p: ['100', '100'] },
  ]),
);

describe('a refresh of a universe of 600 pairs', function () {
  this.timeout(60_000);
  let kraken: FakeKraken;
  let exchange: Exchange;
  let began: number;
  const now = () => NOON + (performance.now() - began) * SPEED;
  const settings = () =>
    settingsOf(`exchange: { url: '${kraken.url}', clock_speed: ${SPEED} }
filtering: { market_cap_url: '${kraken.url}/api/v3' }`);
  const ports = () =>
    scannerPorts({
      clock: { now, speed: SPEED, elapsed: () => performance.now() },
      settings$: of(unversioned(settings())),
      exchange: {
        markets: () => fromAbortable(signal => exchange.markets({ signal })),
        tickers: () => fromAbortable(signal => exchange.tickers({ signal })),
      },
      coins: {
        caps: ({ marketCapUrl }) =>
          fromAbortable(signal => fetchCoins({ url: marketCapUrl, minCap: 5e7, signal, now })),
      },
    });
  const first = async () => ({ markets: await exchange.markets(), tickers: await exchange.tickers() });
  const count = (name: string) => kraken.asked.filter(each => each === name).length;

  beforeEach(async () => {
    kraken = await startKraken();
    kraken.answers.set('AssetPairs', result(pairs));
    kraken.answers.set('Ticker', result(tickers));
    kraken.answers.set(
      CAPS,
      body(JSON.stringify([{ id: 'c', symbol: 'c000', name: 'C', current_price: 100, market_cap: 1e9 }])),
    );
    exchange = openExchange(settings().exchange, {
      budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
      breaker: { ...BREAKER_RULES, failures: Infinity },
    });
    began = performance.now();
  });
  afterEach(async () => {
    exchange.close();
    await kraken.close();
  });

  it('costs one question for prices, and one for the list of markets half-way to the next, besides the capitalisations each hour', async () => {
    const answers = await first(); // as a start does
    const before = kraken.asked.length;
    const ofExchange = ['tickers', 'markets'];
    const steps = await lastValueFrom(
      directory(ports(), answers).pipe(
        filter(({ event }) => event.kind !== 'learnt' || ofExchange.includes(event.fact.kind)),
        take(2 + 2 * REFRESHES), // those of the start among them
        toArray(),
      ),
    );
    const hours = Math.ceil((now() - NOON) / HOUR_MS);

    expect(steps.filter(({ event }) => event.kind === 'no_answer')).to.deep.equal([]);
    const questions = kraken.asked.slice(before);
    expect(count('Ticker') - 1).to.be.within(REFRESHES, REFRESHES + 1);
    expect(count('AssetPairs') - 1).to.be.within(REFRESHES, REFRESHES + 1);
    const turns = questions.filter(name => name !== CAPS);
    expect(turns.every((name, n) => name !== turns[n + 1])).to.equal(true);
    expect(count(CAPS)).to.be.within(1, hours + 1);
    expect(new Set(questions)).to.deep.equal(new Set(['Ticker', 'AssetPairs', CAPS]));

    // and what it brought is enough to judge all of them
    const { filtering, portfolio } = settings();
    const known = steps.at(-1)!.directory;
    const all = trackedMarkets({ ...known, filtering, currency: portfolio.currency, kept: [] });
    expect(all.traded).to.have.length(PAIRS);
    for (const market of known.markets)
      expect(liveFactsOf(known, market, known.since, filtering, now())).to.include({ active: true, volume24hUsd: 1e7 }); // 100,000 · 100
  });

  it('brings what held before where the exchange does not answer, and says so', async () => {
    const answers = await first();
    kraken.answers.set('AssetPairs', refusal('EService:Unavailable'));
    kraken.answers.set('Ticker', result({}));
    const steps = await lastValueFrom(directory(ports(), answers).pipe(takeUntil(timer(1_500)), toArray()));
    const missing = new Set(steps.flatMap(({ event }) => (event.kind === 'no_answer' ? [event.of] : [])));
    expect([...missing].toSorted()).to.deep.equal(['markets', 'tickers']);
    expect(steps.at(-1)!.directory.tickers.size).to.equal(PAIRS);
    expect(steps.at(-1)!.directory.markets).to.have.length(PAIRS);
  });
});
