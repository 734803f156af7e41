import { diskTrouble } from '../ops/disk.js';
import { MINUTE_MS, type DurationMs, type EpochMs } from '../units.js';
import type { Fault, LiveProcess, LiveRecord, LiveStatus } from './live-status.js';
import { isoTime } from './time.js';

/** The slower process has a heartbeat every minute. */
const SILENT_MS = 150_000;
/** One minute for the candle to close, one to request it, one of tolerance. */
const MAX_LAG_MS = 3 * MINUTE_MS;
/** An error is reported for this long. */
const RECENT_MS = 10 * MINUTE_MS;

const ROLES = ['positions', 'scanner'] as const;
const LOSSES = {
  positions: 'open trades are not being monitored',
  scanner: 'no opportunities are found',
} as const;

const seconds = (ms: DurationMs): string =>
  ms < 2 * MINUTE_MS ? `${Math.round(ms / 1_000)} s` : `${Math.round(ms / MINUTE_MS)} min`;

/** Whether a process reported lately and has not ended. */
export const isAlive = ({ silentMs, stoppedAt }: LiveProcess): boolean => stoppedAt === null && silentMs <= SILENT_MS;

const minuteText = (at: EpochMs): string => `${isoTime(at).slice(0, 16).replace('T', ' ')} UTC`;

const absenceOf = (process: LiveProcess | undefined): string => {
  if (!process) return 'has not reported yet';
  const { stoppedAt, stop, silentMs } = process;
  if (stoppedAt === null) return `has been silent for ${seconds(silentMs)}`;
  const at = minuteText(stoppedAt.getTime());
  return stop?.requested === false ? `ended at ${at} (${stop.reason})` : `was stopped at ${at}`;
};

/** The last stop of a run whose processes all ended on request; otherwise null. */
export const stopOf = ({ processes }: LiveRecord): LiveStatus['stopped'] => {
  const stops = processes.flatMap(({ stoppedAt, stop }) =>
    stoppedAt !== null && stop?.requested === true ? [{ at: stoppedAt, reason: stop.reason }] : [],
  );
  if (stops.length === 0 || stops.length < processes.length) return null;
  return stops.reduce((last, each) => (each.at > last.at ? each : last));
};

const START = 'Start it again: bin/bot run, or its service or container';

/** What a stopped run means; `open` counts its open trades. */
export const stopFaults = ({ at, reason }: NonNullable<LiveStatus['stopped']>, open: number): readonly Fault[] => [
  { health: 'stopped', problem: `since ${minuteText(at.getTime())}: ${reason}`, action: START },
  ...(open > 0
    ? [
        {
          health: 'stopped',
          problem: `${open} open ${open === 1 ? 'trade is' : 'trades are'} not monitored until it is started again`,
          action: null,
        } as const,
      ]
    : []),
];

/** Since when the held markets that cannot be traded cannot, by symbol; of all wallets. */
const suspendedOf = (record: Pick<LiveRecord, 'portfolio' | 'shadows'>): ReadonlyMap<string, EpochMs> =>
  new Map(
    [record, ...record.shadows].flatMap(({ portfolio }) =>
      (portfolio?.held ?? []).flatMap(({ symbol, suspendedSince }) =>
        suspendedSince === undefined ? [] : [[symbol, suspendedSince] as const],
      ),
    ),
  );

const degraded = (problem: string, action: string): Fault => ({ health: 'degraded', problem, action });

const absences = (processes: readonly LiveProcess[]): readonly Fault[] =>
  ROLES.flatMap(role => {
    const process = processes.find(known => known.role === role);
    if (process && isAlive(process)) return [];
    return [
      {
        health: role === 'positions' ? 'down' : 'degraded',
        problem: `the process "${role}" ${absenceOf(process)}: ${LOSSES[role]}`,
        action: process
          ? 'Its log has the reason. If nothing restarts it, do so: bin/bot run, or its service or container'
          : 'If it does not report within two minutes of its start, see its log',
      },
    ];
  });

const breakerFaults = (requests: LiveStatus['requests']): readonly Fault[] => {
  if (!requests || requests.breaker.phase === 'closed') return [];
  const { breaker, silentForMs } = requests;
  const phase = breaker.phase === 'open' ? `for another ${seconds(silentForMs)}` : 'a probe request is under way';
  return [
    degraded(
      `requests to the exchange are paused (${phase}): ${breaker.reason ?? 'for an unknown reason'}`,
      'They resume by themselves. If it lasts, check the network, the proxy and the status page of the exchange',
    ),
  ];
};

/** Faults of a run that is not stopped, most severe first. */
export const faultsOf = (
  { processes, now, disk, ...record }: LiveRecord,
  requests: LiveStatus['requests'],
): readonly Fault[] => {
  const absent = absences(processes);
  if (absent.length === ROLES.length) return absent; // without processes, other problems are outdated
  const present = processes.filter(isAlive);
  const room = disk ? diskTrouble(disk) : null;
  return [
    ...absent,
    ...(room === null ? [] : [degraded(room, 'Free some space, or move the database ("Disk" in docs/operations.md)')]),
    ...breakerFaults(requests),
    ...[...suspendedOf(record)].map(([symbol, since]) =>
      degraded(
        `${symbol} cannot be traded since ${minuteText(since)}: the position is suspended at its last price`,
        'The exchange says whether it is halted or delisted; if it stays so, it is sold at its last order book',
      ),
    ),
    ...present.flatMap(({ role, lagMs }) =>
      lagMs !== null && lagMs > MAX_LAG_MS
        ? [
            degraded(
              `the process "${role}" is ${seconds(lagMs)} behind the market`,
              'If it does not catch up, check its log, the network and the load of this machine and of the database',
            ),
          ]
        : [],
    ),
    ...present.flatMap(({ role, lastError, lastErrorAt }) =>
      lastError !== null && lastErrorAt !== null && now - lastErrorAt.getTime() < RECENT_MS
        ? [
            degraded(
              `the process "${role}" had an error ${seconds(Math.max(0, now - lastErrorAt.getTime()))} ago: ${lastError}`,
              'docs/operations.md lists the messages with what to do about each',
            ),
          ]
        : [],
    ),
  ];
};
