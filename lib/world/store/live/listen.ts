import { Observable } from 'rxjs';
import { Client } from 'pg';
import type { DurationMs } from '../../../units.js';
import type { Connection } from '../../database/index.js';
import { CONNECT_TIMEOUT_MS } from '../orm.js';

/** Something may be new: whoever hears it looks. */
export interface Nudge {
  /** `connected`: listening began (again), and what happened before may have been missed. */
  readonly kind: 'notified' | 'connected';
  readonly payload: string;
}

export interface ListenOptions {
  /** How often the connection is asked whether it still lives. */
  readonly heartbeatMs?: DurationMs;
  readonly reconnectMs?: DurationMs;
}

/** An answer to a heartbeat that takes longer is none. */
const ANSWER_MS = 3_000;

/**
 * Nudges on a channel, from a connection of its own, for as long as it is subscribed to: it never ends and never fails; a
 * connection that is lost or silent is replaced. Nudges can get lost: a slow poll beside it is the truth.
 *
 *     server   ------n----x   o----n---
 *     nudges   c-----n--------c----n---   c connected   n notified
 */
export const listen = (
  connection: Connection,
  channel: string,
  { heartbeatMs = 5_000, reconnectMs = 1_000 }: ListenOptions = {},
): Observable<Nudge> =>
  new Observable(subscriber => {
    let timer: NodeJS.Timeout | undefined;
    let client: Client | undefined;

    const drop = (lost: Client): void => {
      lost.removeAllListeners('notification');
      lost.end().catch(() => undefined);
      // a half-open connection would wait for an answer to its farewell
      (lost as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    };
    const replace = (lost: Client): void => {
      if (client !== lost) return;
      client = undefined;
      drop(lost);
      clearTimeout(timer);
      timer = setTimeout(connect, reconnectMs);
    };
    const watch = (live: Client): void => {
      timer = setTimeout(() => {
        live.query('select 1').then(
          () => {
            if (client === live) watch(live);
          },
          () => replace(live),
        );
      }, heartbeatMs);
    };
    const connect = (): void => {
      const fresh = new Client({
        ...connection,
        ssl: connection.ssl ?? false,
        application_name: `crypto-bot listens to ${channel}`,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        query_timeout: ANSWER_MS,
        keepAlive: true,
      });
      client = fresh;
      fresh.on('error', () => replace(fresh));
      fresh.on('end', () => replace(fresh));
      fresh.on('notification', ({ payload = '' }) => subscriber.next({ kind: 'notified', payload }));
      fresh
        .connect()
        .then(() => fresh.query(`listen ${fresh.escapeIdentifier(channel)}`))
        .then(
          () => {
            if (client !== fresh) return;
            subscriber.next({ kind: 'connected', payload: '' });
            watch(fresh);
          },
          () => replace(fresh),
        );
    };

    connect();
    return () => {
      clearTimeout(timer);
      const last = client;
      client = undefined;
      if (last) drop(last);
    };
  });
