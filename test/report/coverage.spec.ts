import { expect } from 'chai';
import { coverageReport, coverageText, sumOf, worstDays, type DayCounts } from '../../lib/report/coverage.js';
import { escapeHtml, heatMap } from '../../lib/report/heat-map.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';

const DAY = Date.UTC(2026, 3, 1);
const day = (n: number, over: Partial<DayCounts> = {}): DayCounts => ({
  symbol: 'BTC/USD',
  day: DAY + n * DAY_MS,
  first: DAY + n * DAY_MS,
  last: DAY + (n + 1) * DAY_MS - MINUTE_MS,
  present: 1_440,
  quiet: 0,
  suspect: 0,
  revised: 0,
  late: 0,
  unconfirmed: 0,
  filled: 0,
  decided: 0,
  lagMedianMs: null,
  lagP99Ms: null,
  isGone: false,
  ...over,
});

describe('coverage', () => {
  it('expects every minute from the first to the last that is stored', () => {
    const counts = [
      day(0, { first: DAY + 23 * HOUR_MS, present: 60, quiet: 5 }),
      day(2, { last: DAY + 2 * DAY_MS + 9 * MINUTE_MS, present: 7, suspect: 1 }),
    ];
    const { days, markets } = coverageReport(['BTC/USD'], counts, {});
    expect(days.map(({ expected, present, gap }) => [expected, present, gap])).to.deep.equal([
      [60, 60, 0], // from 23:00
      [1_440, 0, 1_440], // nothing is stored of it
      [10, 7, 3], // to 00:09, that minute included
    ]);
    expect(markets).to.deep.equal([
      {
        symbol: 'BTC/USD',
        expected: 1_510,
        gap: 1_443,
        damaged: 0,
        present: 67,
        quiet: 5,
        suspect: 1,
        revised: 0,
        late: 0,
        unconfirmed: 0,
        filled: 0,
        decided: 0,
        lagMedianMs: null,
        lagP99Ms: null,
      },
    ]);
  });

  it('says how many of the missing minutes are damaged', () => {
    const damaged = [
      { symbol: 'BTC/USD', day: DAY + DAY_MS, damaged: 3 },
      { symbol: 'BTC/USD', day: DAY + 2 * DAY_MS, damaged: 2 },
      { symbol: 'OLD/USD', day: DAY, damaged: 9 },
    ];
    const counts = [day(0, { isGone: true }), day(1, { present: 1_430 }), day(2, { present: 1_438 })];
    const { days, markets } = coverageReport(['BTC/USD'], counts, {}, damaged);
    expect(days.map(({ gap, damaged: of }) => [gap, of])).to.deep.equal([
      [0, null],
      [10, 3],
      [2, 2],
    ]);
    expect(markets[0]!.damaged).to.equal(5);
  });

  it('tells a day whose minutes are gone as a whole, whatever part of it is asked for', () => {
    const gone = { isGone: true, present: 1_430 };
    const period = { from: DAY + 12 * HOUR_MS, to: DAY + DAY_MS + HOUR_MS };
    const { days } = coverageReport(['BTC/USD'], [day(0, gone), day(1, { present: 60 })], period);
    expect(days.map(({ expected, gap, isGone }) => [expected, gap, isGone])).to.deep.equal([
      [1_440, 10, true], // not the 720 minutes from noon on: which of them were there is not known any more
      [60, 0, false],
    ]);
    // with open ends a gone day still begins where the market did
    const begun = coverageReport(['BTC/USD'], [day(0, { ...gone, first: DAY + HOUR_MS, present: 1_380 })], {});
    expect(begun.days.map(({ expected, gap }) => [expected, gap])).to.deep.equal([[1_380, 0]]);
  });

  it('sums the lag of decisions up as the usual day and the slowest', () => {
    const lag = (n: number, lagMedianMs: number, lagP99Ms: number) => day(n, { decided: 100, lagMedianMs, lagP99Ms });
    const { markets } = coverageReport(
      ['BTC/USD'],
      [lag(0, 500, 900), day(1), lag(2, 900, 5_000), lag(3, 600, 700)],
      {},
    );
    expect(markets[0]).to.include({ decided: 300, lagMedianMs: 600, lagP99Ms: 5_000 });
    const even = coverageReport(['BTC/USD'], [lag(0, 500, 900), lag(1, 900, 950)], {});
    expect(even.markets[0]).to.include({ lagMedianMs: 700, lagP99Ms: 950 }); // (500 + 900) / 2
  });

  it('expects every minute of a period that is asked for, of markets without any as well', () => {
    const period = { from: DAY + 12 * HOUR_MS, to: DAY + DAY_MS + HOUR_MS };
    const { days } = coverageReport(['BTC/USD', 'ETH/USD'], [day(0, { present: 700 })], period);
    expect(days.map(({ symbol, expected, gap }) => [symbol, expected, gap])).to.deep.equal([
      ['BTC/USD', 720, 20],
      ['BTC/USD', 60, 60],
      ['ETH/USD', 720, 720],
      ['ETH/USD', 60, 60],
    ]);
  });

  it('expects nothing where one end is open and nothing is stored', () => {
    expect(coverageReport(['BTC/USD'], [], {})).to.deep.equal({ days: [], markets: [] });
    expect(coverageReport(['BTC/USD'], [], { to: DAY }).days).to.deep.equal([]);
    expect(coverageReport(['BTC/USD'], [], { from: DAY }).days).to.deep.equal([]);
  });

  it('names the worst days first and leaves the whole ones out', () => {
    const counts = [
      day(0),
      day(1, { present: 1_430 }),
      day(2, { suspect: 2 }),
      day(3, { revised: 1 }),
      day(4, { late: 1 }),
      day(5, { present: 1_430, suspect: 1 }),
      day(6, { quiet: 9, filled: 9 }),
    ];
    const { days } = coverageReport(['BTC/USD'], counts, {});
    expect(worstDays(days).map(each => (each.day - DAY) / DAY_MS)).to.deep.equal([5, 1, 2, 3, 4]);
  });

  it('does not know how late minutes came where it is not known of one of them', () => {
    const counts = [day(0, { late: 3 }), day(1, { late: null })];
    const { days, markets } = coverageReport(['BTC/USD'], counts, {});
    expect(days.map(({ late }) => late)).to.deep.equal([3, null]);
    expect(markets[0]!.late).to.equal(null);
    expect(worstDays(days).length).to.equal(1);
  });

  it('adds up what is not confirmed, unknown where it was not kept of a day', () => {
    const of = (...days: readonly DayCounts[]) => coverageReport(['BTC/USD'], days, {}).markets[0]!.unconfirmed;
    expect(of(day(0, { unconfirmed: 3 }), day(1, { unconfirmed: 120 }))).to.equal(123);
    expect(of(day(0, { unconfirmed: 3 }), day(1, { unconfirmed: null }))).to.equal(null);
    // that the last two hours are not confirmed yet is no reason to call a day bad
    expect(worstDays(coverageReport(['BTC/USD'], [day(0, { unconfirmed: 120 })], {}).days)).to.deep.equal([]);
  });

  it('never rounds up to all', () => {
    const covered = { ...sumOf('all', []), expected: 1_000_000, present: 999_999 };
    expect(coverageText(covered)).to.equal('99.99 %');
    expect(coverageText({ ...covered, present: 1_000_000 })).to.equal('100.00 %');
    expect(coverageText(sumOf('all', []))).to.equal('0.00 %');
  });
});

describe('the heat map of coverage', () => {
  it('has a line for each market and a field for each day, shaded by what is missing', () => {
    const counts = [
      day(0),
      day(1, { present: 1_426 }),
      day(2, { present: 1_400 }),
      day(3, { present: 1_000 }),
      day(5, { revised: 1 }),
      day(5, { symbol: 'ETH/USD' }),
    ];
    const html = heatMap(coverageReport(['BTC/USD', 'ETH/USD'], counts, {}), 'Candles');
    const shades = (symbol: string) =>
      [
        ...html
          .split('\n')
          .find(line => line.includes(`>${symbol}</th>`))!
          .matchAll(/<td(?: class="([^"]*)")?/g),
      ].map(([, shade = '']) => shade);
    // missing: 0, 14 of 1,440 (under 1 %), 40 (under 10 %), 440 (under 50 %), all, 0 and revised
    expect(shades('BTC/USD')).to.deep.equal(['whole', 'few', 'some', 'many', 'most', 'whole odd']);
    expect(shades('ETH/USD')).to.deep.equal(['', '', '', '', '', 'whole']);
    expect(html).to.contain('title="BTC/USD 2026-04-02: 1426 of 1440 minutes, 14 missing, 0 quiet,');
    const gone = day(0, { decided: 9, lagMedianMs: 500.4, lagP99Ms: 1_200, isGone: true });
    expect(heatMap(coverageReport(['BTC/USD'], [gone], {}), 'Candles')).to.contain(
      '0 from trades, 0 unconfirmed, 9 decided on, 500 ms after their close (p99 1200 ms); its minutes have left the database"',
    );
  });

  it('holds no script, loads nothing, and escapes what comes from outside', () => {
    const symbol = `<script>alert("1")</script>&'/USD`;
    const html = heatMap(coverageReport([symbol], [day(0, { symbol })], {}), '<b>');
    expect(html).not.to.match(/<script|<b>|https?:|src=|@import|url\(/);
    expect(html).to.contain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;/USD');
    expect(escapeHtml('plain')).to.equal('plain');
  });

  it('says so where nothing is stored', () => {
    expect(heatMap({ days: [], markets: [] }, 'Candles')).to.contain('nothing is stored');
  });
});
