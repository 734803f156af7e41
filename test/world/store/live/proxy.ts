import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import type { Connection } from '../../../../lib/world/database/index.js';

/**
 * A way to the database that can fall silent without closing, as a firewall does that forgets a
 * connection.
 */
export interface Proxy {
  readonly connection: Connection;
  /** Connections so far. */
  count(): number;
  /** From now on nothing comes through on the connections that are open. */
  freeze(): void;
  /** Ends the connections that are open, and lets the database believe that they are not. */
  cut(): void;
  /**
   * Lets the next commit through and cuts the connection before its answer. Resolves once that has
   * happened.
   */
  loseCommit(): Promise<void>;
  close(): Promise<void>;
}

export const openProxy = async (to: Connection): Promise<Proxy> => {
  const pairs: [Socket, Socket][] = [];
  let lost: (() => void) | null = null;
  const server: Server = createServer(near => {
    const far = to.host.startsWith('/') ? connect(join(to.host, `.s.PGSQL.${to.port}`)) : connect(to.port, to.host);
    for (const socket of [near, far]) socket.on('error', () => undefined);
    near.on('data', (data: Buffer) => {
      if (!lost || !/commit/i.test(data.toString('latin1'))) return;
      const done = lost;
      lost = null;
      far.unpipe(near);
      far.once('data', () => {
        near.destroy();
        far.destroy();
        done();
      });
      far.resume();
    });
    near.pipe(far);
    far.pipe(near);
    pairs.push([near, far]);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    connection: { ...to, host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    count: () => pairs.length,
    freeze: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
        near.pause();
        far.pause();
      }
    },
    cut: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        near.destroy();
        far.resume(); // what it still says goes nowhere
      }
    },
    loseCommit: () => new Promise(resolve => (lost = resolve)),
    close: async () => {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
