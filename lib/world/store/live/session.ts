import { Client } from 'pg';
import type { DurationMs } from '../../../units.js';
import type { Connection } from '../../database/index.js';
import { CONNECT_TIMEOUT_MS } from '../../database/connection.js';

/** An answer that takes longer is none. */
const ANSWER_MS = 3_000;

/** A client for a session of its own, not yet connected. Its loss is told by `end`. */
export const sessionOf = (connection: Connection, title: string): Client => {
  const client = new Client({
    ...connection,
    ssl: connection.ssl ?? false,
    application_name: title.slice(0, 63), // PostgreSQL cuts it there
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
  });
  client.on('error', () => undefined); // 'end' follows
  return client;
};

/** Closes a session without a farewell, to whose answer a dead connection would wait for ever. */
export const breakOff = (client: Client): void =>
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();

/** Asks an idle session again and again whether it still lives, and breaks it off if it does not. Returns how to stop that. */
export const watchOver = (client: Client, everyMs: DurationMs): (() => void) => {
  let timer: NodeJS.Timeout;
  let stopped = false;
  const next = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      client.query('select 1').then(next, () => breakOff(client));
    }, everyMs).unref();
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
};
