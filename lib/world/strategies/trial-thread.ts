import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';
import { UserError } from '../../errors.js';
import type { TulindTable } from '../../indicators/tulind-days.js';
import { loadHere, type TrialAnswer, type TrialRequest } from './load.js';

const [{ bundle, order, names }] = (await once(parentPort!, 'message')) as [TrialRequest];

/** Computes nothing: only what the file itself does is tried here. */
const tulind: TulindTable = Object.fromEntries(
  Object.entries(names).map(([name, described]) => [
    name,
    { ...described, start: () => 0, indicator: (_inputs, _options, done) => done(null, []) },
  ]),
);

const trial = async (): Promise<TrialAnswer> => {
  try {
    await loadHere(bundle, order, tulind);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.lines;
    throw error;
  }
};

parentPort!.postMessage(await trial());
