import { EMPTY, catchError, concat, defer, ignoreElements, type ObservableInput } from 'rxjs';
import type { ScannerPorts } from '../../lib/market-data/ports.js';

/**
 * Ports whose recovery begins only after the save under way. A save that is a promise goes on when
 * its session ends: without waiting, the minutes that it stores would be decided a second time.
 *
 *     save     s----|
 *     session  ---x       it ends, and the next one asks for its markets
 *     open          o|
 */
export const openAfterSaves = <Ports extends Pick<ScannerPorts, 'scans' | 'recovery'>>(ports: Ports): Ports => {
  const { scans, recovery } = ports;
  let saving: ObservableInput<unknown> = EMPTY;
  return {
    ...ports,
    scans: {
      ...scans,
      save: found => {
        const saved = scans.save(found);
        saving = saved instanceof Promise ? saved : EMPTY;
        return saved;
      },
    },
    recovery: {
      ...recovery,
      open: (tracked, markets) =>
        concat(
          defer(() => saving).pipe(
            ignoreElements(),
            catchError(() => EMPTY),
          ),
          defer(() => recovery.open(tracked, markets)),
        ),
    },
  };
};
