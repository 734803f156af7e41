import type { Client } from 'pg';
import type { DurationMs } from '../../../units.js';
import { breakOff, newClient, type Connection } from '../../database/connection.js';

/** Timeout of an answer. */
const ANSWER_MS = 3_000;

/** A client for a session of its own, not yet connected. Its loss is reported by `end`. */
export const sessionOf = (connection: Connection, title: string): Client =>
  newClient(connection, { title, answerMs: ANSWER_MS, keepAlive: true });

const WHO = 'select pg_backend_pid() as pid';

/**
 * Checks repeatedly whether an idle session still lives, and is still the server's session that it
 * began as: behind a pooler that lends it to others, locks do not hold. Breaks it off if not.
 * Returns a function that stops the checks.
 */
export const watchOver = (client: Client, everyMs: DurationMs): (() => void) => {
  let timer: NodeJS.Timeout;
  let stopped = false;
  let first: number | undefined;
  const next = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      client.query<{ pid: number }>(WHO).then(
        ({ rows }) => {
          const { pid } = rows[0]!;
          first ??= pid;
          if (pid === first) next();
          else breakOff(client);
        },
        () => breakOff(client),
      );
    }, everyMs).unref();
  };
  next();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
};
