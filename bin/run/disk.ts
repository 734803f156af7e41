import { EMPTY, type Observable } from 'rxjs';
import type { Log } from '../../lib/log/log.js';
import { diskTrouble, type DiskSpace } from '../../lib/retention/disk.js';
import { elapsed } from '../../lib/world/clock.js';
import { roomAt } from '../../lib/world/disk.js';
import { asked } from '../../streams/asked.js';
import { poll } from '../../streams/poll.js';
import type { RunWorld } from './world.js';

/** Watches the disk of an embedded database. */
export interface DiskGuard {
  /** Whether there is so little room that nothing is to be bought. */
  isFull(): boolean;
  readonly watch$: Observable<unknown>;
}

const LOOK_EVERY_MS = 30_000;

interface GuardWorld {
  readonly database: Pick<RunWorld['database'], 'dataDir'>;
  readonly log: Pick<Log, 'warn' | 'info'>;
}

/** Looks every half minute how much room there is, and says so when that changes what is done; an external database's disk is not ours. */
export const openDiskGuard = (
  { database: { dataDir }, log }: GuardWorld,
  look: (folder: string) => Promise<DiskSpace | null> = roomAt,
): DiskGuard => {
  let state: DiskSpace['state'] = 'ok';
  if (dataDir === undefined) return { isFull: () => false, watch$: EMPTY };
  const watch$ = poll({ now: () => elapsed(), periodMs: LOOK_EVERY_MS, eager: true }, () =>
    asked(async () => {
      const space = await look(dataDir);
      if (!space) return; // who cannot look knows nothing new
      const trouble = diskTrouble(space);
      if (trouble !== null) log.warn({ repeatKey: `disk ${space.state}` }, trouble);
      else if (state !== 'ok') log.info('the disk has room again');
      state = space.state;
    }),
  );
  return { isFull: () => state === 'full', watch$ };
};
