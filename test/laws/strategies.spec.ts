import { expect } from 'chai';
import fc from 'fast-check';
import { settingsFor } from '../../lib/settings/settings-for.js';
import type { ConfiguredStrategy, Settings } from '../../lib/settings/settings.js';
import { MOMENTUM_SETUP } from '../../lib/strategy/setup.js';
import { randomCase } from '../oracle/random-market.js';
import { historyOf, outcome, replay } from '../support/replay.js';
import { booksOf } from '../support/stored-books.js';
import { casesOf } from '../support/runs.js';

const seeds = fc.integer({ min: 1, max: 100_000 });
/** Seeds of histories that trade a lot. */
const LIVELY: [number][] = [[9], [16], [22]];
const NAMES = ['main', 'second', 'third'];

const entry = (name: string, own: ConfiguredStrategy['own']): ConfiguredStrategy => ({
  name,
  use: 'momentum',
  wallet: name === 'main' ? 'main' : 'shadow',
  parameters: {},
  risk: {},
  own,
});

/** Settings of three strategies, the second and third under the conditions and risk of other seeds. */
const threeOf = (settings: Settings, seed: number): Settings => {
  const others = NAMES.slice(1).map((name, n) => {
    const { risk } = randomCase(seed + n + 1).settings;
    // Conditions of other timeframes would read columns that this history has not.
    const strategy = { ...settings.strategy, volumeFactor: 0.5 + n };
    return entry(name, { strategy, risk });
  });
  return { ...settings, strategies: [entry('main', null), ...others] };
};

describe('strategies side by side', () => {
  it('each decide and trade as they do alone, to the last bit', () => {
    const different = new Set<string>();
    fc.assert(
      fc.property(seeds, fc.boolean(), (seed, hasBooks) => {
        const alone = historyOf(randomCase(seed));
        const settings = threeOf(alone.settings, seed);
        const history = hasBooks ? { ...alone, books: booksOf(alone, seed) } : alone;
        const [own = MOMENTUM_SETUP] = alone.strategies ?? [];
        const strategies = NAMES.map(name => ({ ...own, name }));
        const cash = NAMES.map(name => {
          const among = replay({ ...history, settings, strategies }, [700], name);
          const byItself = replay({ ...history, settings: settingsFor(settings, name) }, [700]);
          expect(outcome(among), name).to.deep.equal(outcome(byItself));
          return among.finalCash;
        });
        if (new Set(cash).size === NAMES.length) different.add(String(seed));
      }),
      { numRuns: casesOf(5), examples: LIVELY.map(([seed], n): [number, boolean] => [seed, n > 0]) },
    );
    expect(different.size, 'histories on which they earned differently').to.be.above(0);
  });
});
