import pg from 'pg';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import type { Connection } from '../../../../lib/world/database/index.js';
import { minute } from '../../../support/broker.js';
import { walk } from '../../../support/walk.js';
import { openDesk, scanOf, Trader } from './scene.js';

// Scans and trades from where the run is, and says each minute that was stored. It kills itself at
// a statement of its own.
const { connection, seed, minutes } = JSON.parse(process.argv[2]!) as {
  connection: Connection;
  seed: number;
  minutes: number;
};

/**
 * When this process dies: at its `statement`th, counted from the start or from its first entry,
 * before or after sending it.
 */
export interface Death {
  readonly counted: 'start' | 'entry';
  readonly statement: number;
  readonly sent: boolean;
}

const [said] = (await once(process.stdin, 'data')) as [Buffer];
process.stdin.destroy();
const death = JSON.parse(said.toString()) as Death | null;

let left = death?.counted === 'start' ? death.statement : Infinity;
const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
const { query } = prototype;
prototype.query = function (...args) {
  left--;
  if (left <= 0 && !death!.sent) process.kill(process.pid, 'SIGKILL');
  const answer = query.apply(this, args);
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
  return answer;
};

const tape = walk(seed, minutes);
const desk = await openDesk(connection);
const role = await desk.live.takeRole('positions');
await desk.live.ensurePartitions(minute(0), minute(minutes));
const { trader, next } = await Trader.start(desk, randomUUID());
for (let n = next; n < minutes; n++) {
  await desk.live.saveScan(desk, scanOf(tape, n, desk.ids));
  const { events, save } = trader.settle(tape, n);
  if (death?.counted === 'entry' && left === Infinity && events.some(({ kind }) => kind === 'opened'))
    left = death.statement;
  await save();
  process.stdout.write(`${n} `);
}
await role.release();
await desk.store.close();
