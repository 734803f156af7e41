import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { readFileSync } from 'node:fs';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import type { Connection } from '../../lib/world/database/connection.js';

/**
 * When a client's session is given a server's: for its life, for a transaction, or for a statement.
 */
export type PoolMode = 'session' | 'transaction' | 'statement';

/** A pooler in front of a database. */
export interface Pooler {
  /** How a client reaches the database through it. */
  readonly connection: Connection;
  close(): Promise<void>;
}

/** Path of the certificate of an encrypted pooler, for clients that should trust it. */
export const CERTIFICATE = fileURLToPath(new URL('tls/cert.pem', import.meta.url));

export interface PoolerOptions {
  /** Sessions of the server at most. */
  readonly most?: number;
  /** Whether it lets clients encrypt; those that must, if they are to be let in at all. */
  readonly tls?: 'offered' | 'demanded';
}

/** What PgBouncer takes of a client's start-up message; all else it refuses. */
const TAKEN = /^(user|database|client_encoding|datestyle|timezone|standard_conforming_strings|application_name)$/i;
const SSL_REQUEST = 80877103;
const CANCEL_REQUEST = 80877102;

const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const message = (type: string, ...parts: readonly (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)));
  return Buffer.concat([Buffer.from(type), int(body.length + 4), body]);
};
const fatal = (code: string, text: string): Buffer => message('E', `SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
const IDLE = message('Z', 'I');

/** Cuts a stream of bytes into messages: gives those that are whole, keeps the rest. */
const messages = (headLength: 4 | 5) => {
  let held = Buffer.alloc(0);
  return (piece: Buffer): Buffer[] => {
    held = Buffer.concat([held, piece]);
    const whole: Buffer[] = [];
    while (held.length >= headLength) {
      const length = held.readInt32BE(headLength - 4) + headLength - 4;
      if (held.length < length) break;
      whole.push(held.subarray(0, length));
      held = held.subarray(length);
    }
    return whole;
  };
};

/** A server's session: pg logs in, then its socket is ours. */
interface ServerSession {
  readonly client: Client;
  readonly socket: Socket;
  /** Hears of each message of the server. */
  hear: (piece: Buffer) => void;
}

const logIn = async (server: Connection): Promise<ServerSession> => {
  const client = new Client({ ...server, ssl: false, application_name: 'pooler' });
  client.on('error', () => undefined);
  await client.connect();
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  const session: ServerSession = { client, socket: stream, hear: () => undefined };
  const cut = messages(5);
  stream.on('data', (piece: Buffer) => cut(piece).forEach(each => session.hear(each)));
  return session;
};

/**
 * A pooler as PgBouncer is one: it refuses parameters that it does not know in a start-up message,
 * and lends sessions of the server to its clients, the one that was given back last first, as they
 * are: nothing is reset except at the end of a client that had it for its life. Any password will
 * do.
 */
export const startPooler = async (
  server: Connection,
  mode: PoolMode,
  { most = 20, tls }: PoolerOptions = {},
): Promise<Pooler> => {
  const idle: ServerSession[] = [];
  const all = new Set<ServerSession>();
  const waiting: ((session: ServerSession) => void)[] = [];
  const clients = new Set<Socket>();

  const borrow = async (): Promise<ServerSession> => {
    const next = idle.pop();
    if (next) return next;
    if (all.size >= most) return new Promise(resolve => waiting.push(resolve));
    const session = await logIn(server);
    all.add(session);
    session.socket.on('close', () => {
      all.delete(session);
      if (idle.includes(session)) idle.splice(idle.indexOf(session), 1);
    });
    return session;
  };
  const giveBack = (session: ServerSession): void => {
    session.hear = () => undefined;
    const first = waiting.shift();
    if (first) first(session);
    else idle.push(session);
  };
  const discard = (session: ServerSession): void => {
    all.delete(session);
    session.socket.destroy();
  };
  /** What PgBouncer does to a session before somebody else gets it for life. */
  const reset = (session: ServerSession): Promise<void> =>
    new Promise(resolve => {
      session.hear = each => {
        if (each[0] === IDLE[0]) resolve();
      };
      session.socket.write(message('Q', 'DISCARD ALL\0'));
    });

  const serve = (raw: Socket): void => {
    clients.add(raw);
    let socket = raw;
    let session: ServerSession | null = null;
    let state = 'I';
    let turn: Promise<unknown> = Promise.resolve();
    const drop = () => socket.destroy(); // the server has ended the session

    const fromServer = (each: Buffer): void => {
      socket.write(each);
      if (each[0] !== IDLE[0]) return;
      state = String.fromCharCode(each[5]!);
      if (mode === 'statement' && state !== 'I')
        socket.end(fatal('08P01', 'transaction blocks not allowed in statement pooling mode'));
      if (mode === 'session' || state !== 'I' || !session) return;
      session.socket.off('close', drop);
      giveBack(session);
      session = null;
    };
    const fromClient = async (each: Buffer): Promise<void> => {
      if (each[0] === 'X'.charCodeAt(0)) return void socket.end();
      if (!session) {
        session = await borrow();
        session.hear = fromServer;
        session.socket.once('close', drop);
      }
      session.socket.write(each);
    };
    const end = async (): Promise<void> => {
      clients.delete(raw);
      const last = session;
      session = null;
      last?.socket.off('close', drop);
      if (!last || last.socket.destroyed) return;
      if (state !== 'I') {
        discard(last); // its transaction is lost
        return;
      }
      await reset(last);
      giveBack(last);
    };

    const begin = messages(4);
    const cut = messages(5);
    let begun = false;
    const start = (each: Buffer): void => {
      const kind = each.readInt32BE(4);
      if (kind === SSL_REQUEST) {
        raw.write(tls ? 'S' : 'N');
        if (tls) encrypt();
        return;
      }
      if (kind === CANCEL_REQUEST) return void socket.end();
      begun = true;
      if (tls === 'demanded' && socket === raw) {
        socket.end(fatal('28000', 'no pg_hba.conf entry for host "127.0.0.1", no encryption'));
        return;
      }
      const words = each.subarray(8).toString().split('\0');
      const refused = words.filter((word, at) => at % 2 === 0 && word !== '' && !TAKEN.test(word))[0];
      if (refused !== undefined) {
        socket.end(fatal('08P01', `unsupported startup parameter: ${refused}`));
        return;
      }
      const told = { server_version: '18.4', client_encoding: 'UTF8', standard_conforming_strings: 'on' };
      const parameters = Object.entries(told).map(([name, value]) => message('S', `${name}\0${value}\0`));
      socket.write(Buffer.concat([message('R', int(0)), ...parameters, message('K', int(1), int(1)), IDLE]));
    };
    const take = (piece: Buffer): void => {
      const whole = begun ? cut(piece) : begin(piece);
      for (const each of whole)
        if (!begun) start(each);
        else turn = turn.then(() => fromClient(each)).catch(() => socket.destroy());
    };
    const encrypt = (): void => {
      raw.off('data', take);
      socket = new TLSSocket(raw, {
        isServer: true,
        cert: readFileSync(CERTIFICATE),
        key: readFileSync(CERTIFICATE.replace('cert', 'key')),
      });
      socket.on('data', take);
      socket.on('error', () => undefined);
    };
    raw.on('data', take);
    raw.on('error', () => undefined);
    raw.on('close', () => void turn.then(end).catch(() => undefined));
  };

  const listener = createServer({ noDelay: true }, serve).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    connection: { ...server, host: '127.0.0.1', port: (listener.address() as AddressInfo).port },
    close: async () => {
      listener.close();
      clients.forEach(client => client.destroy());
      all.forEach(discard);
      await once(listener, 'close');
    },
  };
};
