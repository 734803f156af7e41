import { expect } from 'chai';
import fc from 'fast-check';
import type { Block } from '../../lib/training/block.js';
import { checkBlock } from '../../lib/training/check.js';
import type { Column } from '../../lib/training/columns.js';
import { walkForward } from '../../lib/training/folds.js';
import { refuseLeaks } from '../../lib/training/leaks.js';
import { UserError } from '../../lib/errors.js';
import { isoTime } from '../../lib/report/time.js';
import { MINUTE_MS } from '../../lib/units.js';
import { settingsOf } from '../support/settings.js';
import { FROM, HORIZONS, TO, market, replayed } from './replayed.js';

/** Of the first block. */
const DAY = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 2) };

const linesOf = (block: Block, columns: readonly Column[]): readonly string[] => {
  try {
    refuseLeaks(block, columns);
    return [];
  } catch (error) {
    if (error instanceof UserError) return error.lines;
    throw error;
  }
};

describe('the leak check', () => {
  let block: Block;
  let columns: readonly Column[];
  before(async () => {
    const found = await replayed(market(4), { settings: settingsOf() });
    block = found.blocks[0]!;
    ({ columns } = found);
  });

  it('finds nothing in rows as they are made', () => {
    expect(linesOf(block, columns)).to.deep.equal([]);
    const folds = walkForward(FROM, TO, 3, 60 * MINUTE_MS);
    const period = { from: isoTime(FROM), to: isoTime(TO), labels: { horizons_minutes: HORIZONS } };
    expect(checkBlock(block, columns, folds, period, DAY)).to.deep.equal([]);
  });

  it('names the column and the row of every leak that is planted', () => {
    const features = columns.filter(({ role }) => role === 'feature');
    fc.assert(
      fc.property(
        fc.nat(features.length - 1),
        fc.nat(359),
        fc.oneof(fc.integer({ min: 1, max: 1e7 }), fc.constant(NaN)),
        (n, row, late) => {
          // A column of its own says when the feature is known: at the close, but in one row later,
          // or it is unknown.
          const { name } = features[n]!;
          const knownAt = block.values.get('decided_at')!.slice();
          knownAt[row]! += late;
          const own = block.values.get(name)!.slice();
          own[row] = 1;
          const planted = { ...block, values: new Map([...block.values, ['planted', knownAt], [name, own]]) };
          const declared = columns.map(column => (column.name === name ? { ...column, knownAt: 'planted' } : column));
          const [, line] = linesOf(planted, declared);
          expect(line).to.contain(
            `${name} of ${block.symbol} in the row of ${isoTime(FROM + row * MINUTE_MS)} is known`,
          );
        },
      ),
    );
  });

  it('takes a label for no feature, nor a record that is known later', () => {
    for (const name of ['forward_return_5', 'barrier_return', 'settled_close', 'revised']) {
      const taken = columns.map(column => (column.name === name ? { ...column, role: 'feature' as const } : column));
      const values = new Map(block.values);
      values.set(
        'settled_at',
        values.get('settled_at')!.map(at => at + 1),
      ); // as a revision makes it
      expect(linesOf({ ...block, values }, taken)[1]).to.match(
        new RegExp(`^${name} of BTC/USD in the row of 2026-02-01T18:00:00Z`),
      );
    }
  });

  it('refuses a label that was known before the decision', () => {
    const values = new Map(block.values);
    values.set('label_available_at', values.get('decided_at')!);
    expect(linesOf({ ...block, values }, columns)[1]).to.contain('forward_return_5 of BTC/USD');
  });

  it('finds, when a dataset is read again, folds and returns that are not what they have to be', () => {
    const folds = walkForward(FROM, TO, 3, 60 * MINUTE_MS);
    const period = { from: isoTime(FROM), to: isoTime(TO), labels: { horizons_minutes: HORIZONS } };
    const altered = (name: string, row: number, value: number) => {
      const column = block.values.get(name)!.slice();
      column[row] = value;
      return checkBlock(
        { ...block, values: new Map([...block.values, [name, column]]) },
        columns,
        folds,
        period,
        DAY,
      )[0];
    };
    expect(altered('fold', 7, 2)).to.contain('T18:07:00Z: fold is not');
    expect(altered('fold_trains_from', 350, 1)).to.contain('T23:50:00Z: fold_trains_from does not match');
    expect(altered('forward_return_5', 9, 0.5)).to.contain('T18:09:00Z: forward_return_5 does not match');
    expect(altered('open_time', 3, FROM)).to.contain('is not after the previous row');
    expect(altered('decided_at', 3, FROM)).to.contain('decided_at is not');
  });
});
