import { expect } from 'chai';
import fc from 'fast-check';
import tulind from 'tulind';
import { indicatorKeys } from '../../lib/indicators/catalogue.js';
import { IndicatorSet } from '../../lib/indicators/set.js';
import { verifyIndicators } from '../../lib/indicators/verify.js';
import type { IndicatorSettings } from '../../lib/settings/settings.js';
import { CHARACTERS, generated, PERIODS } from './series.js';
import { casesOf } from '../support/runs.js';

const MINUTES = 20_000;

const period = fc.oneof(fc.constantFrom(2, 3, 14, 500), fc.integer({ min: 2, max: 500 }));
const anyPeriods: fc.Arbitrary<IndicatorSettings> = fc.record({
  rsi: fc.record({ period }),
  macd: fc.oneof(
    fc.constant({ fast: 12, slow: 26, signal: 9 }),
    fc.record({ fast: fc.constant(12), slow: fc.integer({ min: 13, max: 30 }), signal: period }),
    fc
      .record({ one: period, other: period, signal: period })
      .filter(({ one, other }) => one !== other)
      .map(({ one, other, signal }) => ({ fast: Math.min(one, other), slow: Math.max(one, other), signal })),
  ),
  roc: fc.record({
    periods: fc
      .uniqueArray(fc.integer({ min: 1, max: 1440 }), { minLength: 1, maxLength: 5 })
      .map(periods => periods.sort((a, b) => a - b)),
  }),
  adx: fc.record({ period }),
  atr: fc.record({ period }),
  volume: fc.record({ period }),
  bollinger: fc.record({ period, deviations: fc.double({ min: 0.1, max: 10, noNaN: true }) }),
  timeframes: fc.constantFrom([5, 15], [2, 5, 15], [5, 15, 30], [3, 4, 5, 6, 10, 12, 15, 20]),
});

describe('indicators against tulind', () => {
  it(`give its very values over ${MINUTES} candles of an ordinary market, whatever the periods`, async () => {
    const tape = generated(CHARACTERS['ordinary']!, MINUTES, 7);
    const [high, low, close, volume] = [tape.high, tape.low, tape.close, tape.volume].map(column => [...column]);
    await fc.assert(
      fc.asyncProperty(anyPeriods, async settings => {
        const { rsi, macd, roc, adx, atr, volume: ofVolume, bollinger } = settings;
        const hlc = [high!, low!, close!];
        const asked: [keys: string[], name: string, inputs: number[][], options: number[], factor?: number][] = [
          [[`rsi_${rsi.period}`], 'rsi', [close!], [rsi.period]],
          [['macd', 'macd_signal', 'macd_histogram'], 'macd', [close!], [macd.fast, macd.slow, macd.signal]],
          [[`adx_${adx.period}`], 'adx', hlc, [adx.period]],
          [[`plus_di_${adx.period}`, `minus_di_${adx.period}`], 'di', hlc, [adx.period]],
          [[`volume_sma_${ofVolume.period}`], 'sma', [volume!], [ofVolume.period]],
          [[`volume_roc_${ofVolume.period}`], 'roc', [volume!], [ofVolume.period], 100],
          [[`atr_${atr.period}`], 'atr', hlc, [atr.period]],
        ];
        // Of shorter windows its running sum of squares has too few digits left: they have a test
        // of their own.
        if (bollinger.period >= 20)
          asked.push([
            ['bb_lower', 'bb_middle', 'bb_upper'],
            'bbands',
            [close!],
            [bollinger.period, bollinger.deviations],
          ]);
        for (const n of roc.periods) asked.push([[`roc_${n}`], 'roc', [close!], [n], 100]);
        const { columns } = new IndicatorSet(settings, 1).advance(tape);
        for (const [keys, name, inputs, options, factor = 1] of asked) {
          const outputs = await tulind.indicators[name]!.indicator(inputs, options);
          for (const [n, key] of keys.entries()) {
            const start = MINUTES - outputs[n]!.length;
            const column = columns.get(key)!;
            for (let i = 0; i < start; i++) if (column[i] === column[i]) expect.fail(`${key} has a value at row ${i}`);
            let worst = 0;
            for (let i = start; i < MINUTES; i++) {
              const [ours, theirs] = [column[i]!, factor * outputs[n]![i - start]!];
              const known = Number.isFinite(theirs);
              if (known !== !Number.isNaN(ours)) expect.fail(`${key} is ${ours} at row ${i}, tulind's ${theirs}`);
              if (known && ours !== theirs)
                worst = Math.max(worst, Math.abs(ours - theirs) / Math.max(Math.abs(ours), Math.abs(theirs)));
            }
            expect(worst, `${key} of ${name}(${options.join()})`).to.be.below(1e-9);
          }
        }
      }),
      { numRuns: casesOf(6), seed: 1 },
    );
  });

  for (const [name, character] of Object.entries(CHARACTERS))
    it(`agree in every column with it on a market that is ${name}, whatever the periods`, async () => {
      await fc.assert(
        fc.asyncProperty(anyPeriods, fc.nat(), fc.nat(2000), async (settings, seed, late) => {
          const tape = generated(character, MINUTES / 4, seed, Date.UTC(2026, 0, 1) + late * 60_000);
          expect((await verifyIndicators(tape, settings, tulind)).slice(0, 3)).to.deep.equal([]);
        }),
        { numRuns: casesOf(4), seed: 2 },
      );
    });

  it(`agree in every column with it over ${MINUTES} candles and the periods of the defaults`, async () => {
    for (const character of Object.values(CHARACTERS))
      expect((await verifyIndicators(generated(character, MINUTES, 3), PERIODS, tulind)).slice(0, 3)).to.deep.equal([]);
  });

  it('agree with it on series that end before a value is known', async () => {
    for (const minutes of [1, 2, 3, 13, 14, 15, 25, 26, 27, 75])
      expect(
        await verifyIndicators(generated(CHARACTERS['ordinary']!, minutes, 5), PERIODS, tulind),
        `${minutes} candles`,
      ).to.deep.equal([]);
  });

  it('have a key for each value of the table, the periods in it, in the order of the table', () => {
    const higher = (minutes: number) =>
      ['rsi_7', 'macd', 'macd_signal', 'macd_histogram', 'roc_1', 'adx_8', 'atr_9'].map(key => `${minutes}m.${key}`);
    expect(
      indicatorKeys({
        ...PERIODS,
        rsi: { period: 7 },
        adx: { period: 8 },
        atr: { period: 9 },
        roc: { periods: [1, 30] },
        volume: { period: 11 },
        timeframes: [5, 15, 30],
      }),
    ).to.deep.equal([
      'rsi_7',
      'macd',
      'macd_signal',
      'macd_histogram',
      'roc_1',
      'roc_30',
      'adx_8',
      'plus_di_8',
      'minus_di_8',
      'volume_sma_11',
      'volume_roc_11',
      'obv',
      'vwap',
      'bb_lower',
      'bb_middle',
      'bb_upper',
      'atr_9',
      ...higher(5),
      ...higher(15),
      ...higher(30),
    ]);
  });
});
