import { expect } from 'chai';
import fc from 'fast-check';
import tulind from 'tulind';
import { RequestError, type IndicatorRequest } from '../../lib/indicators/request.js';
import { requestableIndicators, resolveRequest } from '../../lib/indicators/resolve.js';
import { IndicatorSet } from '../../lib/indicators/set.js';
import { Cell, sliceTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { CHARACTERS, generated, PERIODS, START } from './series.js';

const DAY = 1440;
const tape = generated(CHARACTERS['ordinary']!, 3 * DAY + 100, 5, START + 500 * MINUTE_MS);
const resolved = (request: Partial<IndicatorRequest> & { readonly indicator: string }) =>
  resolveRequest({ timeframe: 1, options: {}, ...request }, tulind.indicators);
/** The column of a request over a tape, cut at these minutes. */
const columnOf = (
  request: Partial<IndicatorRequest> & { readonly indicator: string },
  of: Tape = tape,
  cuts: readonly number[] = [],
) => {
  const { key, columns } = resolved(request);
  const set = new IndicatorSet(PERIODS, 1, undefined, [columns]);
  const edges = [0, ...cuts, of.minutes];
  return edges.slice(1).flatMap((to, n) => [...set.advance(sliceTape(of, edges[n]!, to)).columns.get(key)!]);
};
const reference = async (name: string, inputs: readonly (readonly number[])[], options: readonly number[]) => {
  const [values] = await tulind.indicators[name]!.indicator(inputs, options);
  return [...new Array<number>(inputs[0]!.length - values!.length).fill(NaN), ...values!];
};
/** Values of whole candles of a higher timeframe, from the minute on in which each closes. */
const spread = (values: readonly number[], minutes: number, first: number): number[] =>
  Array.from({ length: tape.minutes }, (_, row) => values[Math.floor((row - first + 1) / minutes) - 1] ?? NaN);
const same = (found: readonly number[], expected: readonly number[], within = 1e-9) => {
  expect(found).to.have.length(expected.length);
  found.forEach((value, row) => {
    if (Number.isNaN(expected[row]!)) expect(value, `row ${row}`).to.satisfy(Number.isNaN);
    else expect(value, `row ${row}`).to.be.closeTo(expected[row]!, within * Math.abs(expected[row]!) + 1e-12);
  });
};

describe('a requested indicator', () => {
  it('is named after what was requested', () => {
    expect(resolved({ indicator: 'rsi', options: { period: 21 } }).key).to.equal('rsi_21');
    expect(resolved({ indicator: 'rsi', timeframe: 15, input: 'high' }).key).to.equal('15m.rsi_14_high');
    expect(resolved({ indicator: 'macd', output: 'macd_histogram' }).key).to.equal('macd_histogram_12_26_9');
    expect(resolved({ indicator: 'bb', options: { deviations: 2.5 }, output: 'bb_upper' }).key).to.equal(
      'bb_upper_20_2p5',
    );
    expect(resolved({ indicator: 'adx', timeframe: 5, output: 'plus_di' }).key).to.equal('5m.plus_di_14');
    expect(resolved({ indicator: 'max', options: { period: 30 }, input: 'high' }).key).to.equal('max_30_high');
    const stoch = { k_period: 14, k_slowing_period: 3, d_period: 3 };
    expect(resolved({ indicator: 'stoch', options: stoch, output: 'stoch_d' }).key).to.equal('stoch_d_14_3_3');
  });

  it('is named by the meaning of its options, not by the order in which they are given', () => {
    const stoch = (options: Record<string, number>) => resolved({ indicator: 'stoch', options }).key;
    expect(stoch({ k_period: 14, k_slowing_period: 3, d_period: 5 })).to.equal('stoch_k_14_3_5');
    expect(stoch({ d_period: 5, k_slowing_period: 3, k_period: 14 })).to.equal('stoch_k_14_3_5');
    expect(stoch({ d_period: 14, k_slowing_period: 3, k_period: 5 })).to.equal('stoch_k_5_3_14');
  });

  it('of our own has the values of that indicator with those periods, on any timeframe and input', async () => {
    const [open, high, low, close, volume] = [tape.open, tape.high, tape.low, tape.close, tape.volume].map(column => [
      ...column,
    ]);
    same(columnOf({ indicator: 'rsi', options: { period: 21 } }), await reference('rsi', [close!], [21]));
    same(columnOf({ indicator: 'rsi', input: 'high' }), await reference('rsi', [high!], [14]));
    same(columnOf({ indicator: 'volume_sma', options: { period: 30 } }), await reference('sma', [volume!], [30]), 1e-6);

    const minutes = 10;
    const first = (minutes - ((START / MINUTE_MS + 500) % minutes)) % minutes;
    const candles = Array.from({ length: Math.floor((tape.minutes - first) / minutes) }, (_, n) => {
      const [from, to] = [first + n * minutes, first + (n + 1) * minutes];
      return {
        open: open![from]!,
        high: Math.max(...high!.slice(from, to)),
        low: Math.min(...low!.slice(from, to)),
        close: close![to - 1]!,
        volume: volume!.slice(from, to).reduce((sum, value) => sum + value, 0),
      };
    });
    const [highs, lows, closes] = (['high', 'low', 'close'] as const).map(name => candles.map(candle => candle[name]));
    const atr = await reference('atr', [highs!, lows!, closes!], [7]);
    same(columnOf({ indicator: 'atr', timeframe: 10, options: { period: 7 } }), spread(atr, minutes, first));
    const mean = await reference('sma', [candles.map(candle => candle.volume)], [4]);
    same(
      columnOf({ indicator: 'volume_sma', timeframe: 10, options: { period: 4 } }),
      spread(mean, minutes, first),
      1e-6,
    );
    const day = (candle: number) => Math.floor((START / MINUTE_MS + 500 + first + candle * minutes) / DAY);
    const sums = { turnover: 0, traded: 0 };
    const daily = candles.map(({ high: top, low: bottom, close: last, volume: traded }, n) => {
      if (n === 0 || day(n) !== day(n - 1)) sums.turnover = sums.traded = 0;
      sums.turnover += ((top + bottom + last) / 3) * traded;
      sums.traded += traded;
      return day(n) === day(0) ? NaN : sums.turnover / sums.traded;
    });
    same(columnOf({ indicator: 'vwap', timeframe: 10 }), spread(daily, minutes, first));
    const power = await reference('bop', [candles.map(candle => candle.open), highs!, lows!, closes!], []);
    same(columnOf({ indicator: 'bop', timeframe: 10 }), spread(power, minutes, first));
  });

  it('of tulind has its values, whatever the tapes, to the last bit', async () => {
    const [high, low, close] = [tape.high, tape.low, tape.close].map(column => [...column]);
    same(columnOf({ indicator: 'max', options: { period: 30 }, input: 'high' }), await reference('max', [high!], [30]));
    const kama = columnOf({ indicator: 'kama', options: { period: 14 } });
    const expected = await reference('kama', [close!], [14]);
    same(kama, expected); // it has forgotten what lies more than 720 candles before the day
    same(
      columnOf({ indicator: 'willr', options: { period: 14 } }),
      await reference('willr', [high!, low!, close!], [14]),
    );
    for (const request of [
      { indicator: 'kama', options: { period: 14 } },
      { indicator: 'stochrsi', options: { period: 10 }, timeframe: 5 },
      { indicator: 'mfi', options: { period: 10 }, timeframe: 3 },
    ])
      fc.assert(
        fc.property(fc.uniqueArray(fc.integer({ min: 1, max: tape.minutes - 1 }), { maxLength: 8 }), cuts => {
          cuts.sort((a, b) => a - b);
          expect(columnOf(request, tape, cuts)).to.deep.equal(columnOf(request));
        }),
        { numRuns: 5 },
      );
  });

  it('of tulind is that of the candles from max(720, 25 · longest option) before its day on', async () => {
    const close = [...tape.close];
    const midnight = (row: number) => row - ((START / MINUTE_MS + 500 + row) % DAY);
    for (const [period, back] of [
      [9, 720],
      [40, 1000],
    ] as const) {
      const values = columnOf({ indicator: 'ema', options: { period } });
      for (const row of [period, 939, 940, 2379, 2380, 3000, 4000, tape.minutes - 1]) {
        const known = close.slice(Math.max(0, midnight(row) - back), row + 1);
        expect(values[row], `row ${row}`).to.equal((await reference('ema', [known], [period])).at(-1));
      }
    }
  });

  it('needs as many candles as its window has, or ten times its longest option', () => {
    const candles = (indicator: string, options: Readonly<Record<string, number>> = {}) =>
      resolved({ indicator, options }).candles;
    expect(candles('sma', { period: 30 })).to.equal(30);
    expect(candles('max', { period: 30 })).to.equal(30);
    expect(candles('mom', { period: 30 })).to.equal(31);
    expect(candles('roc', { period: 30 })).to.equal(31);
    expect(candles('volume_sma', { period: 30 })).to.equal(30);
    expect(candles('bb', { period: 30 })).to.equal(30);
    expect(candles('ema', { period: 30 })).to.equal(300);
    expect(candles('rsi', { period: 30 })).to.equal(300);
    expect(candles('macd', { slow: 40 })).to.equal(400);
    expect(candles('adx', { period: 30 })).to.equal(600);
    expect(candles('stochrsi', { period: 30 })).to.equal(600);
    expect(candles('decay', { period: 30 })).to.equal(300);
    expect(candles('obv')).to.equal(721);
    expect(candles('vwap')).to.equal(1);
  });

  it('hardly depends on where the series began, once it has the candles that it needs', () => {
    const market = generated(CHARACTERS['ordinary']!, 2 * DAY, 5, START);
    const options = (name: string, keys: readonly string[]) => {
      if (name === 'psar') return { acceleration_factor_step: 0.02, acceleration_factor_maximum: 0.2 };
      const other: Readonly<Record<string, number>> = { alpha: 0.2, stddev: 2, deviations: 2 };
      return Object.fromEntries(keys.map((key, n) => [key, other[key] ?? 10 + 4 * n]));
    };
    for (const { name, options: all } of requestableIndicators(tulind.indicators)) {
      if (name === 'vwap') continue; // of the day, unknown before midnight
      const { key, columns, candles } = resolved({ indicator: name, options: options(name, Object.keys(all)) });
      const { keys, make } = columns.group;
      const valuesFrom = (from: number, to: number) => {
        const out = keys.map(() => new Float64Array(market.minutes));
        make().advance(market, from, to, out, 0, START / MINUTE_MS + from);
        return out[keys.indexOf(key)]!;
      };
      const whole = valuesFrom(0, market.minutes);
      const size = Math.max(...whole.filter(Number.isFinite).map(Math.abs));
      for (const from of [100, 777, 1440, 1999]) {
        const last = from + candles + 20;
        const later = valuesFrom(from, last);
        for (let row = from + candles - 1; row < last; row++) {
          const place = `${name} from ${from} on at ${row}`;
          if (Number.isNaN(whole[row])) expect(later[row], place).to.satisfy(Number.isNaN);
          else expect(later[row], place).to.be.closeTo(whole[row]!, 1e-4 * size);
        }
      }
    }
  });

  it('is unknown where its value is not finite', () => {
    const silent = sliceTape(tape, 0, 600);
    silent.volume.fill(0, 0, 300);
    const values = columnOf({ indicator: 'marketfi' }, silent); // (high − low) / volume
    expect(values.slice(0, 300)).to.satisfy((rest: number[]) => rest.every(Number.isNaN));
    expect(values.slice(300)).to.satisfy((rest: number[]) => rest.some(value => value > 0));
  });

  it('starts again after a gap and never sees it', () => {
    const broken = sliceTape(tape, 0, tape.minutes);
    broken.cell[2000] = Cell.absent;
    broken.close[2000] = NaN;
    for (const indicator of ['ema', 'sma', 'dema']) {
      const request = { indicator, options: { period: 9 } };
      const values = columnOf(request, broken);
      expect(values[2000]).to.satisfy(Number.isNaN);
      expect(values.slice(2020)).to.satisfy((rest: number[]) => rest.every(Number.isFinite));
      expect(values.slice(2001)).to.deep.equal(columnOf(request, sliceTape(broken, 2001, broken.minutes)));
    }
  });

  it('that equals a column of the settings, or another request, is computed once', () => {
    const requests = [
      resolved({ indicator: 'rsi', options: { period: PERIODS.rsi.period } }),
      resolved({ indicator: 'ema', options: { period: 9 } }),
      resolved({ indicator: 'ema', options: { period: 9 } }),
      resolved({ indicator: 'adx', timeframe: 5, options: { period: PERIODS.adx.period }, output: 'plus_di' }),
    ];
    const alone = [...new IndicatorSet(PERIODS, 1).advance(tape).columns];
    const together = new IndicatorSet(
      PERIODS,
      1,
      undefined,
      requests.map(({ columns }) => columns),
    ).advance(tape).columns;
    const further = [...together.keys()].filter(key => !alone.some(([name]) => name === key));
    expect(further.sort()).to.deep.equal([
      `5m.minus_di_${PERIODS.adx.period}`,
      `5m.plus_di_${PERIODS.adx.period}`,
      'ema_9',
    ]);
    for (const [key, column] of alone) expect([...together.get(key)!], key).to.deep.equal([...column]);
  });

  const refusals: readonly [Parameters<typeof resolved>[0], RegExp][] = [
    [{ indicator: 'rsii' }, /^no indicator "rsii": "bot strategy indicators" lists all$/],
    [{ indicator: 'obvx' }, /^no indicator "obvx"/],
    [
      { indicator: 'ad' },
      /^indicator ad sums from the start of the series, so its value depends on when the bot was started: request adosc/,
    ],
    [{ indicator: 'nvi' }, /^indicator nvi sums from .*: compute it over a fixed window with own\(\{ … \}\)$/],
    [
      { indicator: 'crossover' },
      /^indicator crossover reads two columns, and a request names one: use the condition crossesAbove\(value, other\)$/,
    ],
    [{ indicator: 'add' }, /^indicator add reads two columns, and a request names one: use value\.plus\(other\)$/],
    [{ indicator: 'sin' }, /^sin is arithmetic on one number and no indicator: calculate it in decide, or in the step/],
    [{ indicator: 'toString' }, /^no indicator "toString"/],
    [{ indicator: 'rsi', options: { periode: 14 } }, /^indicator rsi has no option "periode": expected period$/],
    [{ indicator: 'rsi', options: { period: 1 } }, /^period of rsi is 1: expected a whole number from 2 to 500$/],
    [{ indicator: 'ema' }, /^indicator ema is missing option "period": expected period$/],
    [{ indicator: 'ema', options: { period: 0.5 } }, /^period of ema is 0.5: expected a whole number from 1 to 1440$/],
    [{ indicator: 'atr', input: 'high' }, /^indicator atr reads several columns of the candle: it has no input$/],
    [
      { indicator: 'cci', options: { period: 9 }, input: 'high' },
      /^indicator cci reads high, low, close: it has no input$/,
    ],
    [{ indicator: 'macd', output: 'line' }, /^indicator macd has no output "line": expected macd, macd_signal, /],
    [{ indicator: 'rsi', timeframe: 7 }, /^timeframe of rsi is 7: expected a whole number of minutes from 1 to 60 /],
    [
      { indicator: 'rsi', timeframe: 60, options: { period: 30 } },
      /^indicator rsi needs 300 candles of 60 min: expected at most 180, as a series starts 10800 minutes early$/,
    ],
    [
      { indicator: 'vidya', options: { short_period: 20, long_period: 10, alpha: 0.2 } },
      /^indicator vidya refuses short_period 20, long_period 10, alpha 0.2$/,
    ],
  ];
  for (const [request, message] of refusals)
    it(`is refused in a sentence: ${JSON.stringify(request)}`, () => {
      expect(() => resolved(request)).to.throw(RequestError, message);
    });

  it('is any of the listed ones', () => {
    const listed = requestableIndicators(tulind.indicators);
    expect(listed.length).to.be.above(70);
    for (const { name, options } of listed) {
      const given = Object.fromEntries(Object.entries(options).map(([key, value], i) => [key, value ?? 5 + 3 * i]));
      const { alpha } = given;
      const values = columnOf({ indicator: name, options: alpha === undefined ? given : { ...given, alpha: 0.2 } });
      expect(values.slice(-100), name).to.satisfy((rest: number[]) => rest.some(Number.isFinite));
    }
  });
});
