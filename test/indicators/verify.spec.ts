import { expect } from 'chai';
import tulind from 'tulind';
import { indicatorKeys } from '../../lib/indicators/catalogue.js';
import type { IndicatorColumns } from '../../lib/indicators/columns.js';
import { IndicatorSet } from '../../lib/indicators/set.js';
import { lastStretch, verifyIndicators } from '../../lib/indicators/verify.js';
import { Cell, sliceTape } from '../../lib/tape.js';
import { at, CHARACTERS, generated, numbers, PERIODS, together } from './series.js';

const tape = generated(CHARACTERS['ordinary']!, 3000, 11);
const good = new IndicatorSet(PERIODS, 1).advance(tape).columns;

/** The values of sound kernels but for one cell. */
const withFault = (key: string, row: number, change: (value: number) => number) => (): IndicatorColumns => {
  const column = good.get(key)!.slice();
  column[row] = change(column[row]!);
  return new Map([...good, [key, column]]);
};

describe('verifyIndicators', () => {
  it('finds nothing where the kernels are sound', async () => {
    expect(await verifyIndicators(tape, PERIODS, tulind)).to.deep.equal([]);
  });

  it('names the key and the minute of a value that is off by a ten-millionth, whichever it is', async () => {
    const next = numbers(4);
    for (const key of indicatorKeys(PERIODS)) {
      const known = [...good.get(key)!.keys()].filter(row => row > 2000 && Math.abs(good.get(key)![row]!) > 0);
      const row = known[Math.floor(known.length * next())]!;
      const mismatches = await verifyIndicators(
        tape,
        PERIODS,
        tulind,
        withFault(key, row, value => value * (1 + 1e-7)),
      );
      const value = good.get(key)![row]!;
      expect(mismatches, key).to.have.lengthOf(1);
      expect(mismatches[0], key).to.include({ key, minute: at(tape, row), ours: value * (1 + 1e-7) });
      expect(mismatches[0]!.reference, key).to.be.closeTo(value, Math.abs(value) * 1e-9);
    }
  });

  it('finds a value that should not be known yet, and one that should', async () => {
    const early = await verifyIndicators(
      tape,
      PERIODS,
      tulind,
      withFault('rsi_14', 13, () => 50),
    );
    expect(early).to.deep.equal([{ key: 'rsi_14', minute: at(tape, 13), ours: 50, reference: NaN }]);
    const lost = await verifyIndicators(
      tape,
      PERIODS,
      tulind,
      withFault('15m.macd', 2500, () => NaN),
    );
    expect(lost.map(({ key, minute }) => [key, minute])).to.deep.equal([['15m.macd', at(tape, 2500)]]);
  });

  it('finds a column that lags a candle behind', async () => {
    const late = (): IndicatorColumns => {
      const lagging = good.get('5m.rsi_14')!.slice();
      lagging.copyWithin(1, 0);
      return new Map([...good, ['5m.rsi_14', lagging]]);
    };
    const mismatches = await verifyIndicators(tape, PERIODS, tulind, late);
    // 3000 / 5 candles, the first 14 without a value: 586 rows show the value of the candle before
    expect(mismatches).to.have.lengthOf(586);
  });

  it('finds a column that is missing', async () => {
    const without = () => new Map([...good].filter(([key]) => key !== 'vwap'));
    const known = good.get('vwap')!.filter(value => !Number.isNaN(value)).length;
    expect(await verifyIndicators(tape, PERIODS, tulind, without)).to.have.lengthOf(known);
    expect(known).to.be.above(2990);
  });

  it('finds a column that nothing vouches for', async () => {
    const more = () => new Map([...good, ['sma_200', good.get('bb_middle')!]]);
    // 3000 rows less the 19 before the middle band is known
    expect(await verifyIndicators(tape, PERIODS, tulind, more)).to.have.lengthOf(2981);
  });

  it('finds the wrong smoothing of another pair of periods than 12/26', async () => {
    const wrong = () => {
      const macd = { fast: 12, slow: 26, signal: 9 };
      return new IndicatorSet({ ...PERIODS, macd }, 1).advance(tape).columns;
    };
    const settings = { ...PERIODS, macd: { fast: 12, slow: 27, signal: 9 } };
    expect(await verifyIndicators(tape, settings, tulind, wrong)).not.to.deep.equal([]);
    expect(await verifyIndicators(tape, settings, tulind)).to.deep.equal([]);
  });

  it('refuses a gap and more than one lane', async () => {
    const holed = sliceTape(tape, 0, 100);
    holed.cell[50] = Cell.absent;
    for (const wrong of [holed, together([tape, tape])]) {
      const error: unknown = await verifyIndicators(wrong, PERIODS, tulind).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RangeError);
    }
  });
});

describe('lastStretch', () => {
  const lanes = together([tape, generated(CHARACTERS['ordinary']!, 3000, 12)]);
  lanes.cell[3000 + 1234] = Cell.absent;

  it('is what follows the last gap of the market', () => {
    const stretch = lastStretch(lanes, 1);
    expect(stretch).to.include({ start: at(lanes, 1235), minutes: 3000 - 1235, markets: 1 });
    expect(stretch.close).to.deep.equal(lanes.close.slice(3000 + 1235, 6000));
    expect(lastStretch(lanes, 0).minutes).to.equal(3000);
  });

  it('is no longer than asked for, and empty where the last cell is a gap', async () => {
    expect(lastStretch(lanes, 0, 720)).to.include({ start: at(lanes, 3000 - 720), minutes: 720 });
    const broken = sliceTape(lanes, 0, 1235);
    expect(lastStretch(broken, 1).minutes).to.equal(0);
    expect(await verifyIndicators(lastStretch(broken, 1), PERIODS, tulind)).to.deep.equal([]);
  });
});
