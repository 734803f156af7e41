import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../lib/errors.js';
import { givenKeyOf, type GivenKey } from '../lib/settings/given.js';

/** Database that a command opens. */
export interface DatabaseChoice {
  readonly config?: string;
  /** The database of `bot run --simulate` with this seed; true: the default seed. */
  readonly simulated?: number | true;
  /** Values of the command line: those of keys of config.yaml replace the file's. */
  readonly set?: readonly string[];
}

/** Default seed of a simulated market. */
export const USUAL_SEED = 1;

/** Environment variable that `bot run --simulate --no-limits` sets for its processes. */
export const UNLIMITED = 'BOT_SIMULATOR_UNLIMITED';

/** The data folder of a seed's simulated market, separate from real data and other seeds. */
export const simulationFolder = (dataDir: string, seed: number): string => join(dataDir, `simulated-${seed}`);

/**
 * The folder of the embedded database that a command opens. Throws `UserError` if there is no
 * simulated run with the seed.
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

/** The keys of config.yaml among values of the command line; the others are a strategy's. */
export const givenKeysIn = (set: readonly string[] = []): readonly GivenKey[] =>
  set.map(givenKeyOf).filter(key => key !== null);
