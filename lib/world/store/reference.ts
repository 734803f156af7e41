import { marketOf, type Market } from '../../market.js';
import { referenceOf, type CoinReference } from '../../reference/coins.js';
import { isSector } from '../../reference/sectors.js';
import type { EpochMs, Price } from '../../units.js';
import { ask } from './bulk.js';
import type { Orm } from './orm.js';

const entering = (rows: string): string => `
  insert into cryptocurrency (symbol, base, quote, name, sector, amount_step, minimum_amount, minimum_cost)
  select market.symbol, base, quote, coalesce(own.name, market.name), coalesce(own.sector, market.sector),
    amount_step, minimum_amount, minimum_cost
  from json_to_recordset(${rows}::json) as market (symbol text, base text, quote text, name text, sector text,
    amount_step float8, minimum_amount float8, minimum_cost float8, place int)
  left join coin_reference as own on own.symbol = base
  order by place on conflict (symbol) do nothing`;

/**
 * Enters new markets, their coins with the name and sector of the reference data; the user's own
 * take precedence.
 */
export const ENTER_MARKETS = { pg: entering('$1'), orm: entering('?') } as const;

/** Input of `ENTER_MARKETS`; `known` is the exchange's data. */
export const marketRows = (symbols: readonly string[], known: readonly Market[] = []): string => {
  const stored = new Map(known.map(market => [market.symbol, market]));
  return JSON.stringify(
    symbols.map((symbol, place) => {
      const market = stored.get(symbol) ?? marketOf(symbol);
      const { base, quote, amountStep, minimumAmount, minimumCost } = market;
      const { name, sector } = referenceOf(base);
      return {
        symbol,
        base,
        quote,
        name: name ?? base,
        sector,
        place,
        amount_step: amountStep,
        minimum_amount: minimumAmount,
        minimum_cost: minimumCost,
      };
    }),
  );
};

type Row = Readonly<Record<'symbol' | 'name' | 'sector' | 'coingecko_id', string | null>>;

/** The user's own reference data, by symbol. */
export const readReference = async (orm: Orm): Promise<ReadonlyMap<string, CoinReference>> => {
  const rows = await ask<Row>(
    orm.em.fork({ disableTransactions: true }),
    'select symbol, name, sector, coingecko_id from coin_reference',
  );
  return new Map(
    rows.map(({ symbol, name, sector, coingecko_id: coinGeckoId }) => [
      symbol!,
      { name, sector: isSector(sector) ? sector : null, coinGeckoId },
    ]),
  );
};

const KEEP = `
  insert into coin_reference (symbol, name, sector, coingecko_id)
  select * from json_to_recordset(?::json) as own (symbol text, name text, sector text, coingecko_id text)`;

/**
 * Stores the user's own reference data: an entry replaces the previous one of its coin, an empty
 * one removes it.
 */
export const saveReference = async (orm: Orm, coins: ReadonlyMap<string, CoinReference>): Promise<void> => {
  const said = [...coins]
    .filter(([, { name, sector, coinGeckoId }]) => name !== null || sector !== null || coinGeckoId !== null)
    .map(([symbol, { name, sector, coinGeckoId }]) => ({ symbol, name, sector, coingecko_id: coinGeckoId }));
  await orm.em.fork().transactional(async em => {
    await ask(em, 'delete from coin_reference where symbol = any (?)', [[...coins.keys()]]);
    await ask(em, KEEP, [JSON.stringify(said)]);
  });
};

/** Whether the database holds simulated runs, which are then the only ones. */
export const holdsSimulatedRuns = async (orm: Orm): Promise<boolean> =>
  (await ask(orm.em.fork({ disableTransactions: true }), `select from run where mode = 'simulated' limit 1`)).length >
  0;

const PRICES = `
  select base, price from cryptocurrency, lateral (
    select close as price from market_data
    where cryptocurrency_id = id and timestamp >= to_timestamp(?) and not suspect order by timestamp desc limit 1) as last
  where quote = 'USD'`;

/** The last stored price in USD of each base that has one since then. */
export const lastPrices = async (orm: Orm, since: EpochMs): Promise<ReadonlyMap<string, Price>> => {
  const rows = await ask<{ base: string; price: Price }>(orm.em.fork({ disableTransactions: true }), PRICES, [
    since / 1_000,
  ]);
  return new Map(rows.map(({ base, price }) => [base, price]));
};
