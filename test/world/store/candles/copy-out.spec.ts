import { expect } from 'chai';
import fc from 'fast-check';
import { Client } from 'pg';
import { copyOut } from '../../../../lib/world/store/candles/copy-out.js';
import type { Connection } from '../../../../lib/world/database/connection.js';
import { freshDatabase } from '../../../support/database.js';

/** Two 4-byte integers: a count of fields, then each with its length. */
const ROW_BYTES = 2 + 2 * (4 + 4);

describe('rows that are copied out of the database', () => {
  let client: Client;
  let connection: Connection;
  let close: () => Promise<void>;
  before(async () => {
    const database = await freshDatabase();
    ({ connection } = database);
    client = new Client({ ...database.connection, ssl: false });
    await client.connect();
    await client.query(`CREATE FUNCTION pg_temp.told(i int) RETURNS int LANGUAGE plpgsql AS
      $$ BEGIN IF i % 3 = 0 THEN RAISE WARNING 'row %', i; END IF; RETURN i; END $$`);
    close = async () => {
      await client.end();
      await database.drop();
    };
  });
  after(() => close());

  const numbers = async (select: string): Promise<number[]> => {
    const found: number[] = [];
    await copyOut(client, select, ROW_BYTES, (view, at) => found.push(view.getInt32(at + 4), view.getInt32(at + 12)));
    return found;
  };
  const failure = (select: string): Promise<Error> =>
    numbers(select).then(
      () => expect.fail('it was read'),
      (error: unknown) => error as Error,
    );
  const goesOn = async () => expect((await client.query('SELECT 1 AS one')).rows).to.deep.equal([{ one: 1 }]);

  /** Lets the socket's pieces come in parts of these lengths, over and over. */
  const cut = (lengths: readonly number[]) => {
    const { stream } = (client as unknown as { connection: { stream: NodeJS.EventEmitter } }).connection;
    const emit = stream.emit.bind(stream);
    let turn = 0;
    stream.emit = (name: string, ...rest: unknown[]) => {
      const [piece] = rest;
      if (name !== 'data' || !Buffer.isBuffer(piece)) return emit(name, ...rest);
      for (let at = 0; at < piece.length;) {
        const length = lengths[turn++ % lengths.length]!;
        emit('data', piece.subarray(at, at + length));
        at += length;
      }
      return true;
    };
    return () => void (stream.emit = emit);
  };

  it('come whole and in order however the socket cuts them, with warnings between them', async () => {
    let warnings = 0;
    client.on('notice', () => warnings++);
    const expected = Array.from({ length: 40 }, (_, i) => [i + 1, -i - 1]).flat();
    let reads = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 5 }), async lengths => {
        const mend = cut(lengths);
        try {
          expect(await numbers('SELECT pg_temp.told(i), -i FROM generate_series(1, 40) AS i')).to.deep.equal(expected);
          reads++;
        } finally {
          mend();
        }
      }),
      { numRuns: 40, examples: [[[1]], [[5]], [[23]], [[24]]] },
    );
    expect(warnings).to.equal(13 * reads); // 3, 6 … 39
    await goesOn();
  });

  it('may be none', async () => {
    expect(await numbers('SELECT 1, 2 WHERE false')).to.deep.equal([]);
    await goesOn();
  });

  it('may be asked for at the same time, and come one after the other', async () => {
    const [one, two] = await Promise.all([numbers('SELECT 1, 2'), numbers('SELECT 3, 4')]);
    expect([one, two]).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
  });

  it('fail with the server’s error when it cannot go on, and the connection can', async () => {
    const error = await failure('SELECT i, 10 / (1500 - i) FROM generate_series(1, 3000) AS i');
    expect(error).to.include({ code: '22012', message: 'division by zero' });
    await goesOn();
  });

  it('fail with what their reader throws', async () => {
    const select = 'SELECT i, i FROM generate_series(1, 5000) AS i';
    const error = await copyOut(client, select, ROW_BYTES, (view, at) => {
      if (view.getInt32(at + 4) === 3) throw new RangeError('three');
    }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(RangeError).with.property('message', 'three');
    await goesOn();
  });

  it('fail if they are not as wide as declared', async () => {
    // 2 + 4 + 4 + 4: the second field is null, which is a length of -1 alone
    expect(await failure('SELECT 1, NULL::int')).to.have.property(
      'message',
      'a COPY of rows of 18 bytes has one of 14',
    );
    expect(await failure('SELECT 1, 2::int8')).to.have.property('message', 'a COPY of rows of 18 bytes has one of 22');
    await goesOn();
  });

  it('fail when the connection is lost', async () => {
    const other = new Client({ ...connection, ssl: false });
    other.on('error', () => undefined);
    await other.connect();
    const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const reading = copyOut(other, 'SELECT 1, 2 FROM pg_sleep(60)', 18, () => undefined).catch((e: unknown) => e);
    await client.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    expect(await reading).to.be.instanceOf(Error);
    await other.end().catch(() => undefined);
  });
});
