import { expect } from 'chai';
import fc from 'fast-check';
import { IndicatorSet } from '../../../lib/indicators/set.js';
import type { LiveEvent } from '../../../lib/live/events.js';
import { LOOK_BACK_MS } from '../../../lib/live/lane.js';
import { seenIn } from '../../../lib/live/seen.js';
import { CandleColumns, sliceCandles } from '../../../lib/series/candles.js';
import { EMPTY_SERIES, seriesFrom } from '../../../lib/series/series.js';
import { judgeFrom, NOTHING_JUDGED } from '../../../lib/series/judge.js';
import { FlatLane } from '../../../lib/live/flat.js';
import { Cell, emptyTape } from '../../../lib/tape.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { drawsFrom, oracleMarket, randomMinutes, START, type OracleMarket } from '../../live/oracle-market.js';
import { played, RULES } from '../../live/played.js';
import { settingsOf } from '../../support/settings.js';

type Event = LiveEvent;
const minute = (n: number) => START + n * MINUTE_MS;

const COLUMNS = ['open', 'high', 'low', 'close', 'volume', 'vwap', 'trades', 'quiet', 'suspect'] as const;

/** The last hour of what came of the market, as it is stored: revised, with the good close before each row. */
const seenOf = (events: readonly Event[], { first }: History) => {
  const stored = new CandleColumns(first.length);
  for (let i = 0; i < first.length; i++) stored.push(first.at[i]!, 0, 0, 0, 0, 0);
  for (const name of COLUMNS) stored[name].set(first[name].subarray(0, first.length));
  const given = new Set<number>();
  for (const event of events) {
    if (event.kind === 'tape')
      for (const { candles, source } of event.rows)
        if (source === 'ohlc') for (let i = 0; i < candles.length; i++) given.add(candles.at[i]!);
    if (event.kind === 'revised')
      for (let i = 0; i < event.candles.length; i++) {
        const row = stored.at.indexOf(event.candles.at[i]!);
        for (const name of COLUMNS) stored[name][row] = event.candles[name][i]!;
        given.add(event.candles.at[i]!);
      }
  }
  const recent = Math.max(0, first.length - LOOK_BACK_MS / MINUTE_MS);
  const before = judgeFrom(NOTHING_JUDGED, RULES.maxJump);
  for (let i = 0; i < recent; i++) if (!stored.quiet[i]) before.isSuspect(stored.close[i]!);
  return seenIn(sliceCandles(stored, recent, stored.length), before, given, RULES.maxJump);
};

/** What came of one market, by minute. */
const historyOf = (events: readonly Event[], market: number) => {
  const first = new CandleColumns(16);
  const final = new Map<number, { close: number; volume: number; quiet: number; source: string }>();
  const gaps: { from: number; to: number }[] = [];
  for (const event of events) {
    if (event.kind === 'gap' && event.market === market) gaps.push(event);
    if (event.kind === 'revised' && event.market === market)
      for (let i = 0; i < event.candles.length; i++) {
        expect(final.has(event.candles.at[i]!), 'only what came is revised').to.equal(true);
        const { close, volume, quiet } = event.candles;
        final.set(event.candles.at[i]!, { close: close[i]!, volume: volume[i]!, quiet: quiet[i]!, source: 'ohlc' });
      }
    if (event.kind !== 'tape') continue;
    for (const { candles: c, source } of event.rows.filter(rows => rows.market === market))
      for (let i = 0; i < c.length; i++) {
        const at = c.at[i]!;
        expect(final.has(at), 'each minute comes once').to.equal(false);
        const before = first.length > 0 ? first.at[first.length - 1]! : Number.NaN;
        if (at !== before + MINUTE_MS && first.length > 0)
          expect(gaps.at(-1), 'what is left out is a gap').to.include({ from: before + MINUTE_MS, to: at });
        const row = first.push(
          at,
          c.open[i]!,
          c.high[i]!,
          c.low[i]!,
          c.close[i]!,
          c.volume[i]!,
          c.trades[i],
          c.vwap[i],
        );
        first.quiet[row] = c.quiet[i]!;
        first.suspect[row] = c.suspect[i]!;
        final.set(at, { close: c.close[i]!, volume: c.volume[i]!, quiet: c.quiet[i]!, source });
      }
  }
  return { first, final, gaps };
};
type History = ReturnType<typeof historyOf>;

/** Every minute of the market is there, settled, but for the gaps. */
const checkComplete = (market: OracleMarket, { final, gaps, first }: History, to: number) => {
  market.settled(to).forEach((truth, n) => {
    const at = minute(n);
    const found = final.get(at);
    if (!found) {
      expect(
        gaps.some(gap => at >= gap.from && at < gap.to),
        `minute ${n} is there`,
      ).to.equal(true);
      return;
    }
    expect(found.quiet, `minute ${n}`).to.equal(truth.volume === 0 ? 1 : 0);
    expect(found.volume).to.be.closeTo(truth.volume, 1e-8);
    if (truth.volume > 0) expect(found.close).to.equal(truth.close);
  });
  expect(first.length).to.be.greaterThan(0);
};

/** The flags and flat prices are those that any portions of the rows would have given. */
const checkSeries = ({ first }: History) => {
  const out = new CandleColumns(first.length);
  const series = seriesFrom(EMPTY_SERIES, { maxQuietMinutes: 0, maxJump: RULES.maxJump }, out);
  for (let i = 0; i < first.length; i++) series.add(first, i);
  for (const name of ['at', 'open', 'close', 'volume', 'quiet', 'suspect'] as const)
    expect([...out[name].subarray(0, out.length)], name).to.deep.equal([...first[name].subarray(0, first.length)]);
};

/** The tapes as they came give the indicators that the whole series as one tape gives. */
const checkCut = (events: readonly Event[], histories: readonly History[], minutes: number) => {
  const { indicators } = settingsOf();
  const whole = emptyTape(START, minutes, histories.length);
  histories.forEach(({ first }, market) => {
    const flat = new FlatLane(Number.NaN, Number.NaN);
    for (let i = 0; i < first.length; i++) flat.put(first, i, whole, market);
  });
  const wanted = new IndicatorSet(indicators, histories.length).advance(whole).columns;
  const set = new IndicatorSet(indicators, histories.length);
  let cells = 0;
  let frontier = -Infinity;
  for (const event of events) {
    if (event.kind !== 'tape') continue;
    const { tape, late } = event;
    expect(late ? tape.start + tape.minutes * MINUTE_MS <= frontier : tape.start >= frontier).to.equal(true);
    frontier = Math.max(frontier, tape.start + tape.minutes * MINUTE_MS);
    const { columns } = set.advance(tape);
    for (let market = 0; market < histories.length; market++)
      for (let i = 0; i < tape.minutes; i++) {
        const from = market * tape.minutes + i;
        if (tape.cell[from] === Cell.absent) continue;
        cells++;
        const to = market * minutes + (tape.start - START) / MINUTE_MS + i;
        expect(tape.close[from]).to.equal(whole.close[to]);
        for (const [key, column] of columns)
          if (!Object.is(column[from], wanted.get(key)![to])) expect(column[from], key).to.equal(wanted.get(key)![to]);
      }
  }
  expect(cells).to.equal(whole.cell.reduce((sum, kind) => sum + (kind === Cell.absent ? 0 : 1), 0));
};

const NOTHING_STORED = { series: EMPTY_SERIES, from: START };
const worlds = fc.record({
  seed: fc.integer(),
  quietRows: fc.constantFrom('zero' as const, 'absent' as const),
  silent: fc.constantFrom(0, 0.02),
  perMinute: fc.constantFrom(1, 2, 40),
  outages: fc.array(fc.record({ from: fc.integer({ min: 0, max: 150 }), minutes: fc.integer({ min: 1, max: 40 }) }), {
    maxLength: 3,
  }),
});

describe('candles of a market that errs', function () {
  this.timeout(120_000);

  it('come once each, in order, complete and as they settle, and cut in any way give the same indicators', () => {
    fc.assert(
      fc.property(worlds, ({ seed, quietRows, silent, perMinute, outages }) => {
        const random = drawsFrom(seed);
        const markets = [0, 1, 2].map(() => {
          const minutes = randomMinutes(240, random, { late: 0.05, wrong: 0.1, bad: 0.02, lost: 0 });
          return oracleMarket({ minutes, outages, quietRows, random });
        });
        const to = minute(230);
        const { events } = played({
          ...{ markets, random, silent, perMinute, to, from: minute(2) + 17_000 },
          starts: markets.map(() => NOTHING_STORED),
        });
        const histories = markets.map((_, market) => historyOf(events, market));
        histories.forEach((history, market) => {
          expect(history.gaps).to.deep.equal([]);
          checkComplete(markets[market]!, history, to - 30 * MINUTE_MS);
          checkSeries(history);
        });
        checkCut(events, histories, 240);
      }),
      { numRuns: 25 },
    );
  });

  it('are only lacking where neither candles nor trades tell', () => {
    fc.assert(
      fc.property(fc.integer(), seed => {
        const random = drawsFrom(seed);
        const minutes = randomMinutes(160, random, { late: 0, wrong: 0, bad: 0.03, lost: 0.5 });
        const market = oracleMarket({ minutes, outages: [], quietRows: 'zero', random });
        const to = minute(155);
        const { events } = played({
          ...{ markets: [market], random, to, from: minute(1), starts: [NOTHING_STORED] },
          rules: { ...RULES, patienceMs: 4 * MINUTE_MS },
        });
        const history = historyOf(events, 0);
        checkComplete(market, history, to - 20 * MINUTE_MS);
        for (const { from: begin, to: end } of history.gaps) {
          const onPages = minutes.slice((begin - START) / MINUTE_MS, (end - START) / MINUTE_MS + 30);
          expect(onPages.some(({ isLost }) => isLost)).to.equal(true);
        }
        checkCut(events, [history], 160);
      }),
      { numRuns: 20 },
    );
  });

  it('are complete after an outage of thirteen hours, from trades where candles no longer reach', () => {
    const random = drawsFrom(5);
    const outages = [{ from: 30, minutes: 780 }];
    const markets = [0, 1].map(() =>
      oracleMarket({
        minutes: randomMinutes(1_000, random, { late: 0.05, wrong: 0.1, bad: 0.01, lost: 0 }),
        ...{ outages, quietRows: 'absent', random },
      }),
    );
    const to = minute(990);
    const { events } = played({ markets, random, to, from: minute(2), starts: markets.map(() => NOTHING_STORED) });
    const histories = markets.map((_, market) => historyOf(events, market));
    histories.forEach((history, market) => {
      expect(history.gaps).to.deep.equal([]);
      checkComplete(markets[market]!, history, to - 15 * MINUTE_MS);
      expect([...history.final.values()].filter(({ source }) => source === 'trades').length).to.be.within(175, 230);
    });
    checkCut(events, histories, 1_000);
  });

  it('go on after a restart where they stopped', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 20, max: 120 }), fc.integer({ min: 0, max: 60 }), (world, stop, away) => {
        const random = drawsFrom(world.seed);
        const minutes = randomMinutes(280, random, { late: 0.05, wrong: 0.1, bad: 0.02, lost: 0 });
        const market = oracleMarket({ minutes, outages: world.outages, quietRows: world.quietRows, random });
        const before = played({
          ...{ markets: [market], random, from: minute(1), to: minute(stop), starts: [NOTHING_STORED] },
        });
        const stored = historyOf(before.events, 0);
        const { first } = stored;
        const seen = seenOf(before.events, stored);
        const judge = judgeFrom(NOTHING_JUDGED, RULES.maxJump);
        for (let i = 0; i < first.length; i++) if (!first.quiet[i]) judge.isSuspect(first.close[i]!);
        const { good, pending } = judge;
        const [at, close] = [first.at[first.length - 1]!, first.close[first.length - 1]!];
        const series = first.length === 0 ? EMPTY_SERIES : { at, close, good, pending };
        const to = minute(270);
        const after = played({
          ...{ markets: [market], random, from: minute(stop + away), to, starts: [{ series, from: START, seen }] },
        });
        const events = [...before.events, ...after.events];
        const history = historyOf(events, 0);
        expect(history.gaps).to.deep.equal([]);
        checkComplete(market, history, to - 30 * MINUTE_MS);
        checkSeries(history);
        checkCut(events, [history], 280);
      }),
      { numRuns: 15 },
    );
  });
});
