import { concat, concatMap, filter, from, ignoreElements, map, scan, startWith, type Observable } from 'rxjs';
import type { RetentionOutcome, ScannerPorts } from '../../lib/market-data/ports.js';
import { diskTrouble, type DiskSpace } from '../../lib/ops/disk.js';
import { HOUR_MS } from '../../lib/units.js';
import { poll } from '../poll.js';
import { withSettings } from '../with-settings.js';

/** What became of old months. */
export interface RetainedEvent {
  readonly kind: 'retained';
  readonly retained: RetentionOutcome;
}

/** State of the disk. `trouble` describes the problem; null if there is none. */
export interface DiskEvent {
  readonly kind: 'disk';
  readonly space: DiskSpace;
  readonly trouble: string | null;
  readonly hasRecovered: boolean;
}

const DAY_WORK_MS = 6 * HOUR_MS;
const DISK_MS = 30_000;

/**
 * Makes partitions for the days to come and drops old months, every six hours of the exchange's
 * time.
 *
 *     period   |-----|-----
 *     day      -----r----r-    r: what became of old months
 */
export const dayWork = ({
  clock,
  maintenance,
  settings$,
}: Pick<ScannerPorts, 'clock' | 'maintenance' | 'settings$'>): Observable<RetainedEvent> =>
  poll({ now: clock.now, speed: clock.speed, periodMs: DAY_WORK_MS }, at =>
    concat(
      from(maintenance.makePartitions(at)).pipe(ignoreElements()),
      withSettings(settings$, inForce => maintenance.retain(at, inForce)),
    ),
  ).pipe(
    concatMap(polled => (polled.kind === 'answer' ? [{ kind: 'retained' as const, retained: polled.value }] : [])),
  );

/**
 * Free space on the database's disk, checked twice a minute of our own time; nothing if the disk is
 * not ours.
 *
 *     look   o--f--f--n--o    o enough, f full, n not known
 *     disk   o--f--f-----o
 */
export const diskSpace = ({ clock, maintenance }: Pick<ScannerPorts, 'clock' | 'maintenance'>): Observable<DiskEvent> =>
  poll({ now: () => Number(clock.elapsed()), periodMs: DISK_MS, eager: true }, () => maintenance.disk()).pipe(
    filter(polled => polled.kind === 'answer'),
    map(({ value }) => value),
    filter((space): space is DiskSpace => space !== null),
    scan(
      (before: DiskEvent | null, space): DiskEvent => ({
        kind: 'disk',
        space,
        trouble: diskTrouble(space),
        hasRecovered: before !== null && before.trouble !== null && diskTrouble(space) === null,
      }),
      null,
    ),
    filter((event): event is DiskEvent => event !== null),
  );

/** Whether the disk is so full that nothing must be bought. False until the first check. */
export const isFull = (disk$: Observable<DiskEvent>): Observable<boolean> =>
  disk$.pipe(
    map(({ space }) => space.state === 'full'),
    startWith(false),
  );
