import { expect } from 'chai';
import { of, Subject, type Subscription } from 'rxjs';
import { whileStored } from '../../../bin/run/backlog.js';
import { openFacts } from '../../../bin/run/facts.js';
import type { Following } from '../../../bin/run/following.js';
import { openJournal } from '../../../bin/run/journal.js';
import type { RunWorld } from '../../../bin/run/world.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { CandleEvent } from '../../../lib/live/events.js';
import { marketOf } from '../../../lib/market.js';
import { CandleColumns } from '../../../lib/series/candles.js';
import { defaultSettings } from '../../../lib/settings/read.js';
import { tapeOf } from '../../../lib/tape.js';
import { MINUTE_MS } from '../../../lib/units.js';
import type { Scan } from '../../../lib/world/store/live/index.js';
import { scan } from '../../../streams/scan.js';

const MARKETS = 5;
const lanes = Array.from({ length: MARKETS }, (_, market) => market);
const symbols = lanes.map(market => `M${market}/USD`);
/** A minute of all markets, all of it new. */
const tape = (minute: number): CandleEvent => ({
  ...{ kind: 'tape', late: false },
  rows: lanes.map(market => {
    const candles = new CandleColumns(1);
    candles.push(minute * MINUTE_MS, 1, 1, 1, 1, 1);
    return { market, candles, source: 'ohlc' as const };
  }),
  tape: tapeOf(
    lanes.map(market => ({ market, at: minute * MINUTE_MS, open: 1, high: 1, low: 1, close: 1, volume: 1 })),
    MARKETS,
  ),
});
/** Of a minute: 250 for the step and for each candle, 4,000 for each decision. */
const MINUTE_BYTES = 250 + MARKETS * (250 + 4_000);

describe('what waits to be stored', () => {
  let kept: Scan[];
  let back: () => void;
  let journal: ReturnType<typeof openJournal>;
  let event$: Subject<CandleEvent>;
  let subscription: Subscription;

  beforeEach(() => {
    kept = [];
    const away = new Promise<void>(resolve => (back = resolve));
    const world = {
      ...{ role: 'scanner', codeVersion: 'test', run: { id: 1 }, database: { connection: {} }, versionOf: () => 1 },
      settings: () => defaultSettings,
      now: () => Date.UTC(2026, 3, 1),
      log: { info: () => undefined, warn: () => undefined },
      link: { signal: new AbortController().signal, beat: () => undefined },
      live: { saveScan: (_: unknown, found: Scan) => Promise.resolve(kept.push(found)), beat: () => Promise.resolve() },
      stored: (_: string, act: () => Promise<unknown>) => away.then(act),
    } as unknown as RunWorld;
    journal = openJournal(world, openFacts());
    const listings = symbols.map(symbol => ({ market: marketOf(symbol), firstCandleAt: NaN }));
    const undecided = lanes.map(() => 0);
    const following = { symbols, ids: lanes, traded: MARKETS, listings, undecided } as unknown as Following;
    event$ = new Subject();
    const period = { from: 0, to: Infinity };
    subscription = journal
      .keep(scan(event$, { settings$: of(defaultSettings), listings, period }), following)
      .subscribe();
  });
  afterEach(() => subscription.unsubscribe());

  const settled = async () => {
    for (let turns = 0; turns < 2_000 && journal.backlog() > 0; turns++) await new Promise(setImmediate);
  };

  it('is bounded in bytes while the database is away: nothing more is asked for; then all is stored, in order, once', async () => {
    const most = 20 * MINUTE_BYTES;
    const asked: number[] = [];
    let refused = 0;
    const ask = whileStored(
      () => journal.backlog(),
      (minute: number) => (asked.push(minute), of(tape(minute))),
      most,
    );
    /** As who asks for candles does: what was refused is asked for again a minute later, from where it stood. */
    const poll = () => {
      const next = (asked.at(-1) ?? 0) + 1;
      try {
        ask(next).subscribe(event => event$.next(event));
      } catch (error) {
        expect(error).to.be.instanceOf(ExchangeFailure).with.property('next', 'wait');
        refused++;
      }
    };
    for (let minute = 0; minute < 600; minute++) poll();
    expect(journal.backlog()).to.equal(21 * MINUTE_BYTES); // the first that was too much
    expect([asked.length, refused]).to.deep.equal([21, 579]);
    expect(kept).to.deep.equal([]);

    back();
    await settled();
    expect(journal.backlog()).to.equal(0);
    for (let minute = 0; minute < 10; minute++) poll();
    await settled();
    const minutes = kept.flatMap(({ candles }) => candles.map(({ marketId, at }) => [at / MINUTE_MS, marketId]));
    expect(minutes).to.deep.equal(
      Array.from({ length: 31 }, (_, i) => i + 1).flatMap(minute => lanes.map(market => [minute, market])),
    );
  });
  it('is none where the markets change meanwhile: what was not stored of the former ones is asked for again', async () => {
    for (let minute = 1; minute <= 10; minute++) event$.next(tape(minute));
    expect(journal.backlog()).to.equal(10 * MINUTE_BYTES);
    subscription.unsubscribe();
    back();
    await settled();
    expect(journal.backlog()).to.equal(0);
  });
});
