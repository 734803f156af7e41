import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../lib/errors.js';

/** Which database a command opens. */
export interface DatabaseChoice {
  readonly config?: string;
  /** That of `bot run --simulate` with this seed; true for the usual seed. */
  readonly simulated?: number | true;
}

/** The seed of a simulated market that nobody has chosen. */
export const USUAL_SEED = 1;

/**
 * Where the data of a seed's simulated market lie, apart from real ones and from those of other
 * seeds.
 */
export const simulationFolder = (dataDir: string, seed: number): string => join(dataDir, `simulated-${seed}`);

/**
 * The folder of the embedded database that a command opens. Throws `UserError` where there is no
 * simulated run of the seed.
 */
export const chosenFolder = (dataDir: string, { simulated }: DatabaseChoice): string => {
  if (simulated === undefined) return dataDir;
  const seed = simulated === true ? USUAL_SEED : simulated;
  const folder = simulationFolder(dataDir, seed);
  if (!existsSync(folder))
    throw new UserError([
      `--simulated: there is no simulated run with the seed ${seed} in ${dataDir}.`,
      `Start one: bin/bot run --simulate --seed ${seed}`,
    ]);
  return folder;
};
