import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../../errors.js';
import type { Settings } from '../../settings/settings.js';
import { decisionsOf } from '../../strategy/decisions.js';
import type { StrategySetup } from '../../strategy/setup.js';
import type { StrategyBundle } from './bundle.js';
import type { CheckMarket } from './check-market.js';
import { checkOn, generatedMarkets, type CheckedMarket } from './check.js';
import { loadHere, tulindTable, type StrategyOrder } from './load.js';

/** What the thread works on. */
export interface CheckOrder {
  readonly bundle: StrategyBundle;
  readonly order: StrategyOrder;
  readonly settings: Settings;
  /** Stored candles to check on as well. */
  readonly stored: CheckMarket | null;
  readonly seed: number;
}

/** What a check found, as plain data. */
export interface StrategyVerdict {
  readonly name: string;
  readonly parameters: StrategySetup['parameters'];
  /** The strategy's decisions by code. */
  readonly decisions: readonly string[];
  readonly markets: readonly CheckedMarket[];
}

/** The thread's messages: laws done, results, or the lines of a mistake. */
export type CheckMessage =
  | { readonly kind: 'done'; readonly laws: number }
  | ({ readonly kind: 'checked' } & StrategyVerdict)
  | { readonly kind: 'mistake'; readonly lines: readonly string[] };

const say = (message: CheckMessage): void => parentPort!.postMessage(message);

const work = async ({ bundle, order, settings, stored, seed }: CheckOrder): Promise<void> => {
  const loaded = await loadHere(bundle, order, await tulindTable());
  let laws = 0;
  const all = [generatedMarkets(), ...(stored ? [stored] : [])];
  const markets = all.map(market => checkOn(loaded, settings, market, seed, () => say({ kind: 'done', laws: ++laws })));
  const { name, parameters, strategy } = loaded.setup;
  say({ kind: 'checked', name, parameters, decisions: decisionsOf(strategy), markets });
};

try {
  await work(workerData as CheckOrder);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say({ kind: 'mistake', lines: error.lines });
}
