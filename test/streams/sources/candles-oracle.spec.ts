import { expect } from 'chai';
import fc from 'fast-check';
import { IndicatorSet } from '../../../lib/indicators/set.js';
import type { LiveEvent } from '../../../lib/market-data/events.js';
import type { LaneStart } from '../../../lib/market-data/lanes.js';
import type { StoredMinutes } from '../../../lib/market-data/memory.js';
import { CandleColumns, type Candles } from '../../../lib/market-data/candles.js';
import { EMPTY_SERIES, seriesFrom, type SeriesState } from '../../../lib/market-data/series.js';
import { jumpFilter, NOTHING_JUDGED } from '../../../lib/market-data/jump-filter.js';
import { SuspectFlattener } from '../../../lib/market-data/suspect-flattener.js';
import { Cell, emptyTape } from '../../../lib/tape.js';
import { HOUR_MS, MINUTE_MS } from '../../../lib/units.js';
import { drawsFrom, oracleMarket, randomMinutes, START, type OracleMarket } from '../../market-data/oracle-market.js';
import { played, RULES } from '../../market-data/played.js';
import { settingsOf } from '../../support/settings.js';
import { casesOf } from '../../support/runs.js';

const COLUMNS = ['open', 'high', 'low', 'close', 'volume', 'vwap', 'trades', 'quiet', 'suspect'] as const;
const copyRow = (from: Candles, i: number, to: CandleColumns): void => {
  const row = to.push(from.at[i]!, 0, 0, 0, 0, 0);
  for (const name of COLUMNS) to[name][row] = from[name][i]!;
};

type Event = LiveEvent;
const minute = (n: number) => START + n * MINUTE_MS;

/**
 * What came of one market: first as it was given out, then as it is stored in the end, with the
 * source of each minute.
 */
const historyOf = (events: readonly Event[], market: number) => {
  const first = new CandleColumns(16);
  const final = new Map<number, { readonly rows: Candles; readonly i: number; readonly source: string }>();
  const gaps: { from: number; to: number }[] = [];
  const confirmed = new Set<number>();
  for (const event of events) {
    if (event.kind === 'gap' && event.market === market) gaps.push(event);
    if (event.kind === 'revised' && event.market === market)
      for (let i = 0; i < event.candles.length; i++) {
        const at = event.candles.at[i]!;
        const isKnown = final.has(at) || gaps.some(({ from, to }) => at >= from && at < to);
        expect(isKnown, 'only what came, or was given up, is revised').to.equal(true);
        final.set(at, { rows: event.candles, i, source: event.source });
      }
    if (event.kind === 'confirmed' && event.market === market)
      for (let at = event.from; at < event.to; at += MINUTE_MS) {
        expect(final.has(at), 'what is confirmed is stored').to.equal(true);
        confirmed.add(at);
      }
    if (event.kind !== 'tape') continue;
    for (const { candles: c, source } of event.rows.filter(rows => rows.market === market))
      for (let i = 0; i < c.length; i++) {
        const at = c.at[i]!;
        expect(final.has(at), 'each minute comes once').to.equal(false);
        const before = first.length > 0 ? first.at[first.length - 1]! : Number.NaN;
        if (at !== before + MINUTE_MS && first.length > 0)
          expect(gaps.at(-1), 'what is left out is a gap').to.include({ from: before + MINUTE_MS, to: at });
        copyRow(c, i, first);
        final.set(at, { rows: c, i, source });
      }
  }
  return { first, final, gaps, confirmed };
};
type History = ReturnType<typeof historyOf>;

/** What is stored of the market, for another start. */
const storedOf = ({ final }: History): StoredMinutes => {
  const candles = new CandleColumns(final.size);
  const given = new Set<number>();
  for (const [at, { rows, i, source }] of [...final].sort(([a], [b]) => a - b)) {
    copyRow(rows, i, candles);
    if (source === 'ohlc') given.add(at);
  }
  return { candles, before: EMPTY_SERIES, given };
};

const NOTHING_STORED: LaneStart = { series: EMPTY_SERIES, from: START };

/** Where candles leave their series. */
const seriesAfter = (candles: Candles): SeriesState => {
  if (candles.length === 0) return EMPTY_SERIES;
  const judge = jumpFilter(NOTHING_JUDGED, RULES.maxJump);
  for (let i = 0; i < candles.length; i++) if (!candles.quiet[i]) judge.isSuspect(candles.close[i]!);
  const { good, pending } = judge;
  const last = candles.length - 1;
  const flat = candles.suspect.subarray(0, last + 1).lastIndexOf(0);
  return { at: candles.at[last]!, close: candles.close[flat < 0 ? last : flat]!, good, pending };
};

/** Where a market stands for a start that reads what is stored. */
const startOf = (history: History): LaneStart => {
  const stored = storedOf(history);
  return { series: seriesAfter(stored.candles), from: START, stored };
};

/** The market as it would be stored by somebody who had waited until everything had settled. */
const settledSeries = (market: OracleMarket, to: number): CandleColumns => {
  const rows = new CandleColumns(16);
  market.settled(to).forEach(({ open, high, low, close, volume }, n) => {
    const row = rows.push(minute(n), open, high, low, close, volume, volume === 0 ? 0 : 4);
    rows.quiet[row] = volume === 0 ? 1 : 0;
  });
  const out = new CandleColumns(rows.length);
  const series = seriesFrom(EMPTY_SERIES, { maxQuietMinutes: 0, maxJump: RULES.maxJump }, out);
  for (let i = 0; i < rows.length; i++) series.add(rows, i);
  return out;
};

/**
 * Every minute that is older than two hours is stored as it has settled, its flags and flat prices
 * too, and is confirmed.
 */
const checkSettled = (market: OracleMarket, { final, gaps, confirmed }: History, to: number) => {
  const truth = settledSeries(market, to);
  const isGap = (at: number) => gaps.some(gap => at >= gap.from && at < gap.to);
  // A gap that was never reported leaves its surroundings unchanged.
  const isWhole = gaps.length === 0 || [...Array(truth.length).keys()].every(n => final.has(minute(n)));
  for (let n = 0; minute(n) + MINUTE_MS <= to - 2 * HOUR_MS - 10 * MINUTE_MS; n++) {
    const found = final.get(minute(n));
    if (!found) {
      expect(isGap(minute(n)), `minute ${n} is there`).to.equal(true);
      continue;
    }
    if (!isWhole) continue;
    for (const name of ['open', 'high', 'low', 'close', 'quiet', 'suspect'] as const)
      expect(found.rows[name][found.i], `${name} of minute ${n}`).to.equal(truth[name][n]);
    expect(found.rows.volume[found.i]).to.be.closeTo(truth.volume[n]!, 1e-8);
    if (found.source === 'ohlc') expect(confirmed.has(minute(n)), `minute ${n} is confirmed`).to.equal(true);
  }
};

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
    const { rows, i } = found;
    expect(rows.quiet[i], `minute ${n}`).to.equal(truth.volume === 0 ? 1 : 0);
    expect(rows.volume[i]).to.be.closeTo(truth.volume, 1e-8);
    if (truth.volume > 0) expect(rows.close[i]).to.equal(truth.close);
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
    const flat = new SuspectFlattener(Number.NaN, Number.NaN);
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
          markets,
          random,
          silent,
          perMinute,
          to,
          from: minute(2) + 17_000,
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
      { numRuns: casesOf(12) },
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
          markets: [market],
          random,
          to,
          from: minute(1),
          starts: [NOTHING_STORED],
          rules: { ...RULES, timeoutMs: 4 * MINUTE_MS },
        });
        const history = historyOf(events, 0);
        checkComplete(market, history, to - 20 * MINUTE_MS);
        for (const { from: begin, to: end } of history.gaps) {
          const onPages = minutes.slice((begin - START) / MINUTE_MS, (end - START) / MINUTE_MS + 30);
          expect(onPages.some(({ isLost }) => isLost)).to.equal(true);
        }
        checkCut(events, [history], 160);
      }),
      { numRuns: casesOf(8) },
    );
  });

  it('are complete after an outage of thirteen hours, from trades where candles no longer reach', () => {
    const random = drawsFrom(5);
    const outages = [{ from: 30, minutes: 780 }];
    const markets = [0, 1].map(() =>
      oracleMarket({
        minutes: randomMinutes(1_000, random, { late: 0.05, wrong: 0.1, bad: 0.01, lost: 0, slow: 0.1 }),
        outages,
        quietRows: 'absent',
        random,
      }),
    );
    const to = minute(990);
    const { events } = played({ markets, random, to, from: minute(2), starts: markets.map(() => NOTHING_STORED) });
    const histories = markets.map((_, market) => historyOf(events, market));
    histories.forEach((history, market) => {
      expect(history.gaps).to.deep.equal([]);
      checkSettled(markets[market]!, history, to);
      expect([...history.final.values()].filter(({ source }) => source === 'trades').length).to.be.within(170, 230);
    });
    checkCut(events, histories, 1_000);
  });

  it('are stored as they settle, and confirmed, whatever was wrong or vanished for up to an hour, through a restart too', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 20, max: 300 }), fc.integer({ min: 0, max: 60 }), (world, stop, away) => {
        const random = drawsFrom(world.seed);
        const { quietRows, silent } = world;
        const markets = [0, 1].map(() => {
          const minutes = randomMinutes(430, random, { late: 0.05, wrong: 0.1, bad: 0.02, lost: 0.02, slow: 0.1 });
          return oracleMarket({ minutes, outages: world.outages, quietRows, random });
        });
        const play = { markets, random, silent };
        const before = played({
          ...play,
          from: minute(1),
          to: minute(stop),
          starts: markets.map(() => NOTHING_STORED),
        });
        const starts = markets.map((_, market) => startOf(historyOf(before.events, market)));
        const to = minute(420);
        const after = played({ ...play, from: minute(stop + away), to, starts });
        markets.forEach((market, i) => checkSettled(market, historyOf([...before.events, ...after.events], i), to));
      }),
      { numRuns: casesOf(7) },
    );
  });

  it('go on after a restart where they stopped', () => {
    fc.assert(
      fc.property(worlds, fc.integer({ min: 20, max: 120 }), fc.integer({ min: 0, max: 60 }), (world, stop, away) => {
        const random = drawsFrom(world.seed);
        const minutes = randomMinutes(280, random, { late: 0.05, wrong: 0.1, bad: 0.02, lost: 0 });
        const market = oracleMarket({ minutes, outages: world.outages, quietRows: world.quietRows, random });
        const before = played({
          markets: [market],
          random,
          from: minute(1),
          to: minute(stop),
          starts: [NOTHING_STORED],
        });
        const stored = historyOf(before.events, 0);
        const to = minute(270);
        const after = played({
          markets: [market],
          random,
          from: minute(stop + away),
          to,
          starts: [{ ...startOf(stored), series: seriesAfter(stored.first) }], // as it was given out
        });
        const events = [...before.events, ...after.events];
        const history = historyOf(events, 0);
        expect(history.gaps).to.deep.equal([]);
        checkComplete(market, history, to - 30 * MINUTE_MS);
        checkSeries(history);
        checkCut(events, [history], 280);
      }),
      { numRuns: casesOf(7) },
    );
  });
});
