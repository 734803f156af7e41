import { expect } from 'chai';
import { filter, map, of } from 'rxjs';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { MarketsAnswer } from '../../../lib/exchange/ports.js';
import {
  coinChanges,
  learn,
  liveFactsOf,
  type CoinChange,
  type MarketRow,
} from '../../../lib/market-data/directory.js';
import type { CoinReference } from '../../../lib/reference/coins.js';
import { unversioned } from '../../../lib/settings/settings.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { directory, type DirectoryStep } from '../../../streams/live/directory.js';
import { directoryOf, listed, NOTHING_LISTED, ticker } from '../../support/listed.js';
import { marbles } from '../../support/marbles.js';
import { firstAnswers, scannerPorts, type PortsOver } from '../../support/scanner-ports.js';
import { settingsOf } from '../../support/settings.js';

const row = (symbol: string, isActive = true): MarketRow => ({ ...listed(symbol), id: 3, isActive });

describe('what a run stores of a market and its coin', () => {
  const change = (symbol: string, known = NOTHING_LISTED, own = new Map<string, CoinReference>()) =>
    coinChanges([row(symbol)], known, own)[0]!;

  it('is whether it is traded: not where it is suspended, delisted, or not listed at all', () => {
    for (const [status, isActive] of [
      ['online', true],
      ['cancel_only', false],
      ['delisted', false],
    ] as const) {
      const known = directoryOf([listed('FOO/USD', { status })], {});
      expect(change('FOO/USD', known).isActive, status).to.equal(isActive);
    }
    expect(change('FOO/USD').isActive).to.equal(false);
  });

  it('is its sizes and turnover, as far as the exchange tells them', () => {
    const sizes = { amountStep: 0.01, minimumAmount: 0.1, minimumCost: 5 };
    const markets = [listed('FOO/USD', sizes), listed('BAR/EUR')];
    const known = directoryOf(markets, { 'FOO/USD': ticker(), 'BAR/EUR': ticker() });
    expect(change('FOO/USD', known)).to.include({ ...sizes, avgDailyVolume: 1e7 }); // 100,000 · 100
    expect(change('BAR/EUR', known)).not.to.have.property('avgDailyVolume'); // nothing tells what a euro is worth
    expect(change('GONE/USD', known)).not.to.have.any.keys('amountStep', 'minimumAmount', 'minimumCost');
  });

  it('is its name, as the source of market capitalisations has it now, unless the user calls it otherwise', () => {
    const cap = { marketCap: 7e9, at: 5, id: 'x', name: 'Bitcoin Renamed' };
    const known = learn(NOTHING_LISTED, { kind: 'stored_caps', caps: new Map([['BTC', cap]]) });
    expect(change('BTC/USD', known)).to.include({ name: 'Bitcoin Renamed', sector: 'layer-1' });
    const own = new Map([['BTC', { name: 'Gold', sector: 'payment', coinGeckoId: null } as const]]);
    expect(change('BTC/USD', known, own)).to.include({ name: 'Gold', sector: 'payment' });
    expect(change('FOO/USD')).not.to.have.property('name');
  });
});

describe('a coin’s listings', () => {
  const known = learn(directoryOf([listed('FOO/USD')], {}, { ...NOTHING_LISTED, listings: new Map() }), {
    kind: 'listings',
    listings: new Map([['okx', { at: 0, bases: new Set(['FOO', 'BAR']) }]]),
  });
  const count = (symbol: string, listingExchanges = ['okx', 'kraken'], minExchangeListings = 0) =>
    liveFactsOf(known, listed(symbol), 0, { listingExchanges, minExchangeListings }, 0)!.listings;

  it('are counted on other exchanges and on our own', () => {
    expect(count('FOO/USD')).to.equal(2);
    expect(count('BAR/USD')).to.equal(1);
    expect(count('FOO/USD', ['okx'])).to.equal(1);
    expect(count('FOO/USD', ['okx', 'binance'], 2)).to.deep.equal(NaN); // binance has not answered
  });

  it('are on all exchanges where the coin is simulated', () => {
    const everywhere = liveFactsOf(
      NOTHING_LISTED,
      listed('FOO/USD'),
      0,
      { listingExchanges: ['a', 'b'], minExchangeListings: 2 },
      0,
    )!;
    expect(everywhere.listings).to.equal(2);
  });

  it('are not known at refreshes before the directory was asked for', () => {
    const filtering = { listingExchanges: [], minExchangeListings: 0 };
    expect(liveFactsOf({ ...known, since: 900_000 }, listed('FOO/USD'), 899_999, filtering, 0)).to.equal(null);
  });
});

/**
 * One virtual millisecond is half a minute of the exchange's; markets are judged every fifteen
 * minutes.
 */
describe('the directory', () => {
  const letter = ({ event }: DirectoryStep): string => {
    switch (event.kind) {
      case 'learnt':
        return event.fact.kind[0]!;
      case 'turned':
        return event.gone.length > 0 ? 'G' : 'B';
      case 'no_answer':
        return 'x';
    }
  };
  const steps = (over: PortsOver = {}) => directory(scannerPorts(over), firstAnswers('AAA/USD')).pipe(map(letter));
  const away = new ExchangeFailure('dropped', 'away');

  it(
    'has the exchange’s first answers and the stored capitalisations at once, then coins, tickers and lists as they come',
    marbles(({ expectObservable }) => {
      // m markets, t tickers, s stored capitalisations, c capitalisations. The list half-way
      // between two refreshes, the tickers half a minute before one: 7.5 and 14.5 minutes are 15
      // and 29 milliseconds.
      expectObservable(steps(), '65ms !').toBe('(mtsc) 9ms m 13ms t 15ms m 13ms t');
    }),
  );

  it(
    'keeps what it knew where an answer does not come',
    marbles(({ cold, expectObservable }) => {
      const markets = () => cold<MarketsAnswer>('#', undefined, away);
      const known$ = directory(scannerPorts({ exchange: { markets } }), firstAnswers('AAA/USD', 'BBB/USD')).pipe(
        map(step => `${letter(step)}${step.directory.markets.length}`),
        filter(said => said.startsWith('x')),
      );
      expectObservable(known$, '20ms !').toBe('15ms x', { x: 'x2' });
    }),
  );

  it(
    'passes facts on though they cannot be stored for now',
    marbles(({ cold, expectObservable }) => {
      const saveCoins = () => cold<null>('-');
      expectObservable(steps({ markets: { saveCoins } }), '31ms !').toBe('(mtsc) 9ms m 13ms t');
    }),
  );

  it(
    'stores each list of markets and each answer about coins, and says which markets came and went',
    marbles(({ expectObservable, flush }) => {
      const saved: (readonly CoinChange[])[] = [];
      const rows = [row('AAA/USD', false), row('GONE/USD')];
      const markets = {
        markets: () => of(rows),
        saveCoins: (changes: readonly CoinChange[]) => of(saved.push(changes)),
      };
      expectObservable(steps({ markets }), '---!').toBe('(mGtscG)');
      flush();
      expect(saved.map(changes => changes.map(({ isActive }) => isActive))).to.deep.equal([
        [true, false],
        [true, false],
      ]);
    }),
  );

  it(
    'asks others than the exchange for what they list, once a day',
    marbles(({ expectObservable, flush }) => {
      const asked: string[] = [];
      const listings = (exchanges: readonly string[]) => {
        asked.push(exchanges.join());
        return of(exchanges.map(exchange => ({ exchange, at: 0, bases: new Set<string>() })));
      };
      const filtering = settingsOf(
        'filtering: { listing_exchanges: [kraken, okx, binance], min_exchange_listings: 1 }',
      );
      const over = { isSimulated: false, coins: { listings }, settings$: of(unversioned(filtering)) };
      const listed$ = steps(over).pipe(filter(said => said === 'l'));
      expectObservable(listed$, '2900ms !').toBe('l 2879ms l');
      flush();
      expect(asked).to.deep.equal(['okx,binance', 'okx,binance']);
    }),
  );

  it(
    'lets go of everything',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const silent = cold<never>('-');
      expectObservable(steps({ coins: { caps: () => silent } }), '---!').toBe('(mts)');
      expectSubscriptions(silent.subscriptions).toBe('^--!');
    }),
  );

  it('is as of the last refresh', () => {
    const steps: DirectoryStep[] = [];
    const clock = { now: () => 40 * MINUTE_MS, speed: 1, elapsed: () => 0 };
    directory(scannerPorts({ clock }), firstAnswers('AAA/USD'))
      .subscribe(step => steps.push(step))
      .unsubscribe();
    expect(steps[0]!.directory.since).to.equal(30 * MINUTE_MS);
  });
});
