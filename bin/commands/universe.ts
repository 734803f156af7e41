import { UserError } from '../../lib/errors.js';
import { isoTime } from '../../lib/report/time.js';
import { universeList } from '../../lib/report/universe-list.js';
import { readUniverse } from '../../lib/world/store/universe.js';
import { parseTime } from '../arguments.js';
import { renderUniverse } from '../report/universe.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

/** The options of `bot universe`, as parsed. */
export interface UniverseOptions extends DatabaseChoice {
  readonly at?: string;
  readonly json?: boolean;
}

/**
 * `bot universe`: which markets are tradable and why others are not: each rule's value beside its
 * threshold, as stored by a run.
 */
export const universeCommand = async (options: UniverseOptions, terminal: Terminal): Promise<void> => {
  const at = options.at === undefined ? null : parseTime('--at', options.at);
  await withWorldToRead(options, terminal, async ({ client }) => {
    const list = universeList(await readUniverse(client, at));
    if (!list)
      throw new UserError(
        [
          `No verdict on any market is stored${at === null ? '' : ` of ${isoTime(at)} or before`}.`,
          'A run stores them at each refresh: bot run, or without a network bot run --simulate (then: bot universe --simulated).',
        ],
        1,
      );
    terminal.out(options.json ? JSON.stringify(list, null, 2) : renderUniverse(list, terminal.colours, terminal.width));
  });
};
