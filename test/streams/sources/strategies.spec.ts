import { map, throwError, type Observable } from 'rxjs';
import type { InForce } from '../../../lib/settings/settings.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../../../lib/strategy/setup.js';
import { recordStrategies, recoveries } from '../../../streams/sources/strategies.js';
import { marbles } from '../../support/marbles.js';
import { settingsOf } from '../../support/settings.js';

const settings = settingsOf();
const ofFile = (name: string): StrategySetup => ({
  ...MOMENTUM_SETUP,
  name,
  use: './x.ts',
  wallet: 'shadow',
  strategy: { ...MOMENTUM_SETUP.strategy },
  sourceHash: '0'.repeat(64),
});
const [file, changed] = [ofFile('mine'), ofFile('mine')];
const loose: StrategySetup = { ...MOMENTUM_SETUP, name: 'loose', wallet: 'shadow' };
const inForce = (configurationId: number, ...strategies: readonly StrategySetup[]): InForce => ({
  settings,
  configurationId,
  strategies: [MOMENTUM_SETUP, ...strategies],
});

describe('the strategies in force', () => {
  const error = new Error('no');

  it(
    'are recorded one after the other before they decide',
    marbles(({ hot, cold, expectObservable }) => {
      const rows: Readonly<Record<number, string>> = { 1: '---v|', 2: '-v|' };
      const recorded = hot('ab------|', { a: inForce(1), b: inForce(2, loose) }).pipe(
        recordStrategies(({ configurationId, strategies }) =>
          cold(rows[configurationId]!, {
            v: new Map(strategies!.map(({ name }, n) => [name, 10 * configurationId + n])),
          }),
        ),
        map(({ strategyVersions }) => [...strategyVersions!].join(' ')),
      );
      expectObservable(recorded).toBe('---a-b--|', { a: 'momentum,10', b: 'momentum,20 loose,21' });
    }),
  );

  it(
    'do not decide if they cannot be recorded',
    marbles(({ hot, expectObservable }) => {
      const failing = hot('a', { a: inForce(1) }).pipe(recordStrategies(() => throwError(() => error)));
      expectObservable(failing).toBe('#', undefined, error);
    }),
  );

  const versions = {
    a: inForce(1),
    l: inForce(2, loose),
    f: inForce(3, file),
    b: inForce(4, file, loose),
    c: inForce(5, changed, loose),
    t: {
      ...inForce(6, changed),
      settings: settingsOf(
        'strategies: [{name: momentum, use: momentum}, {name: loose, use: momentum, wallet: shadow, parameters: {trend: {timeframes: [30]}}}]',
      ),
    },
  };
  const numbers = (settings$: Observable<InForce>) =>
    recoveries(settings$).pipe(map(({ configurationId }) => String(configurationId)));

  it(
    'read the stored candles again where a file is new or has changed, and with another timeframe',
    marbles(({ hot, expectObservable }) => {
      expectObservable(numbers(hot('a-f-c-t-a|', versions))).toBe('1-3-5-6-1|');
    }),
  );

  it(
    'disturb nothing where variants of momentum come and go, files are removed, or nothing has changed',
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const settings$ = hot('f-b-f-f-l-a-', versions);
      expectObservable(numbers(settings$), '-----------!').toBe('3----------');
      expectSubscriptions(settings$.subscriptions).toBe('^----------!');
    }),
  );
});
