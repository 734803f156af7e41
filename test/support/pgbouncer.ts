import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { withClient, type Connection } from '../../lib/world/database/connection.js';
import type { Pooler, PoolMode } from './pooler.js';

const NOBODY = 65_534;

/** Where PgBouncer is installed; null where it is not. */
export const pgBouncerProgram = (): string | null =>
  [
    process.env['PGBOUNCER'],
    ...(process.env['PATH'] ?? '').split(delimiter).map(folder => join(folder, 'pgbouncer')),
  ].find(file => file !== undefined && file !== '' && existsSync(file)) ?? null;

const portOf = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};

const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await portOf(server);
  server.close();
  await once(server, 'close');
  return port;
};

/** The same as `startPooler`, by PgBouncer itself. */
export const startPgBouncer = async (program: string, server: Connection, mode: PoolMode): Promise<Pooler> => {
  // PgBouncer does not run as root, and nobody else may enter the folder of the server's socket.
  const bridge = createServer(socket => {
    const inner = connect(join(server.host, `.s.PGSQL.${server.port}`));
    for (const each of [socket, inner]) each.on('error', () => undefined);
    socket.pipe(inner).pipe(socket);
    socket.on('close', () => inner.destroy());
    inner.on('close', () => socket.destroy());
  });
  const at = await portOf(bridge);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-pgbouncer-'));
  chmodSync(folder, 0o755);
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const ini = `[databases]
${server.database} = host=127.0.0.1 port=${at} user=${server.user} password=${server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, 'users')}
pool_mode = ${mode}
default_pool_size = 40
max_client_conn = 200
`;
  writeFileSync(join(folder, 'pgbouncer.ini'), ini);
  writeFileSync(join(folder, 'users'), `${quoted(server.user)} ${quoted(server.password)}\n`);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) ['pgbouncer.ini', 'users'].forEach(name => chownSync(join(folder, name), NOBODY, NOBODY));
  const child = spawn(program, [join(folder, 'pgbouncer.ini')], {
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit');
  const connection = { ...server, host: '127.0.0.1', port };
  for (let tries = 0; ; tries++)
    try {
      await new Promise<void>((resolve, reject) => {
        const probe = connect(port, '127.0.0.1', () => resolve(probe.destroy() as never));
        probe.once('error', reject);
      });
      break;
    } catch {
      if (tries > 200 || child.exitCode !== null) throw new Error(`PgBouncer does not start:\n${said}`);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  return {
    connection,
    close: async () => {
      child.kill('SIGQUIT');
      await ended;
      bridge.close();
      rmSync(folder, { recursive: true, force: true });
      // What it left would keep the database from being dropped.
      await withClient({ ...server, database: 'postgres' }, client =>
        client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [server.database]),
      );
    },
  };
};
