import { expect } from 'chai';
import sinon from 'sinon';
import { openLooks } from '../../../bin/run/looks.js';
import type { RunWorld } from '../../../bin/run/world.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { OrderBook } from '../../../lib/exchange/ports.js';
import { Standing } from '../../../lib/exchange/standing.js';
import type { LiveBroker } from '../../../lib/position/live-broker.js';
import { Suspensions } from '../../../lib/position/suspension.js';
import type { StoredMarket } from '../../../lib/world/store/index.js';
import { settingsOf } from '../../support/settings.js';

const NOW = Date.UTC(2026, 3, 12);
const level = (price: number) => ({ price, size: 1, at: NOW });
const book: OrderBook = { usable: true, newest: NOW, bids: [level(99)], asks: [level(101)] };

describe('a round of looks at order books', () => {
  afterEach(() => sinon.restore());

  /** The markets of which a book is used, when the second comes so many milliseconds after the first. */
  const used = async (apartMs: number): Promise<number[]> => {
    const clock = sinon.stub(performance, 'now').returns(0);
    let answer = (): void => undefined;
    const later = new Promise<OrderBook>(resolve => (answer = () => resolve(book)));
    const exchange = { book: (symbol: string) => (symbol === 'AAA/USD' ? Promise.resolve(book) : later) };
    const log = { warn: () => undefined, info: () => undefined };
    const world = { exchange, log, now: () => NOW, settings: () => settingsOf() } as unknown as RunWorld;
    const markets = [{ symbol: 'AAA/USD' }, { symbol: 'BBB/USD' }] as StoredMarket[];
    const broker = { held: [0, 1], portfolio: { lastPrice: [100, 100] } } as unknown as LiveBroker;
    const standing = sinon.createStubInstance(Standing, { isDue: false, canBuy: true, canSell: true });
    const round = openLooks(world, markets, broker, standing, new Suspensions()).books(
      [0, 1],
      new AbortController().signal,
    );
    await new Promise(setImmediate);
    clock.returns(apartMs);
    answer();
    return [...(await round).books.keys()];
  };

  it('uses all that came', async () => expect(await used(20_000)).to.deep.equal([0, 1]));

  it('uses none that came before the process was held up', async () => expect(await used(120_000)).to.deep.equal([1]));

  it('know since when a market is suspended after they were opened anew, whatever its lane is then', async () => {
    const suspensions = new Suspensions();
    const opened = (symbols: readonly string[], at: number) => {
      const exchange = { book: () => Promise.reject(new ExchangeFailure('market', 'unknown market')) };
      const log = { warn: () => undefined, info: () => undefined };
      const world = { exchange, log, now: () => at, settings: () => settingsOf() } as unknown as RunWorld;
      const markets = symbols.map(symbol => ({ symbol })) as StoredMarket[];
      const broker = { held: [symbols.indexOf('BBB/USD')], portfolio: { lastPrice: [] } } as unknown as LiveBroker;
      const standing = sinon.createStubInstance(Standing, { isDue: false });
      return openLooks(world, markets, broker, standing, suspensions);
    };
    await opened(['AAA/USD', 'BBB/USD'], NOW).books([1], new AbortController().signal);
    const again = opened(['BBB/USD', 'CCC/USD'], NOW + 60_000);
    await again.books([0], new AbortController().signal);
    expect([again.suspendedSince(0), again.suspendedSince(1)]).to.deep.equal([NOW, null]);
  });
});
