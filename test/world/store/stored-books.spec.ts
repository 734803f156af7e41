import { expect } from 'chai';
import type { Client } from 'pg';
import { walkedBooks, type StoredBook } from '../../../lib/portfolio/stored-books.js';
import { BookBroker } from '../../../lib/portfolio/book-broker.js';
import { stateOf } from '../../../lib/portfolio/restore.js';
import { connectForBulk } from '../../../lib/world/database/index.js';
import { openBookShelf, withBooks } from '../../../lib/world/store/stored-books.js';
import { bookOf } from '../../support/book.js';
import { free, minute, opportunity, risk } from '../../support/broker.js';
import { openLiveScene } from './live/scene.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

const at = (n: number, second: number): number => minute(n) + 1_000 * second;
const prices = (books: readonly StoredBook[]) => books.map(({ of, at: when, book }) => [of, when, book.bids[0]!.price]);

describe('the stored order books of a past', () => {
  let scene: Scene;
  let client: Client;
  before(async () => {
    scene = await openLiveScene();
    client = await connectForBulk(scene.database.connection);
  });
  after(async () => {
    await client.end();
    await scene.close();
  });

  const shelfOf = (from: number, to: number, ids = scene.ids) => openBookShelf(client, ids, minute(from), minute(to));
  const snapshot = (id: number, n: number, came: number, bid: number) => ({
    marketId: id,
    at: minute(n),
    ohlcv: {},
    indicators: {},
    tradingVolume: null,
    sentiment: null,
    correlationBtc: null,
    book: {
      at: came,
      asked: 500,
      bids: Array.from({ length: 30 }, (_, i) => ({ price: bid - i * 0.01, size: 2 })),
      asks: [{ price: bid + 1, size: 3 }],
    },
  });

  it('are none where no book is stored', async () => {
    await scene.live.saveSnapshots([{ ...snapshot(scene.ids[0]!, 1, 0, 100), book: null }]);
    expect(await shelfOf(0, 1_000)).to.equal(null);
  });

  it('are those of snapshots by when they came, each once, and those that fills walked, in full', async () => {
    const [first, second] = [scene.ids[0]!, scene.ids[1]!];
    await scene.live.saveSnapshots([
      snapshot(first, 5, at(3, 30), 100),
      snapshot(first, 10, at(3, 30), 100), // the same book again
      snapshot(second, 10, at(4, 59), 200),
    ]);
    const markets = scene.markets;
    const opening = await scene.live.opening(scene, markets);
    const broker = new BookBroker(opening.portfolio, opening.observedAt, () => 1);
    const found = [opportunity(2)];
    await scene.live.saveScan(scene, {
      candles: [],
      source: 'ohlc',
      decisions: [],
      opportunities: found,
    } as never);
    broker.found(found, at(3, 5));
    const deep = Array.from({ length: 60 }, (_, i) => [99 - i * 0.1, 1] as const);
    const book = bookOf(deep, [[101, 1], [101.5, 40], [107, 1]]); // prettier-ignore
    const terms = { risk: risk(), costs: free };
    const events = broker.look(new Map([[0, book]]), at(3, 8), terms);
    const walked = walkedBooks(events, new Map([[0, book]]));
    const next = { version: 1, writer: 'w', settledUntil: minute(4), state: stateOf(broker.portfolio, () => at(3, 8)) };
    await scene.live.savePositions(scene, { events, equity: [], walked, offline: false, next });
    await scene.live.savePositions(scene, { events, equity: [], walked, offline: false, next }); // its answer was lost

    const shelf = (await shelfOf(0, 1_000))!;
    expect(shelf.of(0, minute(3))).to.deep.equal([]); // nothing was fetched
    await shelf.fetch(minute(0), minute(5));
    expect(prices(shelf.of(0, minute(3)))).to.deep.equal([
      ['entry', at(3, 8), 99],
      ['snapshot', at(3, 30), 100],
    ]);
    expect(prices(shelf.of(1, minute(4)))).to.deep.equal([['snapshot', at(4, 59), 200]]);
    expect([shelf.of(1, minute(3)), shelf.of(2, minute(3))]).to.deep.equal([[], []]);
    const [own, kept] = shelf.of(0, minute(3));
    // Bids down to 99 · 0.95 = 94.05 are within reach: 99 … 94.1 are 50; 107 is over 101 · 1.05.
    expect([own!.book.bids.length, own!.book.asks.length, own!.most]).to.deep.equal([50, 2, Infinity]);
    expect([kept!.book.bids.length, kept!.most, kept!.book.asks]).to.deep.equal([
      20,
      20,
      [{ price: 101, size: 3, at: at(3, 30) }],
    ]);
  });

  it('are fetched a stretch at a time, none of outside of the period, and only those of the markets', async () => {
    const shelf = (await shelfOf(4, 5))!;
    const seen: number[][] = [];
    const tapes = (async function* () {
      for (const start of [0, 4, 8]) yield await Promise.resolve({ start: minute(start), minutes: 4 });
    })();
    for await (const tape of withBooks(tapes, shelf))
      seen.push([tape.start, shelf.of(0, minute(3)).length, shelf.of(1, minute(4)).length]);
    expect(seen).to.deep.equal([[minute(0), 0, 0], [minute(4), 0, 1], [minute(8), 0, 0]]); // prettier-ignore
    expect(await shelfOf(0, 4, [scene.ids[1]!])).to.equal(null);
    expect(await shelfOf(0, 5, [scene.ids[1]!])).not.to.equal(null);
  });
});
