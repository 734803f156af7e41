import type { RateOf } from '../../lib/position/portfolio.js';
import { routeTo } from '../../lib/rates.js';
import { MINUTE_MS } from '../../lib/units.js';
import { withClient } from '../../lib/world/database/connection.js';
import type { StoredMarket } from '../../lib/world/store/index.js';
import { guarded } from '../../lib/world/store/errors.js';
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

/** The rates of markets, by lane; none is known before `refresh`, which asks the database until it answers. */
export const ratesOf = (world: RunWorld, markets: readonly StoredMarket[]): LiveRates => {
  const { currency } = world.settings().portfolio;
  const bySymbol = new Map(markets.map(({ symbol, id }) => [symbol, id]));
  const routes = markets.map(({ quote }) => routeTo(quote, currency, symbol => bySymbol.get(symbol)));
  const wanted = [...new Set(routes.flatMap(route => (route && route !== 'same' ? [route.via] : [])))];
  let closes = new Map<number, number>();
  return {
    of: market => {
      const route = routes[market] ?? null;
      if (route === 'same') return 1;
      const close = route ? (closes.get(route.via) ?? NaN) : NaN;
      return route?.inverse ? 1 / close : close;
    },
    refresh: () =>
      world.stored('reading rates', async () => {
        if (wanted.length === 0) return;
        const since = new Date(world.now() - MOST_AGE_MS);
        closes = await guarded('reading rates', () =>
          withClient(world.database.connection, async client => {
            const { rows } = await client.query<{ id: number; close: number | null }>(LAST, [wanted, since]);
            return new Map(rows.flatMap(({ id, close }) => (close === null ? [] : [[id, close] as const])));
          }),
        );
      }),
  };
};
