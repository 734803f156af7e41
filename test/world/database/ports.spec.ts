import { expect } from 'chai';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../../lib/errors.js';
import { withClient } from '../../../lib/world/database/connection.js';
import { openEmbedded } from '../../../lib/world/database/embedded.js';
import { freePort } from '../../../lib/world/database/server.js';
import { serverIn, tidy, usedDataDir } from './bots.js';

// The path of the socket would have more than 100 bytes, which no system takes
const LONG = 'a'.repeat(90);

const failureOf = async (work: Promise<unknown>): Promise<UserError> => {
  const error: unknown = await work.catch((failure: unknown) => failure);
  expect(error).to.be.instanceOf(UserError);
  return error as UserError;
};

describe('the embedded database in a folder with a long path', function () {
  this.timeout(180_000);
  const rival = createServer();
  let taken = 0;
  before(async () => {
    rival.listen(0, '127.0.0.1');
    await once(rival, 'listening');
    taken = (rival.address() as AddressInfo).port;
  });
  after(() => rival.close());
  afterEach(tidy);

  it('listens on this machine’s loopback only, and only for who has the password', async () => {
    const dataDir = await usedDataDir(LONG);
    const [one, other] = await Promise.all([0, 1].map(() => openEmbedded({ dataDir, durable: false })));
    const { connection } = one!;

    expect(connection.host).to.equal('127.0.0.1');
    expect(other!.connection).to.deep.equal(connection);
    const { rows } = await withClient(connection, client =>
      client.query<Record<string, unknown>>(
        `SELECT current_setting('listen_addresses') AS listens, current_setting('unix_socket_directories') AS sockets`,
      ),
    );
    expect(rows).to.deep.equal([{ listens: '127.0.0.1', sockets: '' }]);
    const refusal: unknown = await withClient({ ...connection, password: 'guessed' }, client =>
      client.query('SELECT 1'),
    ).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', '28P01');
    await one!.close();
    await other!.close();
  });

  it('finds a server that has not noted yet where it listens', async () => {
    const dataDir = await usedDataDir(LONG);
    const one = await openEmbedded({ dataDir, durable: false });
    const path = join(dataDir, 'pg', 'postmaster.pid');
    const note = readFileSync(path, 'utf8');
    writeFileSync(path, `${note.split('\n').slice(0, 5).join('\n')}\n`);
    const opening = openEmbedded({ dataDir, durable: false });
    await pause(500);
    writeFileSync(path, note);

    const other = await opening;
    expect(other.connection).to.deep.equal(one.connection);
    await one.close();
    await other.close();
  });

  it('takes another port when the first one was taken meanwhile', async () => {
    const dataDir = await usedDataDir(LONG);
    const ports = [taken, taken];
    const database = await openEmbedded({ dataDir, durable: false, freePort: async () => ports.shift() ?? freePort() });

    expect(database.connection.port).to.not.equal(taken);
    await database.close();
  });

  it('says so when every port is taken, and leaves no server', async () => {
    const dataDir = await usedDataDir(LONG);
    const { lines, exitCode } = await failureOf(
      openEmbedded({ dataDir, durable: false, freePort: () => Promise.resolve(taken) }),
    );

    expect(lines.join('\n'))
      .to.match(/found no free TCP port in 10 tries/)
      .and.match(/BOT_DATA_DIR/);
    expect(exitCode).to.equal(1);
    expect(serverIn(dataDir)).to.deep.equal([]);
  });

  it('needs no port at all where the path is short', async () => {
    const dataDir = await usedDataDir();
    const database = await openEmbedded({
      dataDir,
      durable: false,
      freePort: () => Promise.reject(new Error('none left')),
    });

    expect(database.connection.host).to.equal(`${dataDir}/socket`);
    await database.close();
  });
});
