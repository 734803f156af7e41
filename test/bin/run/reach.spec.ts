import { expect } from 'chai';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { startWaiting, storeAtEnd } from '../../../bin/run/reach.js';
import { Aborted, UserError } from '../../../lib/errors.js';
import { withClient } from '../../../lib/world/database/connection.js';
import { openEmbedded } from '../../../lib/world/database/embedded.js';
import { openDatabase, type Database } from '../../../lib/world/database/index.js';
import { guarded } from '../../../lib/world/store/errors.js';
import { killServer, serverIn, tidy, usedDataDir } from '../../world/database/bots.js';
import { until, urlOf } from '../child.js';

const failure = (act: Promise<unknown>) =>
  act.then(
    () => null,
    (error: unknown) => error,
  );

describe('a start that needs the database', function () {
  this.timeout(60_000);
  let said: string[];
  let beats: number;
  beforeEach(() => {
    said = [];
    beats = 0;
  });

  const say = (first: unknown, text?: string) => void said.push(text ?? String(first));
  const never = new AbortController().signal;
  const waiting = <T>(start: (reached: () => void) => Promise<T>, where: string | null = null, signal = never) =>
    startWaiting(start, {
      log: { info: say, warn: say },
      signal,
      where,
      hint: ' Ctrl-C stops.',
      beat: () => (beats += 1),
    });

  describe('of its own', () => {
    let dataDir: string;
    beforeEach(async () => {
      dataDir = await usedDataDir();
    });
    afterEach(tidy);

    it('waits for a server that comes up later, and says so, how to stop and when it is there', async () => {
      const first = await openEmbedded({ dataDir });
      const url = urlOf(first.connection);
      await first.close();
      let back: Promise<Database> | undefined;
      const start = () => {
        if (said.length > 0) back ??= openEmbedded({ dataDir });
        return openDatabase({ connectionString: url, dataDir });
      };
      expect((await waiting(start)).title).to.include('crypto_bot');
      expect(said[0]).to.match(
        /^waiting for the database: The database at .* cannot be reached: ENOENT\. .* Ctrl-C stops\.$/,
      );
      expect(said.at(-1)).to.equal('the database answers');
      expect(beats).to.be.at.least(1);
      await (await back!).close();
    });

    it('begins again from the first step where the server is killed in any of its steps', async () => {
      const steps: string[] = [];
      const killIn = ['open', 'use', 'use again'];
      const start = async () => {
        const database = await openEmbedded({ dataDir });
        try {
          for (const step of ['open', 'use', 'use again']) {
            steps.push(step);
            if (killIn[0] === step) {
              killIn.shift();
              await killServer(dataDir);
            }
            await guarded(step, () => withClient(database.connection, client => client.query('select 1')));
          }
          return database;
        } catch (error) {
          await database.close();
          throw error;
        }
      };
      const database = await waiting(start);
      expect(steps.join()).to.equal('open,open,use,open,use,use again,open,use,use again');
      expect(said.filter(text => text.startsWith('waiting'))).to.have.length(3);
      await database.close();
      expect(serverIn(dataDir)).to.deep.equal([]);
    });

    it('stores what a stop has to once the server is back, and gives up in time where it does not come back', async () => {
      const database = await openEmbedded({ dataDir });
      const act = () => withClient(database.connection, client => client.query('select 1')).then(() => 'stored');
      const reopen = async (signal: AbortSignal) => (await openEmbedded({ dataDir, signal })).close();
      await killServer(dataDir);
      expect(await storeAtEnd('storing', act, reopen, 30_000)).to.equal('stored');
      await killServer(dataDir);
      expect(await storeAtEnd('storing', act, () => Promise.reject(new Error('away')), 300)).to.equal(null);
      expect(await storeAtEnd('storing', () => Promise.reject(new Error('a fault')), reopen, 30_000)).to.equal(null);
      await database.close();
    });
  });

  it('says within a second of a server that takes the connection and never answers', async () => {
    const silent: Server = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const stop = new AbortController();
    const { signal } = stop;
    const connectionString = `postgres://bot:secret@127.0.0.1:${port}/x`;
    const start = () => openDatabase({ connectionString, dataDir: '', signal });
    const ended = failure(waiting(start, `127.0.0.1:${port}`, signal));
    await until('it is said', () => Promise.resolve(said.length > 0));
    // Of a connection that brings no answer nothing else is known before its three seconds are
    // over.
    expect(said[0]).to.equal(`waiting for the database: no answer from 127.0.0.1:${port} yet. Ctrl-C stops.`);
    stop.abort();
    expect(await ended).to.be.instanceOf(Aborted);
    silent.close();
  });

  it('does not wait for what waiting does not mend', async () => {
    const refused = new UserError(['The database x refuses: the user or the password is wrong.']);
    expect(await failure(waiting(() => Promise.reject(refused)))).to.equal(refused);
    const broken = new UserError(['The disk of /data is full: the embedded database cannot start.'], 1);
    expect(await failure(waiting(() => Promise.reject(broken)))).to.equal(broken);
    expect(await failure(waiting(() => Promise.reject(new TypeError('a fault'))))).to.be.instanceOf(TypeError);
    expect(said).to.deep.equal([]);
  });
});
