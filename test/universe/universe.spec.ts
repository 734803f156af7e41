import { expect } from 'chai';
import fc from 'fast-check';
import { marketOf } from '../../lib/market.js';
import type { FilteringSettings } from '../../lib/settings/settings.js';
import { RULES } from '../../lib/universe/catalogue.js';
import { Cell, sliceTape, type Candle, type Tape } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { Universe } from '../../lib/universe/universe.js';
import { Verdict } from '../../lib/universe/verdict.js';
import { START } from '../support/broker.js';
import { filtering, REFRESH, unknown } from '../support/filtering.js';

const flat = (n: number, market = 0, price = 100, volume = 1): Candle => ({
  market,
  at: START + n * MINUTE_MS,
  open: price,
  high: price,
  low: price,
  close: price,
  volume,
});
const day = (market = 0, price = 100, volume = 1) =>
  Array.from({ length: 1441 + REFRESH }, (_, n) => flat(n, market, price, volume));
const judge = (tape: Tape, over: Partial<FilteringSettings> = {}, symbols = ['AAA/USD'], firstCandleAt = START) =>
  new Universe(
    symbols.map(symbol => ({ market: marketOf(symbol), firstCandleAt })),
    filtering(over).refreshMs,
    'USD',
  ).advance(tape, filtering(over));
const verdictOf = (code: number): string =>
  code === Verdict.tradable ? 'tradable' : code === Verdict.notJudged ? 'not judged' : RULES[code - Verdict.firstRule]!;
const last = (
  candles: readonly Candle[],
  over: Partial<FilteringSettings> = {},
  symbols = ['AAA/USD'],
  firstCandleAt = START,
) => {
  const tape = tapeOf(candles, symbols.length);
  return verdictOf(judge(tape, over, symbols, firstCandleAt)[tape.minutes - 1]!);
};

describe('universe', () => {
  it('lets a market through that passes every rule', () => expect(last(day())).to.equal('tradable'));

  it('names the first rule that fails', () => {
    expect(last(day(), {}, ['AAA/EUR'])).to.equal('quote_currency');
    expect(last(day(), {}, ['USDT/USD'])).to.equal('base_currency');
    expect(last(day(), { minDailyVolume: 144_000.01 })).to.equal('daily_volume'); // 1,440 · 1 · 100
    expect(last(day(), { minDailyVolume: 144_000 })).to.equal('tradable');
    expect(last(day(), { minHistoryMs: 25 * HOUR_MS })).to.equal('history');
  });

  it('measures volatility as the sample deviation of 1-minute log returns, scaled to a day', () => {
    // log returns alternate between +0.001 and −0.001: deviation 0.001 · √(1440/1439), · √1440 =
    // 3.796 %
    const candles = day().map((_, n) => flat(n, 0, 100 * Math.exp(n % 2 ? 0.001 : 0)));
    const volatility = 0.001 * Math.sqrt(1440 / 1439) * Math.sqrt(1440);
    expect(last(candles, { maxVolatility: volatility + 1e-9 })).to.equal('tradable');
    expect(last(candles, { maxVolatility: volatility - 1e-9 })).to.equal('volatility');
  });

  it('does not know the day of a market with a gap in its last 1,440 minutes', () => {
    const holed = day().filter((_, n) => n !== 700);
    expect(last(holed)).to.equal('daily_volume');
    expect(last(holed, { unknown: { ...unknown('fail'), daily_volume: 'pass' } })).to.equal('volatility');
    expect(last(holed, { unknown: unknown('pass') })).to.equal('tradable');
    expect(last(day().filter((_, n) => n !== 3))).to.equal('tradable'); // minute 3 is 1,453 minutes ago
  });

  it('knows no history at a refresh before the first candle closed', () => {
    // Of an older market: the first refresh is at minute 15, where the young one's first candle
    // opens.
    const candles = [
      ...Array.from({ length: 3 * REFRESH }, (_, n) => flat(n)),
      ...Array.from({ length: 2 * REFRESH }, (_, n) => flat(REFRESH + n, 1)),
    ];
    const universe = (history: 'pass' | 'fail') => {
      const settings = filtering({ minHistoryMs: HOUR_MS, unknown: { ...unknown('pass'), history } });
      const listings = [
        { market: marketOf('AAA/USD'), firstCandleAt: START - 48 * HOUR_MS },
        { market: marketOf('BBB/USD'), firstCandleAt: START + REFRESH * MINUTE_MS },
      ];
      return new Universe(listings, settings.refreshMs, 'USD').advance(tapeOf(candles, 2), settings);
    };
    const young = (n: number) => 3 * REFRESH + n;
    expect(verdictOf(universe('pass')[young(REFRESH)]!)).to.equal('tradable');
    expect(verdictOf(universe('fail')[young(REFRESH)]!)).to.equal('history');
    // At the next refresh it is known: 15 minutes of 60.
    expect(verdictOf(universe('pass')[young(2 * REFRESH)]!)).to.equal('history');
  });

  describe('how whole the last day is', () => {
    const over = {
      minCoverage: 0.95,
      unknown: { ...unknown('fail'), daily_volume: 'pass', volatility: 'pass' },
    } as const;
    // The last refresh is after minute 1,454: its day begins with minute 15.
    const without = (from: number, count: number, first = 0) =>
      day().filter((_, n) => n >= first && (n < from || n >= from + count));

    it('has to be as much as data.min_coverage says', () => {
      expect(last(without(700, 72), over)).to.equal('tradable'); // (1,440 − 72) / 1,440 = 0.95
      expect(last(without(700, 73), over)).to.equal('coverage');
      expect(last(without(700, 73), { ...over, minCoverage: 0.94 })).to.equal('tradable'); // 0.9493
      expect(last(without(3, 12 + 72), over)).to.equal('tradable'); // before the first known minute of the day nothing counts
    });

    it('is spoilt by suspect minutes, not by quiet ones', () => {
      const marked = (count: number, cell: number) =>
        day().map((each, n) => (n >= 700 && n < 700 + count ? { ...each, volume: 0, cell } : each));
      expect(last(marked(72, Cell.suspect), over)).to.equal('tradable');
      expect(last(marked(73, Cell.suspect), over)).to.equal('coverage');
      expect(last(marked(500, Cell.quiet), over)).to.equal('tradable');
    });

    it('counts from the first minute of a young market on, and is unknown until that is 360 minutes old', () => {
      const young = { ...over, unknown: unknown('pass') };
      expect(last(without(1_200, 22, 1_000), over)).to.equal('tradable'); // (455 − 22) / 455 = 0.9516
      expect(last(without(1_200, 23, 1_000), over)).to.equal('coverage'); // (455 − 23) / 455 = 0.9495
      expect(last(without(0, 0, 1_095), over)).to.equal('tradable'); // 1,455 − 1,095 = 360
      expect(last(without(0, 0, 1_096), over)).to.equal('coverage');
      expect(last(without(0, 0, 1_096), young)).to.equal('tradable');
      expect(last(without(1_200, 200, 1_000), young)).to.equal('coverage'); // known: 255 of 455
    });
  });

  it('judges a candle that closes at a refresh by that refresh, with the candle in it, and the next ones until the next', () => {
    const tape = tapeOf(day(), 1);
    const verdicts = [...judge(tape)].map(verdictOf);
    // START is midnight: refreshes when minutes 14, 29, … close; volatility is known once 1,441
    // candles are: at minute 1,454
    expect(verdicts.slice(0, 14)).to.deep.equal(Array(14).fill('not judged'));
    expect(verdicts[14]).to.equal('daily_volume');
    expect(verdicts[1438]).to.equal('daily_volume');
    expect(verdicts[1439]).to.equal('volatility'); // 1,440 candles, 1,439 returns
    expect(verdicts[1453]).to.equal('volatility');
    expect(verdicts[1454]).to.equal('tradable');
  });

  it('converts volume in another currency at its last known price, and knows none without one', () => {
    const both = [...day(0, 50_000), ...day(1, 0.05)];
    const symbols = ['BTC/USD', 'ETH/BTC'];
    const ethOf = (candles: readonly Candle[], minDailyVolume: number) => {
      const tape = tapeOf(candles, 2);
      return verdictOf(judge(tape, { minDailyVolume }, symbols)[2 * tape.minutes - 1]!);
    };
    expect(ethOf(both, 1440 * 0.05 * 50_000 - 1)).to.equal('tradable');
    expect(ethOf(both, 1440 * 0.05 * 50_000 + 1)).to.equal('daily_volume');
    expect(ethOf(day(1, 0.05), 0)).to.equal('quote_currency');
  });

  it('gives the same verdicts however the tape is cut, and whenever the series began', () => {
    const candles = fc.array(
      fc.record({
        skip: fc.integer({ min: 1, max: 20 }),
        close: fc.double({ min: 90, max: 110, noNaN: true }),
        volume: fc.double({ min: 0, max: 9, noNaN: true }),
      }),
      { minLength: 300, maxLength: 500 },
    );
    fc.assert(
      fc.property(
        candles,
        fc.integer({ min: 1, max: 700 }),
        fc.double({ min: 0.2, max: 0.5 }),
        (rows, cut, minCoverage) => {
          const over = { maxVolatility: 3, minCoverage, unknown: unknown('pass') };
          let n = 0;
          const tape = tapeOf(
            rows.map(row => flat((n += row.skip > 18 ? row.skip : 1), 0, row.close, row.volume)),
            1,
          );
          const whole = judge(tape, over);
          const universe = new Universe(
            [{ market: marketOf('AAA/USD'), firstCandleAt: START }],
            REFRESH * MINUTE_MS,
            'USD',
          );
          const parts: number[] = [];
          for (let at = 0; at < tape.minutes; at += cut)
            parts.push(...universe.advance(sliceTape(tape, at, Math.min(tape.minutes, at + cut)), filtering(over)));
          // a minute that may still come has no verdict
          const known = (codes: Iterable<number>) =>
            [...codes].map((code, i) => (tape.cell[i] === Cell.absent ? '' : code));
          expect(known(parts)).to.deep.equal(known(whole));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('takes quiet candles for known ones', () => {
    const candles = day().map((each, n) => (n % 3 ? each : { ...each, volume: 0, cell: Cell.quiet }));
    expect(last(candles, { minDailyVolume: 1 })).to.equal('tradable');
  });
});
