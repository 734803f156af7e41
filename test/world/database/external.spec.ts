import { expect } from 'chai';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { Aborted, UserError } from '../../../lib/errors.js';
import { withClient, type Connection } from '../../../lib/world/database/connection.js';
import { openDatabase } from '../../../lib/world/database/index.js';
import { freshDatabase } from '../../support/database.js';

const SECRET = 'sEcReT-9x';

const urlOf = ({ host, port, user, password, database }: Connection): string =>
  `postgres://${user}:${encodeURIComponent(password)}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`;

const open = (connectionString: string, signal?: AbortSignal) =>
  openDatabase({ connectionString, dataDir: '/nowhere', ...(signal && { signal }) });

/** The exit code and the lines of a refusal, which never hold the secret. */
const refusal = async (url: string): Promise<readonly [number, string]> => {
  const error: unknown = await open(url).catch((failure: unknown) => failure);
  expect(error).to.be.instanceOf(UserError);
  const { exitCode, lines } = error as UserError;
  for (const secret of [SECRET, SECRET.slice(0, 6), url]) expect(lines.join('\n')).to.not.include(secret);
  return [exitCode, lines.join('\n')];
};

const int = (n: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(n, 0, bytes);
  return buffer;
};
const message = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int(body.length + 4, 4), body]);
};
const IDLE = message('Z', Buffer.from('I'));

const typeOf = (value: string): number =>
  /^[tf]$/.test(value) ? 16 : /^\d+$/.test(value) ? 23 : /^\[/.test(value) ? 114 : 25; // bool, int4, json, text
const rowMessages = (row: Readonly<Record<string, string>>): Buffer => {
  const names = Object.entries(row).map(([name, value]) =>
    Buffer.concat([
      Buffer.from(`${name}\0`),
      int(0, 4),
      int(0, 2),
      int(typeOf(value), 4),
      int(-1, 2),
      int(-1, 4),
      int(0, 2),
    ]),
  );
  const values = Object.values(row).map(value => Buffer.concat([int(value.length, 4), Buffer.from(value)]));
  return Buffer.concat([
    message('T', int(names.length, 2), ...names),
    message('D', int(values.length, 2), ...values),
    message('C', Buffer.from('SELECT 1\0')),
    IDLE,
  ]);
};

let sessions = 0;

/** Speaks enough of PostgreSQL's protocol to let anybody in and to say these facts of itself. */
const answering = (facts: Readonly<Record<string, string>>) => (socket: Socket) => {
  const pid = String(++sessions);
  let mark = 'none';
  const answerTo = (sql: string): Readonly<Record<string, string>> => {
    const [, next] = /'crypto_bot.mark', '([^']+)'/.exec(sql) ?? [];
    if (next === undefined) return sql.includes('server_version') ? facts : { set: '' };
    const row = { pid, before: mark };
    mark = next;
    return row;
  };
  socket.on('error', () => undefined);
  socket.once('data', () => {
    socket.on('data', data => {
      const sql = data.toString('latin1');
      if (sql.startsWith('Q')) socket.write(rowMessages(answerTo(sql)));
    });
    socket.write(Buffer.concat([message('R', int(0, 4)), IDLE]));
  });
};

describe('a database given by its URL', function () {
  this.timeout(60_000);
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  const servers: Server[] = [];
  before(async () => (database = await freshDatabase()));
  after(() => database.drop());
  afterEach(() => servers.splice(0).forEach(server => server.close()));

  const portOf = async (onConnection: (socket: Socket) => void): Promise<number> => {
    const server = createServer(onConnection).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const run = (sql: string) => withClient(database.connection, client => client.query(sql));

  it('opens, and is named without its password', async () => {
    const opened = await open(urlOf(database.connection));
    const { connection, title } = opened;

    expect(connection).to.deep.equal({ ...database.connection, schema: 'public' });
    expect(title).to.equal(`bot@${database.connection.host}:5432/${database.connection.database}`);
    await opened.close();
    await run('SELECT 1');
  });

  it('refuses a wrong password, an unknown user, an unknown database and a missing password with exit code 2', async () => {
    const { connection } = database;
    for (const [change, expected] of [
      [{ password: SECRET }, /the user or the password is wrong/],
      [{ user: 'stranger', password: SECRET }, /the user or the password is wrong/],
      [{ database: 'nowhere' }, /there is no such database/],
      [{ password: '' }, /requires a password/],
    ] as const) {
      const [exitCode, lines] = await refusal(urlOf({ ...connection, ...change }));
      expect(lines).to.match(expected);
      expect(exitCode).to.equal(2);
    }
  });

  it('refuses a database that stores no UTF-8, and a user who may not make tables', async () => {
    await run(`CREATE DATABASE ascii_only ENCODING 'SQL_ASCII' TEMPLATE template0`);
    await run(`CREATE ROLE guest LOGIN PASSWORD '${SECRET}'`);
    try {
      const ascii = await refusal(urlOf({ ...database.connection, database: 'ascii_only' }));
      expect(ascii[1]).to.match(/stores text as SQL_ASCII, expected UTF8/);
      const guest = await refusal(urlOf({ ...database.connection, user: 'guest', password: SECRET }));
      expect(guest[1])
        .to.match(/does not let guest create tables in the schema public\./)
        .and.match(/GRANT CREATE, USAGE ON SCHEMA "public" TO "guest"/);
      expect([ascii[0], guest[0]]).to.deep.equal([2, 2]);
    } finally {
      await run('DROP DATABASE ascii_only');
      await run('DROP ROLE guest');
    }
  });

  it('refuses a server that is too old or read-only, and takes the oldest that will do', async () => {
    const path = '[{"name":"public","creates":true,"hasTables":false,"owner":null,"inserts":false}]';
    const facts = {
      version: '14.0',
      number: '140000',
      encoding: 'UTF8',
      standby: 'f',
      readOnly: 'f',
      path,
      elsewhere: '[]',
    };
    const old = await portOf(answering({ ...facts, version: '13.22', number: '130022' }));
    const standby = await portOf(answering({ ...facts, standby: 't' }));
    const good = await portOf(answering(facts));

    const url = (port: number) => `postgres://u:${SECRET}@127.0.0.1:${port}/d`;
    expect(await refusal(url(old))).to.deep.equal([
      2,
      `The database u@127.0.0.1:${old}/d runs PostgreSQL 13.22, expected 14 or newer.`,
    ]);
    expect((await refusal(url(standby)))[1]).to.match(/is a standby, which is read-only/);
    expect((await open(url(good))).title).to.equal(`u@127.0.0.1:${good}/d`);
  });

  it('reports with exit code 1 that the port is closed, silent, or the host is unknown', async () => {
    const closed = await portOf(() => undefined);
    const silent = await portOf(() => undefined);
    const cutting = await portOf(socket => socket.destroy());
    servers[0]!.close();

    for (const [host, expected] of [
      [`127.0.0.1:${closed}`, /ECONNREFUSED/],
      [`127.0.0.1:${silent}`, /no answer within 3 s/],
      [`127.0.0.1:${cutting}`, /ECONNRESET|the connection was cut/],
      ['no-such-host.invalid:5432', /ENOTFOUND|EAI_AGAIN/],
    ] as const) {
      const [exitCode, lines] = await refusal(`postgres://u:${SECRET}@${host}/d`);
      expect(lines).to.include(`The database at ${host} cannot be reached`).and.match(expected);
      expect(exitCode).to.equal(1);
    }
  });

  it('refuses a server without TLS where the URL demands it', async () => {
    const port = await portOf(socket => socket.once('data', () => socket.write('N')));

    const [exitCode, lines] = await refusal(`postgres://u:${SECRET}@127.0.0.1:${port}/d?sslmode=require`);

    expect(lines).to.match(/does not offer TLS/);
    expect(exitCode).to.equal(2);
  });

  it('never shows a URL that it cannot understand, nor parts of a password that look like a host or a port', async () => {
    for (const url of [
      SECRET,
      `mysql://u:${SECRET}@h/d`,
      `postgres//u:${SECRET}@h/d`,
      `postgres://u:${SECRET}#x@h/d`,
      `postgres://${SECRET}:12#x@h/d`,
      `postgres://u:12/${SECRET}@h/d`,
      `postgres://u:12?${SECRET}@h/d`,
      `postgres://u:${SECRET}@h:port/d`,
    ]) {
      const [exitCode, lines] = await refusal(url);
      expect(lines, url).to.match(/is invalid/);
      expect(exitCode).to.equal(2);
    }
  });

  it('stops waiting at Ctrl-C', async () => {
    const stop = new AbortController();
    const silent = await portOf(() => stop.abort());

    const error: unknown = await open(`postgres://u@127.0.0.1:${silent}/d`, stop.signal).catch(
      (failure: unknown) => failure,
    );

    expect(error).to.be.instanceOf(Aborted);
  });
});
