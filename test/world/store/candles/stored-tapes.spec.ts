import { expect } from 'chai';
import { persistent } from '../../../../lib/world/store/persistent.js';
import { storedTapes } from '../../../../lib/world/store/candles/stored-tapes.js';
import { type Tape } from '../../../../lib/tape.js';
import { tapeOf } from '../../../support/tape.js';
import { MINUTE_MS, type EpochMs } from '../../../../lib/units.js';

const minute = (n: number): EpochMs => n * MINUTE_MS;
const tape = (n: number): Tape =>
  tapeOf([{ market: 0, at: minute(n), open: n, high: n, low: n, close: n, volume: 1 }], 1);
const broken = () => Object.assign(new Error('terminating connection'), { code: '57P01' });

describe('the stored tapes of a start', () => {
  const stop = new AbortController();
  const stored = persistent(
    { warn: () => undefined, info: () => undefined },
    { signal: stop.signal, beat: () => undefined },
    () => Promise.resolve('/data'),
  );

  it('go on behind the last one that came when the database has gone away, once each and in order', async () => {
    const asked: EpochMs[] = [];
    let failures = [2, 2, 5];
    let open = 0;
    async function* read(from: EpochMs): AsyncGenerator<Tape, void, undefined> {
      asked.push(from);
      open++;
      try {
        for (let n = from / MINUTE_MS; n < 7; n++) {
          if (failures[0] === n) {
            failures = failures.slice(1);
            throw broken();
          }
          yield await Promise.resolve(tape(n));
        }
      } finally {
        open--;
      }
    }
    const came: number[] = [];
    for await (const { start } of storedTapes(stored, read, minute(1))) came.push(start / MINUTE_MS);
    expect(came).to.deep.equal([1, 2, 3, 4, 5, 6]);
    expect(asked).to.deep.equal([1, 2, 2, 5].map(minute));

    for await (const { start } of storedTapes(stored, read, minute(1))) if (start === minute(3)) break;
    expect(open).to.equal(0); // what is no longer read is released
  });

  it('fail where waiting mends nothing', async () => {
    async function* read(): AsyncGenerator<Tape, void, undefined> {
      yield await Promise.resolve(tape(1));
      throw new TypeError('a fault');
    }
    const all = async () => {
      for await (const each of storedTapes(stored, read, minute(1))) expect(each.start).to.equal(minute(1));
    };
    expect(await all().catch((error: unknown) => error)).to.be.instanceOf(TypeError);
  });
});
