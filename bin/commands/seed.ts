import { ExchangeFailure } from '../../lib/exchange/failure.js';
import { modeOf } from '../../lib/exchange/mode.js';
import { CAP_MARGIN, capsOf, type MarketCaps } from '../../lib/reference/market-caps.js';
import { seedChanges } from '../../lib/reference/changes.js';
import { coinIds, type CoinReference } from '../../lib/reference/coins.js';
import { readSeedFile } from '../../lib/reference/read.js';
import { seedSummary } from '../../lib/reference/summary.js';
import { DAY_MS } from '../../lib/units.js';
import { now } from '../../lib/world/clock.js';
import { readTextFile } from '../../lib/world/config-file.js';
import { fetchCoins } from '../../lib/world/market-caps.js';
import { readCoins, saveCoins } from '../../lib/world/store/live/coins.js';
import { holdsSimulatedRuns, lastPrices, saveReference } from '../../lib/world/store/reference.js';
import type { Store } from '../../lib/world/store/index.js';
import { renderSeed } from '../report/seed.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorld, type CommandWorld } from '../world.js';

/** The options of `bot seed`, as parsed. */
export interface SeedOptions extends DatabaseChoice {
  readonly file?: string;
  readonly json?: boolean;
}

const MAX_TRIES = 2;
const NO_CAPS: MarketCaps = { at: Number.NaN, caps: new Map(), unmatched: [] };

/**
 * The market caps of these coins, or the reason why there are none. A coin is matched by its id, or
 * by its symbol if the price confirms it.
 */
const askCaps = async (
  { configuration: { settings } }: CommandWorld,
  store: Store,
  bases: readonly string[],
  own: ReadonlyMap<string, CoinReference>,
  signal: AbortSignal,
): Promise<{ readonly known: MarketCaps; readonly reason: string | null }> => {
  if (bases.length === 0) return { known: NO_CAPS, reason: 'no market is stored' };
  if (modeOf(settings.exchange) === 'simulated' || (await holdsSimulatedRuns(store.orm)))
    return { known: NO_CAPS, reason: 'simulated coins use those of their exchange' };
  const { marketCapUrl: url, minMarketCap } = settings.filtering;
  const ids = coinIds(own);
  const prices = await lastPrices(store.orm, now() - DAY_MS);
  try {
    const answer = await fetchCoins({ url, minCap: CAP_MARGIN * minMarketCap, signal, maxTries: MAX_TRIES });
    const wanted = bases
      .filter(base => ids.has(base) || prices.has(base))
      .map(base => ({ base, price: prices.get(base) ?? Number.NaN }));
    return { known: capsOf(answer, wanted, ids), reason: null };
  } catch (error) {
    if (!(error instanceof ExchangeFailure)) throw error;
    return { known: NO_CAPS, reason: `the source did not answer (${error.message})` };
  }
};

/**
 * `bot seed`: sets the names and sectors of the coins of stored markets and fetches their market
 * caps. Stores the user's own reference data, also for markets stored later. Throws `UserError` for
 * an unusable file.
 */
export const seedCommand = async (options: SeedOptions, terminal: Terminal): Promise<void> => {
  let entries: ReadonlyMap<string, CoinReference> = new Map();
  if (options.file !== undefined) {
    const { text, name } = readTextFile(options.file, 'reference data of coins in YAML');
    entries = readSeedFile(text, name);
  }
  await withWorld(options, terminal, async world => {
    const store = await world.store();
    await saveReference(store.orm, entries);
    const own = await store.coinReference();
    const markets = await store.markets();
    const bases = [...new Set(markets.map(({ base }) => base))];
    const { known, reason } = await askCaps(world, store, bases, own, terminal.signal);
    const coins = await readCoins(
      store.orm,
      markets.map(({ id }) => id),
    );
    const takenBack = new Set([...entries.keys()].filter(symbol => own.get(symbol)?.name == null));
    const changes = seedChanges(coins, own, known.caps, takenBack);
    await saveCoins(store.orm, changes);
    const summary = seedSummary(markets, own, changes.length, {
      coins: bases.length,
      known: reason === null ? known.caps.size : null,
      reason,
    });
    terminal.out(
      options.json ? JSON.stringify(summary, null, 2) : renderSeed(summary, terminal.colours, terminal.width),
    );
  });
};
