import { concat, map, of, type Observable } from 'rxjs';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import { afterContact } from '../../../streams/live/contact.js';
import { marbles } from '../../support/marbles.js';

const away = new ExchangeFailure('dropped', 'away');
const refused = new ExchangeFailure('configuration', 'refused');

describe('the first contact', () => {
  const events = (tries: readonly string[], answer: (marbles: string) => Observable<unknown>) => {
    let tried = 0;
    return afterContact(
      () => answer(tries[tried++]!),
      () => 0,
      () => concat(of('first'), of('then')),
    ).pipe(map(event => (typeof event === 'string' ? event[0]! : event.kind[0]!)));
  };

  it(
    'goes on with the first answer',
    marbles(({ cold, expectObservable }) => {
      expectObservable(events(['--(a|)'], text => cold(text))).toBe('--(ft|)');
    }),
  );

  it(
    'waits as long as it takes, says what is wrong at each try, and that the exchange is back',
    marbles(({ cold, expectObservable }) => {
      const tries = ['-#', '-#', '-(a|)'];
      const asked = (text: string) => cold(text, undefined, away);
      // A wait of a second, as the jitter is 0.
      expectObservable(events(tries, asked)).toBe('-a 1000ms a 1000ms (bft|)');
    }),
  );

  it(
    'fails where waiting cannot help',
    marbles(({ cold, expectObservable }) => {
      expectObservable(events(['-#'], text => cold(text, undefined, refused))).toBe('-#', undefined, refused);
    }),
  );
});
