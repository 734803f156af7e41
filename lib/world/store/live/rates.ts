import type { RateOf } from '../../../portfolio/portfolio.js';
import { routeTo } from '../../../rates.js';
import { MINUTE_MS, type EpochMs } from '../../../units.js';
import { withClient } from '../../database/connection.js';
import type { Connection } from '../../database/index.js';
import { guarded } from '../errors.js';
import type { StoredMarket } from '../index.js';

/** Older closes are not used for conversion. */
const MAX_AGE_MS = 60 * MINUTE_MS;

const LAST = `
  select id, (select close from market_data where cryptocurrency_id = cryptocurrency.id and not suspect
              and timestamp >= $2 order by timestamp desc limit 1)::float8 as close
  from cryptocurrency where id = any ($1::int[])`;

/**
 * The price of each market's quote currency in a currency, by the last stored closes; NaN if none
 * is known. Throws `StoreError`.
 */
export const readRates = async (
  connection: Connection,
  markets: readonly Pick<StoredMarket, 'id' | 'symbol' | 'quote'>[],
  currency: string,
  now: EpochMs,
): Promise<RateOf> => {
  const bySymbol = new Map(markets.map(({ symbol, id }) => [symbol, id]));
  const routes = markets.map(({ quote }) => routeTo(quote, currency, symbol => bySymbol.get(symbol)));
  const wanted = [...new Set(routes.flatMap(route => (route && route !== 'same' ? [route.via] : [])))];
  const closes = new Map<number, number>();
  if (wanted.length > 0)
    await guarded('reading rates', () =>
      withClient(connection, async client => {
        const values = [wanted, new Date(now - MAX_AGE_MS)];
        const { rows } = await client.query<{ id: number; close: number | null }>(LAST, values);
        for (const { id, close } of rows) if (close !== null) closes.set(id, close);
      }),
    );
  return market => {
    const route = routes[market] ?? null;
    if (route === 'same') return 1;
    const close = route ? (closes.get(route.via) ?? NaN) : NaN;
    return route?.inverse ? 1 / close : close;
  };
};
