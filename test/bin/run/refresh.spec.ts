import { expect } from 'chai';
import { lastValueFrom, take, takeUntil, timer, toArray } from 'rxjs';
import { coinFacts } from '../../../streams/sources/coins.js';
import { openFacts } from '../../../bin/run/facts.js';
import { refreshes } from '../../../bin/run/refresh.js';
import type { RunWorld } from '../../../bin/run/world.js';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import type { Exchange } from '../../../lib/exchange/ports.js';
import { trackedMarkets } from '../../../lib/universe/tracked.js';
import { HOUR_MS } from '../../../lib/units.js';
import { openExchange } from '../../../lib/world/exchange/index.js';
import { fetchCoins } from '../../../lib/world/market-caps.js';
import { asked } from '../../../streams/asked.js';
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
  const lines: string[] = [];
  const world = () =>
    ({
      exchange,
      now,
      settings,
      log: { warn: (...said: unknown[]) => void lines.push(String(said.at(-1))) },
    }) as unknown as RunWorld;
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
    lines.length = 0;
  });
  afterEach(async () => {
    exchange.close();
    await kraken.close();
  });

  it('costs one question for prices, and one for the list of markets half-way to the next, besides the capitalisations each hour', async () => {
    const facts = openFacts();
    await exchange.markets(); // as a start does
    const before = kraken.asked.length;
    const refresh$ = refreshes(world(), facts).pipe(take(2 * REFRESHES), toArray());
    const caps$ = coinFacts({
      ...{ now, speed: SPEED, exchanges: () => [], listings: () => [] },
      caps: () => asked(signal => fetchCoins({ url: settings().filtering.marketCapUrl, leastCap: 5e7, signal, now })),
    });
    await lastValueFrom(caps$.pipe(takeUntil(refresh$), toArray()));
    const hours = Math.ceil((now() - NOON) / HOUR_MS);

    expect(lines).to.deep.equal([]);
    const questions = kraken.asked.slice(before);
    expect(count('Ticker')).to.be.within(REFRESHES, REFRESHES + 1);
    expect(count('AssetPairs') - 1).to.be.within(REFRESHES, REFRESHES + 1);
    const turns = questions.filter(name => name !== CAPS);
    expect(turns.every((name, n) => name !== turns[n + 1])).to.equal(true);
    expect(count(CAPS)).to.be.within(1, hours + 1);
    expect(new Set(questions)).to.deep.equal(new Set(['Ticker', 'AssetPairs', CAPS]));

    // and what it brought is enough to judge all of them
    const { filtering, portfolio } = settings();
    const all = trackedMarkets({ ...facts.listed(), filtering, currency: portfolio.currency, kept: [] });
    expect(all.traded).to.have.length(PAIRS);
    facts.begin(NOON);
    for (const market of facts.listed().markets)
      expect(facts.known(market, NOON)).to.include({ active: true, volume24hUsd: 1e7 }); // 100,000 · 100
  });

  it('brings what held before where the exchange does not answer, and a line', async () => {
    const facts = openFacts();
    facts.takeMarkets(await exchange.markets());
    facts.takeTickers(await exchange.tickers());
    kraken.answers.set('AssetPairs', refusal('EService:Unavailable'));
    kraken.answers.set('Ticker', result({}));
    await lastValueFrom(refreshes(world(), facts).pipe(takeUntil(timer(1_500)), toArray()));
    expect(lines.join('\n')).to.match(/^the tickers did not come: /m);
    expect(lines.join('\n')).to.match(/^the list of markets did not come: /m);
    expect(facts.listed().tickers.size).to.equal(PAIRS);
    expect(facts.listed().markets).to.have.length(PAIRS);
  });
});
