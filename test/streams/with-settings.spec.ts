import { map, of } from 'rxjs';
import { withSettings } from '../../streams/with-settings.js';
import type { InForce, Settings } from '../../lib/settings/settings.js';
import { marbles } from '../support/marbles.js';

const [s, t] = [1, 2].map((configurationId): InForce => ({ settings: {} as Settings, configurationId }));

describe('withSettings', () => {
  it(
    'acts once, by the settings in force, whatever edit comes while it does',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const settings$ = hot('-s-t-', { s: s!, t: t! });
      const acted$ = withSettings(settings$, ({ configurationId }) =>
        cold('---a|').pipe(map(value => `${value}${configurationId}`)),
      );
      expectObservable(acted$).toBe('----a|', { a: 'a1' });
      expectSubscriptions(settings$.subscriptions).toBe('^!');
    }),
  );

  it(
    'fails with either, and lets go of both',
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      expectObservable(withSettings(hot<InForce>('-#'), () => of('a'))).toBe('-#');
      expectObservable(withSettings(of(s!), () => cold('-#'))).toBe('-#');
      const act = cold('-----');
      expectObservable(
        withSettings(of(s!), () => act),
        '--!',
      ).toBe('-');
      expectSubscriptions(act.subscriptions).toBe('^-!');
    }),
  );
});
