import { expect } from 'chai';
import { addedColumns, chosenColumns } from '../../lib/training/choice.js';
import { datasetColumns } from '../../lib/training/columns.js';
import { findLeak } from '../../lib/training/leaks.js';
import { tallyOf } from '../../lib/training/tally.js';
import { UserError } from '../../lib/errors.js';
import { settingsOf } from '../support/settings.js';
import { HORIZONS, market, replayed } from './replayed.js';

const settings = settingsOf('filtering: { min_daily_volume: 0, min_history_hours: 0, max_volatility: 10000 }');
const all = datasetColumns(settings, HORIZONS);
const namesOf = (patterns: readonly string[] | null) => chosenColumns(all, patterns).map(({ name }) => name);
/**
 * Keys, what the manifest counts, folds, and what a check uses, with the times at which these
 * are known.
 */
const ALWAYS = [
  'market',
  'open_time',
  'decided_at',
  'decision',
  'settled_close',
  'settled_at',
  'live_configuration',
  'quiet',
  'suspect',
  'gap_before',
  'revised',
  'barrier_return',
  'barrier_exit',
  'barrier_missing',
  'label_available_at',
  'fold',
  'fold_trains_from',
];

describe('a choice of columns', () => {
  it('is all of them where none is made', () => expect(chosenColumns(all, null)).to.equal(all));

  it('takes names and patterns, in the order of the dataset, with what every dataset has', () => {
    const added = (patterns: readonly string[]) => namesOf(patterns).filter(name => !ALWAYS.includes(name));
    expect(added(['rsi_*', 'close'])).to.deep.equal(['close', 'rsi_14', 'rsi_14_5m', 'rsi_14_15m']);
    expect(added(['decision'])).to.deep.equal([]);
    expect(namesOf(['decision'])).to.have.members(ALWAYS);
    expect(namesOf(['*'])).to.deep.equal(namesOf(null));
    expect(namesOf(namesOf(['book_*']))).to.deep.equal(namesOf(['book_*']));
  });

  it('comes with the columns that say when one is known', () => {
    const chosen = namesOf(['universe', 'volume_24h_usd']);
    expect(chosen).to.include.members(['universe_at', 'snapshot_at']).and.not.include('snapshot_age_seconds');
    for (const name of all.map(column => column.name)) {
      const columns = chosenColumns(all, [name]);
      expect(columns.map(column => column.name)).to.include.members(columns.map(({ knownAt }) => knownAt));
    }
  });

  it('tells which columns come along, and why', () => {
    const added = (patterns: readonly string[]) => addedColumns(chosenColumns(all, patterns), patterns);
    expect(added(['rsi_*', 'close', 'decision', 'universe'])).to.deep.equal([
      { reason: 'what names a row', names: ['market', 'open_time', 'decided_at'] },
      {
        reason: 'what the manifest counts and verify checks',
        names: [
          'settled_close',
          'live_configuration',
          'quiet',
          'suspect',
          'gap_before',
          'revised',
          'barrier_return',
          'barrier_exit',
          'barrier_missing',
        ],
      },
      { reason: 'what separates the folds', names: ['label_available_at', 'fold', 'fold_trains_from'] },
      { reason: 'what says when another column is known', names: ['universe_at', 'settled_at'] },
    ]);
    expect(added(['*'])).to.deep.equal([]);
  });

  it('is refused where it names nothing, saying what there is', () => {
    for (const pattern of ['rsi_15', 'RSI_14', 'rsi', '.*14', 'fold(', ''])
      expect(() => chosenColumns(all, ['close', pattern]), pattern)
        .to.throw(UserError, `--columns ${pattern}: names no column`)
        .with.property('message')
        .that.contains('rsi_14, ');
    expect(() => chosenColumns(all, [])).to.throw(UserError);
  });

  it('changes no value of what is chosen, nor what is counted', async function () {
    this.timeout(60_000);
    const tape = market(3);
    const whole = await replayed(tape, { settings });
    for (const columns of [
      ['rsi_14', 'universe', 'snapshot_at'],
      ['weight'],
      ['forward_return_60', 'score', 'vwap_day'],
    ]) {
      const some = await replayed(tape, { settings, columns });
      const wanted = chosenColumns(all, columns).map(({ name }) => name);
      expect(some.blocks).to.have.length(whole.blocks.length);
      for (const [n, block] of some.blocks.entries()) {
        expect(['market', ...block.values.keys()]).to.deep.equal(wanted);
        const differing = wanted.filter(
          name => block.values.get(name)?.join() !== whole.blocks[n]!.values.get(name)?.join(),
        );
        expect(differing).to.deep.equal([]);
        const { known, ...counted } = tallyOf(block, some.columns);
        const ofAll = tallyOf(whole.blocks[n]!, all);
        expect({ ...ofAll, ...counted }).to.deep.equal(ofAll);
        const placeOf = (name: string) => all.findIndex(column => column.name === name);
        expect(known).to.deep.equal(wanted.map(name => ofAll.known[placeOf(name)]));
        expect(findLeak(block, some.columns)).to.equal(null);
      }
    }
  });
});
