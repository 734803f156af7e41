import { expect } from 'chai';
import { reachDatabase } from '../../../bin/run/reach.js';
import { Aborted, UserError } from '../../../lib/errors.js';
import { openEmbedded } from '../../../lib/world/database/embedded.js';
import { openDatabase, type Database } from '../../../lib/world/database/index.js';
import { killServer, tidy, usedDataDir } from '../../world/database/bots.js';
import { urlOf } from '../child.js';

describe('the database of a process that starts', function () {
  this.timeout(30_000);
  let dataDir: string;
  let url: string;
  let said: string[];
  beforeEach(async () => {
    said = [];
    dataDir = await usedDataDir();
    const database = await openEmbedded({ dataDir });
    url = urlOf(database.connection);
    await database.close();
  });
  afterEach(tidy);

  const say = (first: unknown, text?: string) => void said.push(text ?? String(first));
  const reach = (supervised: boolean, beat: () => void, signal = new AbortController().signal) =>
    reachDatabase(
      () => openDatabase({ connectionString: url, dataDir }),
      { info: say, warn: say },
      { supervised, signal, beat },
    );

  it('is waited for, and reached as soon as it is back', async () => {
    let back: Promise<Database> | undefined;
    let beats = 0;
    const database = await reach(true, () => {
      if (++beats === 2) back = openEmbedded({ dataDir });
    });
    expect(database.title).to.include('crypto_bot');
    expect(beats).to.be.at.least(2);
    expect(said[0]).to.match(/^The database at .* cannot be reached: ENOENT\. Start it, or check host and port/);
    expect(said.at(-1)).to.equal('the database is back');
    await (await back!).close();
  });

  it('is not waited for by one that nobody looks after, nor once it is to stop', async () => {
    await killServer(dataDir);
    const failure = (act: Promise<unknown>) => act.catch((error: unknown) => error);
    expect(await failure(reach(false, () => undefined))).to.be.instanceOf(UserError);
    expect(said).to.deep.equal([]);
    const stop = new AbortController();
    expect(await failure(reach(true, () => stop.abort(), stop.signal))).to.be.instanceOf(Aborted);
  });
});
