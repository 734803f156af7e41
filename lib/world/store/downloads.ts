import type { ClientBase } from 'pg';
import type { TradeStretch } from '../../market-data/trade-minutes.js';
import type { Candles } from '../../market-data/candles.js';
import type { SeriesRules } from '../../market-data/series.js';
import { MINUTE_MS, type EpochMs, type Price } from '../../units.js';
import { lockMarket } from './candles/market.js';
import { spliceCandles, type SpliceCounts } from './candles/splice.js';
import { inTransaction } from './sql.js';

/** An unfinished download of a market. */
export interface Download extends TradeStretch {
  readonly symbol: string;
  /** Minutes before this one are stored, as far as they can be known. */
  readonly next: EpochMs;
}

/** Prefix of downloads among the shared states, followed by the symbol. */
const PREFIX = 'download ';

const WRITE = `
  INSERT INTO shared_state AS stored (name, version, state) VALUES ($1, 1, $2)
  ON CONFLICT (name) DO UPDATE SET version = stored.version + 1, state = excluded.state, updated_at = now()`;

const write = ({ symbol, ...state }: Download): [string, unknown[]] => [
  WRITE,
  [`${PREFIX}${symbol}`, JSON.stringify(state)],
];

/** The unfinished downloads, sorted by symbol. */
export const readDownloads = async (client: ClientBase): Promise<readonly Download[]> => {
  const { rows } = await client.query<{ symbol: string; state: Omit<Download, 'symbol'> }>(
    `SELECT substr(name, $1) AS symbol, state FROM shared_state WHERE starts_with(name, $2) ORDER BY name COLLATE "C"`,
    [PREFIX.length + 1, PREFIX],
  );
  return rows.map(({ symbol, state: { from, to, next } }) => ({ symbol, from, to, next }));
};

/** Records what will be downloaded: from then on a download can be resumed, however it ends. */
export const beginDownloads = (client: ClientBase, downloads: readonly Download[]): Promise<void> =>
  inTransaction(client, async () => {
    for (const download of downloads) await client.query(...write(download));
  });

/** Removes a finished download. */
export const endDownload = async (client: ClientBase, symbol: string): Promise<void> => {
  await client.query('DELETE FROM shared_state WHERE name = $1', [`${PREFIX}${symbol}`]);
};

/**
 * Stores minutes built from trades (ascending, without holes) and the progress, both or neither.
 * Their partitions must exist. `progress` is null if the download cannot be resumed.
 */
export const saveMinutes = (
  client: ClientBase,
  symbol: string,
  candles: Candles,
  rules: SeriesRules,
  progress: Download | null,
): Promise<SpliceCounts | null> =>
  inTransaction(client, async () => {
    const counts =
      candles.length === 0
        ? null
        : await spliceCandles(client, await lockMarket(client, symbol), candles, rules, false, 'trades');
    if (progress) await client.query(...write(progress));
    return counts;
  });

/** The close of the previous minute, if it is stored; else NaN. */
export const closeBefore = async (client: ClientBase, symbol: string, at: EpochMs): Promise<Price> => {
  const { rows } = await client.query<{ close: Price }>(
    `SELECT close FROM market_data WHERE timestamp = to_timestamp($2)
       AND cryptocurrency_id = (SELECT id FROM cryptocurrency WHERE symbol = $1)`,
    [symbol, (at - MINUTE_MS) / 1_000],
  );
  return rows[0]?.close ?? Number.NaN;
};
