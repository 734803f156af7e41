import { Observable } from 'rxjs';
import type { DurationMs } from '../../../units.js';
import { beginSession, breakOff, type Connection } from '../../database/connection.js';
import { sessionOf, watchOver } from './session.js';

/** There may be new rows: listeners check. */
export interface Nudge {
  /** `connected`: listening has started (again), and earlier notifications may have been missed. */
  readonly kind: 'notified' | 'connected';
  readonly payload: string;
}

/** Options of a listening connection. */
export interface ListenOptions {
  /** Interval between checks of the connection. */
  readonly heartbeatMs?: DurationMs;
  readonly reconnectMs?: DurationMs;
}

/**
 * Notifications on a channel, from a connection of its own, while subscribed: it never ends and
 * never fails; a lost or silent connection is replaced. Notifications can get lost: use a slow poll
 * in addition.
 *
 * server   ------n----x   o----n--- nudges   c-----n--------c----n---   c connected   n notified
 */
export const listen = (
  connection: Connection,
  channel: string,
  { heartbeatMs = 5_000, reconnectMs = 1_000 }: ListenOptions = {},
): Observable<Nudge> =>
  new Observable(subscriber => {
    let again: NodeJS.Timeout | undefined;
    let stop = (): void => undefined;

    const connect = (): void => {
      const client = sessionOf(connection, `crypto-bot listens to ${channel}`);
      let unwatch = (): void => undefined;
      stop = () => {
        stop = () => undefined;
        unwatch();
        client.removeAllListeners('notification');
        breakOff(client);
      };
      const stopThis = stop;
      const replace = (): void => {
        if (stop !== stopThis) return; // replaced already, or unsubscribed
        stop();
        again = setTimeout(connect, reconnectMs);
      };
      client.once('end', replace);
      client.on('notification', ({ payload = '' }) => subscriber.next({ kind: 'notified', payload }));
      const listening = async () => {
        await beginSession(client, connection);
        await client.query(`listen ${client.escapeIdentifier(channel)}`);
        if (stop !== stopThis) return;
        unwatch = watchOver(client, heartbeatMs);
        subscriber.next({ kind: 'connected', payload: '' });
      };
      listening().catch(replace);
    };

    connect();
    return () => {
      clearTimeout(again);
      stop();
    };
  });
