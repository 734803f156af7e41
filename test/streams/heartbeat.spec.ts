import { asyncScheduler, of, type ObservableInput } from 'rxjs';
import { expect } from 'chai';
import { heartbeat } from '../../streams/sinks/heartbeat.js';
import { marbles } from '../support/marbles.js';

interface Health {
  readonly seen: string;
  readonly error: string | null;
}

describe('heartbeat', () => {
  const options = (beat: (health: Health) => ObservableInput<unknown>, everyMs = 10) => ({
    start: { seen: '', error: null },
    after: (health: Health, event: string): Health => ({
      seen: health.seen + event,
      error: event === 'x' ? 'wrong' : health.error,
    }),
    isNews: (event: string) => event === 'n',
    reported: (health: Health): Health => ({ ...health, error: null }),
    beat,
    elapsed: () => asyncScheduler.now(),
    everyMs,
  });

  it(
    'passes events on, and reports their sum at news and in each period; an error is reported once',
    marbles(({ hot, expectObservable, flush }) => {
      const told: string[] = [];
      const beat = ({ seen, error }: Health) => of(told.push(`${asyncScheduler.now()} ${seen}${error ?? ''}`));
      const event$ = hot('-a-n-x--------------a---');
      expectObservable(event$.pipe(heartbeat(options(beat))), '-----------------------!').toBe(
        '-a-n-x--------------a---',
      );
      flush();
      expect(told).to.deep.equal(['3 an', '10 anxwrong', '20 anxa']);
    }),
  );

  it(
    'reports what is news while one is under way by the next one',
    marbles(({ hot, cold, expectObservable, flush }) => {
      const told: string[] = [];
      const slow = ({ seen }: Health) => {
        told.push(seen);
        return cold('-----|');
      };
      const event$ = hot('-n-n--------');
      expectObservable(event$.pipe(heartbeat(options(slow))), '-----------!').toBe('-n-n--------');
      flush();
      expect(told).to.deep.equal(['n', 'nn']);
    }),
  );

  it(
    'fails with its events, and where the report fails',
    marbles(({ hot, cold, expectObservable }) => {
      const silent = () => cold('-');
      expectObservable(hot('-a-#').pipe(heartbeat(options(silent)))).toBe('-a-#');
      expectObservable(hot('-n---').pipe(heartbeat(options(() => cold('-#'))))).toBe('-n#');
    }),
  );
});
