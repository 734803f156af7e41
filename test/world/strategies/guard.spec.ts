import { expect } from 'chai';
import tulind from 'tulind';
import { contextOf } from '../../../lib/cross-market/context.js';
import { UserError } from '../../../lib/errors.js';
import { marketOf } from '../../../lib/market.js';
import { syntheticTapes } from '../../../lib/simulator/market/market.js';
import type { Kit, Strategy } from '../../../lib/strategy/kit.js';
import { KIT, type Declaration } from '../../../lib/strategy/kit-tools.js';
import { programOf } from '../../../lib/strategy/program.js';
import { MOMENTUM_SETUP } from '../../../lib/strategy/setup.js';
import { trialOf } from '../../../lib/strategy/trial.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { guardOf } from '../../../lib/world/strategies/guard.js';
import { defaultSettings } from '../../support/settings.js';

const forever = (): never => {
  for (;;);
};

describe('the guard of a strategy file', () => {
  it('returns what the code returns, and passes its errors on', () => {
    const guard = guardOf(10_000);
    expect(guard.within(() => guard.within(() => 7))).to.equal(7);
    const error = new Error('no idea');
    expect(() =>
      guard.within(() => {
        throw error;
      }),
    ).to.throw(error);
  });

  it('ends what does not return, whatever that catches, and can be used again', () => {
    const guard = guardOf(100);
    guard.running = 'x.ts: decide of strategy x';
    let mistake: unknown;
    try {
      guard.within(() => {
        for (;;)
          try {
            forever();
          } catch {
            // and again
          }
      });
    } catch (error) {
      mistake = error;
    }
    expect(mistake).to.be.instanceOf(UserError);
    expect(mistake).to.include({
      exitCode: 1,
      message: 'x.ts: decide of strategy x did not return within 0.1 s: is there a loop without an end?',
    });
    expect(guard.within(() => 7)).to.equal(7);
  });

  const tape = [...syntheticTapes(['BTC/USD'], 1, Date.UTC(2026, 0, 5), Date.UTC(2026, 0, 5) + 300 * MINUTE_MS, 300)];
  const listings = () => [{ market: marketOf('BTC/USD'), firstCandleAt: NaN }];
  /** Runs a strategy whose code never returns. */
  const run = (declare: (kit: Kit) => Strategy) => {
    const { indicators } = defaultSettings;
    const sources = { indicators, tulind: tulind.indicators, guard: guardOf(100), file: 'strategies/x.ts' };
    const strategy = programOf(declare(KIT) as Declaration, {}, sources);
    const setup = { ...MOMENTUM_SETUP, strategy, requested: strategy.requested };
    const context = () => contextOf(listings(), 'USD');
    return trialOf({ setup, settings: defaultSettings, listings, context, onFailure: () => undefined })(tape);
  };

  it('names the file whose decide does not return', () => {
    expect(() => run(({ strategy }) => strategy({ name: 'x', conditions: ['no'], decide: forever }))).to.throw(
      UserError,
      'strategies/x.ts: decide of strategy x did not return within 0.1 s',
    );
  });

  it('names the file and the column whose step does not return', () => {
    expect(() =>
      run(({ strategy, own, above }) =>
        strategy({
          name: 'x',
          columns: () => ({ slow: own({ start: () => 0, step: forever }) }),
          entry: ({ slow }) => ({ no: above(slow, 0) }),
        }),
      ),
    ).to.throw(UserError, 'strategies/x.ts: column slow of strategy x did not return within 0.1 s');
  });
});
