import { expect } from 'chai';
import { NEVER, of, throwError, timer, map } from 'rxjs';
import { readSettings } from '../../../lib/settings/read.js';
import type { ConfigurationEvent, FileReading } from '../../../lib/settings/reload.js';
import { emptyTape } from '../../../lib/tape.js';
import { configurationEvents, inForce, recordVersions } from '../../../streams/sources/settings.js';
import { stamp } from '../../../streams/stamp.js';
import { marbles } from '../../support/marbles.js';

const versions = Object.fromEntries(
  ['A', 'B', 'C'].map((name, n) => [
    name,
    readSettings(`costs: { taker_fee_percentage: ${n + 1} }`, 'config.yaml', {}),
  ]),
);
const error = new Error('no');
const A = versions['A']!;
const readings: Readonly<Record<string, FileReading>> = {
  ...Object.fromEntries(
    Object.entries(versions).map(([content, configuration]) => [content, { content, configuration }]),
  ),
  x: { content: 'x', problems: ['config.yaml:1 costs: bad'], draft: null },
  y: { content: 'y', problems: ['config.yaml:2 costs: bad'], draft: null },
};

/** A port that finds one letter of `script` at each look, the last one for ever. */
const finding = (script: string) => {
  let looks = 0;
  return () => of(readings[script[Math.min(looks++, script.length - 1)]!]!);
};
/** An event by a letter: accepted as its version, refused as r, restored as o. */
const letter = (event: ConfigurationEvent): string => {
  if (event.kind === 'refused') return 'r';
  if (event.kind === 'restored') return 'o';
  return Object.keys(versions).find(name => versions[name] === event.configuration)!;
};
const events = (script: string) =>
  configurationEvents({ first: A, read: finding(script), everyMs: 2 }).pipe(map(letter));

describe('the configuration file, watched', () => {
  it(
    'gives the first configuration at once and each later one after it was found twice',
    marbles(({ expectObservable }) => {
      //        looks      A-A-B-B-B-C-C-C-
      expectObservable(events('AABBBCCC'), '-----------------!').toBe('A-------B-----C--');
    }),
  );

  it(
    'ignores what is only half written',
    marbles(({ expectObservable }) => {
      //        looks      A-x-y-B-B-x-B-B-
      expectObservable(events('AxyBBxBB'), '-----------------!').toBe('A---------B------');
    }),
  );

  it(
    'tells a bad edit once, however often it is looked at, and the next bad one again',
    marbles(({ expectObservable }) => {
      //        looks      x-x-x-x-y-y-y-A-A
      expectObservable(events('xxxxyyyAA'), '--------------------!').toBe('A---r-------r-----o--');
    }),
  );

  it(
    'looks no second time while a look takes long',
    marbles(({ expectObservable }) => {
      let looks = 0;
      const read = () => timer(7).pipe(map(() => readings[looks++ < 2 ? 'B' : 'C']!));
      const event$ = configurationEvents({ first: A, read, everyMs: 2 }).pipe(map(letter));
      // looks begin at 2, 10, 18 and 26 and end 7 later: B is found twice at 17, C at 33
      expectObservable(event$, '-----------------------------------!').toBe('A----------------B---------------C--');
    }),
  );

  it(
    'completes one reading after the other, with what is in force by then, and refuses what cannot be completed',
    marbles(({ cold, expectObservable, flush }) => {
      const against: string[] = [];
      const complete = (reading: FileReading, before: typeof A) => {
        against.push(Object.keys(versions).find(name => versions[name] === before)!);
        return cold(reading.content === 'B' ? '-------(r|)' : '(r|)', {
          r: reading.content === 'C' ? readings['y']! : reading,
        });
      };
      //        looks      A-A-B-B-C-C-C-C-x-x-A-A
      const event$ = configurationEvents({ first: A, read: finding('AABBCCCCxxA'), everyMs: 2, complete });
      expectObservable(event$.pipe(map(letter)), '-------------------------!').toBe('A--------------(Br)-r---A');
      flush();
      expect(against.join('')).to.equal('AABBB');
    }),
  );

  it(
    'fails if reading fails, and stops once nothing is subscribed',
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const broken = configurationEvents({ first: A, read: () => throwError(() => error), everyMs: 2 });
      expectObservable(broken.pipe(map(letter))).toBe('A-#', undefined, error);
      const look = cold<FileReading>('-----');
      expectObservable(configurationEvents({ first: A, read: () => look, everyMs: 2 }).pipe(map(letter)), '----!').toBe(
        'A----',
      );
      expectSubscriptions(look.subscriptions).toBe('--^-!');
    }),
  );

  it(
    'is in force from the next tape on, never within one',
    marbles(({ hot, expectObservable }) => {
      const tape$ = hot('-a--a--a---a---a|', { a: emptyTape(0, 1, 1) });
      //       looks       A-x-x-B-B-B-C-C
      const settings$ = configurationEvents({ first: A, read: finding('AxxBBBCC'), everyMs: 2 }).pipe(
        recordVersions(() => [1]),
        inForce(),
      );
      const fee$ = tape$.pipe(
        stamp(settings$),
        map(tape => String(100 * tape.settings.costs.takerFee)),
      );
      expectObservable(fee$).toBe('-1--1--1---2---2|');
    }),
  );
});

describe('the settings in force', () => {
  it(
    'are those of the newest accepted version, whatever is refused',
    marbles(({ hot, expectObservable }) => {
      const event = (configuration: typeof A): ConfigurationEvent => ({ kind: 'accepted', configuration, changes: [] });
      const refused: ConfigurationEvent = { kind: 'refused', content: '', changes: null, problems: [] };
      const waits: ConfigurationEvent = {
        kind: 'restart_needed',
        configuration: versions['C']!,
        changes: [],
        keys: [],
        problems: [],
      };
      const event$ = hot('a-r-b-w-r|', { a: event(A), b: event(versions['B']!), r: refused, w: waits });
      const rows = [1, 2, 3, 4];
      const settings$ = event$.pipe(
        recordVersions(() => [rows.shift()!]),
        inForce(),
      );
      expectObservable(settings$).toBe('a---b----|', {
        a: { settings: A.settings, configurationId: 1 },
        b: { settings: versions['B']!.settings, configurationId: 3 },
      });
    }),
  );
});

describe('a version', () => {
  const accepted = (name: string): ConfigurationEvent => ({
    kind: 'accepted',
    configuration: versions[name]!,
    changes: [],
  });

  it(
    'is in force only once its row is stored, in order',
    marbles(({ cold, hot, expectObservable }) => {
      const rows: Readonly<Record<string, string>> = { A: '---1|', B: '-2|' };
      const event$ = hot('a-b------|', { a: accepted('A'), b: accepted('B') });
      const stored$ = event$.pipe(
        recordVersions(event => cold(rows[letter(event)]!).pipe(map(id => Number(id)))),
        map(event => `${letter(event)}${event.versionId}`),
      );
      expectObservable(stored$).toBe('---a-b---|', { a: 'A1', b: 'B2' });
    }),
  );

  it(
    'that cannot be stored is not in force',
    marbles(({ hot, expectObservable }) => {
      const failing = hot('a', { a: accepted('A') }).pipe(recordVersions(() => throwError(() => error)));
      expectObservable(failing).toBe('#', undefined, error);
      expectObservable(hot('a', { a: accepted('A') }).pipe(recordVersions(() => NEVER))).toBe('-');
    }),
  );

  it('keeps what it was when it is recorded', () => {
    const found: unknown[] = [];
    of(accepted('B'))
      .pipe(recordVersions(() => [7]))
      .subscribe(event => found.push(event));
    expect(found).to.deep.equal([{ ...accepted('B'), versionId: 7 }]);
  });
});
