import type { ClientBase } from 'pg';
import type { Stretch } from '../../download/trade-minutes.js';
import type { Candles } from '../../series/candles.js';
import type { SeriesRules } from '../../series/series.js';
import { MINUTE_MS, type EpochMs, type Price } from '../../units.js';
import { lockMarket } from './candles/market.js';
import { spliceCandles, type SpliceCounts } from './candles/splice.js';
import { inTransaction } from './sql.js';

/** A market's download that has not come to its end. */
export interface Download extends Stretch {
  readonly symbol: string;
  /** Its minutes before this one are stored, as far as they can be known. */
  readonly next: EpochMs;
}

/** What downloads are called among the shared states, before the symbol. */
const PREFIX = 'download ';

const WRITE = `
  INSERT INTO shared_state AS stored (name, version, state) VALUES ($1, 1, $2)
  ON CONFLICT (name) DO UPDATE SET version = stored.version + 1, state = excluded.state, updated_at = now()`;

const write = ({ symbol, ...state }: Download): [string, unknown[]] => [
  WRITE,
  [`${PREFIX}${symbol}`, JSON.stringify(state)],
];

/** The downloads that were begun and have not ended, sorted by symbol. */
export const readDownloads = async (client: ClientBase): Promise<readonly Download[]> => {
  const { rows } = await client.query<{ symbol: string; state: Omit<Download, 'symbol'> }>(
    `SELECT substr(name, $1) AS symbol, state FROM shared_state WHERE starts_with(name, $2) ORDER BY name COLLATE "C"`,
    [PREFIX.length + 1, PREFIX],
  );
  return rows.map(({ symbol, state: { from, to, next } }) => ({ symbol, from, to, next }));
};

/** Writes down what is to be downloaded: after this a download can be resumed, however it ends. */
export const beginDownloads = (client: ClientBase, downloads: readonly Download[]): Promise<void> =>
  inTransaction(client, async () => {
    for (const download of downloads) await client.query(...write(download));
  });

/** Forgets a download that has come to its end. */
export const endDownload = async (client: ClientBase, symbol: string): Promise<void> => {
  await client.query('DELETE FROM shared_state WHERE name = $1', [`${PREFIX}${symbol}`]);
};

/**
 * Stores minutes that were built from trades (ascending, without holes) and how far they reach, both or neither. Their
 * partitions must be there. `progress` is null where nobody resumes.
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

/** The close of the minute before one, if it is stored; else NaN. */
export const closeBefore = async (client: ClientBase, symbol: string, at: EpochMs): Promise<Price> => {
  const { rows } = await client.query<{ close: Price }>(
    `SELECT close FROM market_data WHERE timestamp = to_timestamp($2)
       AND cryptocurrency_id = (SELECT id FROM cryptocurrency WHERE symbol = $1)`,
    [symbol, (at - MINUTE_MS) / 1_000],
  );
  return rows[0]?.close ?? Number.NaN;
};
