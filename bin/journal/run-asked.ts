import type { ClientBase } from 'pg';
import { UserError } from '../../lib/errors.js';
import { readListedRun, readRunRange, type ListedRun } from '../../lib/world/store/listed-runs.js';

/** That no run is stored at all. */
export const noRun = (): UserError => new UserError(['No run is stored: "bot backtest" or "bot run" makes one.'], 1);

/**
 * The run with a number, the newest by default. Throws `UserError`: there is no run at all, or none
 * with this number, which `option` gave.
 */
export const runAsked = async (client: ClientBase, option: string, id?: number): Promise<ListedRun> => {
  const found = await readListedRun(client, id);
  if (found) return found;
  const { first, last, runs } = await readRunRange(client);
  if (runs === 0) throw noRun();
  throw new UserError([
    `${option}: there is no run ${id}; the ${runs === 1 ? 'only one is' : `${runs} stored ones are from`} ${first}${runs === 1 ? '' : ` to ${last}`} ("bot runs" lists them)`,
  ]);
};
