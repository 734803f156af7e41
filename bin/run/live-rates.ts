import type { RateOf } from '../../lib/position/portfolio.js';
import { MINUTE_MS } from '../../lib/units.js';
import { withClient } from '../../lib/world/database/connection.js';
import type { StoredMarket } from '../../lib/world/store/index.js';
import { toStoreError } from '../../lib/world/store/errors.js';
import type { RunWorld } from './world.js';

/** What the portfolio's currency pays for a unit of each market's quote currency, by the last stored closes. */
export interface LiveRates {
  /** NaN while none is known. */
  readonly of: RateOf;
  refresh(): Promise<void>;
}

/** A close older than this converts nothing. */
const MOST_AGE_MS = 60 * MINUTE_MS;

const LAST = `
  select id, (select close from market_data where cryptocurrency_id = cryptocurrency.id and not suspect
              and timestamp >= $2 order by timestamp desc limit 1)::float8 as close
  from cryptocurrency where id = any ($1::int[])`;

export const ratesOf = (world: RunWorld, markets: readonly StoredMarket[]): LiveRates => {
  const { currency } = world.settings().portfolio;
  const bySymbol = new Map(markets.map(({ symbol, id }) => [symbol, id]));
  const routeOf = (quote: string): { readonly id: number; readonly inverse: boolean } | null => {
    const straight = bySymbol.get(`${quote}/${currency}`);
    const back = bySymbol.get(`${currency}/${quote}`);
    if (straight !== undefined) return { id: straight, inverse: false };
    return back === undefined ? null : { id: back, inverse: true };
  };
  const routes = markets.map(({ quote }) => (quote === currency ? null : routeOf(quote)));
  const wanted = [...new Set(routes.flatMap(route => (route ? [route.id] : [])))];
  let closes = new Map<number, number>();
  return {
    of: market => {
      if (markets[market]!.quote === currency) return 1;
      const route = routes[market];
      const close = route ? (closes.get(route.id) ?? NaN) : NaN;
      return route?.inverse ? 1 / close : close;
    },
    refresh: () =>
      world.stored('reading rates', async () => {
        if (wanted.length === 0) return;
        const since = new Date(world.now() - MOST_AGE_MS);
        try {
          closes = await withClient(world.database.connection, async client => {
            const { rows } = await client.query<{ id: number; close: number | null }>(LAST, [wanted, since]);
            return new Map(rows.flatMap(({ id, close }) => (close === null ? [] : [[id, close] as const])));
          });
        } catch (error) {
          throw toStoreError(error, 'reading rates');
        }
      }),
  };
};
