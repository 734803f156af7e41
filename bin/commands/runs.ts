import { UserError } from '../../lib/errors.js';
import { readListedRuns } from '../../lib/world/store/listed-runs.js';
import { noRun } from '../journal/run-asked.js';
import { renderRuns, runDocument } from '../report/runs.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

interface RunsOptions extends DatabaseChoice {
  readonly label?: string;
  readonly json?: boolean;
}

/** `bot runs`: the stored runs. */
export const runsCommand = async (options: RunsOptions, terminal: Terminal): Promise<void> => {
  const { label } = options;
  if (label?.trim() === '') throw new UserError(['--label: found an empty text, expected a part of a label']);
  const runs = await withWorldToRead(options, terminal, ({ client }) => readListedRuns(client, label));
  if (runs.length === 0)
    throw label === undefined
      ? noRun()
      : new UserError([`No run has a label or notes that contain "${label}" ("bot runs" lists all of them).`], 1);
  terminal.out(
    options.json ? JSON.stringify(runs.map(runDocument), null, 2) : renderRuns(runs, terminal.colours, terminal.width),
  );
};
