import { Observable } from 'rxjs';
import type { DurationMs } from '../../../units.js';
import { beginSession, type Connection } from '../../database/connection.js';
import { breakOff, sessionOf, watchOver } from './session.js';

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

/**
 * Nudges on a channel, from a connection of its own, for as long as it is subscribed to: it never
 * ends and never fails; a connection that is lost or silent is replaced. Nudges can get lost: a
 * slow poll beside it is the truth.
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
        if (stop !== stopThis) return; // replaced already, or nobody listens any more
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
