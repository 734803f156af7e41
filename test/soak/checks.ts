import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BROKEN_LIVE } from '../world/store/live/invariants.js';

/** Asks the database. */
export type Rows = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** Each counts what is missing or left undone in the candles of a live run. */
export const LACKING: Readonly<Record<string, string>> = {
  'minutes are missing': `
    select coalesce(sum((extract(epoch from last - first) / 60 + 1 - count)::int), 0)::int as count from (
      select min(timestamp) as first, max(timestamp) as last, count(*) from market_data group by cryptocurrency_id) as market`,
  'minutes between the first and the last decision of a market are not decided on': `
    select count(*)::int as count from market_data m join (select cryptocurrency_id, min(timestamp) as first, max(timestamp) as last
      from market_data where decision is not null group by 1) d using (cryptocurrency_id)
    where decision is null and timestamp between first and last`,
};

/** What does not hold in the database of a live run, a line each; empty where all does. */
export const brokenIn = async (rows: Rows): Promise<readonly string[]> => {
  const broken = await rows(`select name, count from (${BROKEN_LIVE}) as found where count > 0`);
  const lacking = [];
  for (const [name, sql] of Object.entries(LACKING)) lacking.push({ name, count: (await rows(sql))[0]!['count'] });
  return [...broken, ...lacking.filter(({ count }) => count !== 0)].map(
    ({ name, count }) => `${String(name)}: ${String(count)}`,
  );
};

/** Rows that were acknowledged: what they say never changes, and none of them goes. */
const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  exits: `select id, row(trade_id, sequence, exit_timestamp, exit_price, size, profit_loss)::text as row from partial_exit`,
  trades: `select id, row(opportunity_id, entry_timestamp, entry_price, size)::text as row from simulated_trade`,
  opportunities: `select id, row(cryptocurrency_id, "timestamp", close, score)::text as row from opportunity`,
  decided: `select id, row(status, reason, decided_at)::text as row from opportunity where status <> 'pending'`,
};
/** What only ever rises (I12). */
const RISING: Readonly<Record<string, string>> = {
  'the stop of trade': 'select id, stop_loss_price::float8 as value from simulated_trade',
  'the highest price of trade': 'select id, highest_price::float8 as value from simulated_trade',
  'what was sold of trade': 'select id, (size - remaining_size)::float8 as value from simulated_trade',
};

/** What is stored now and must still be so later. */
export interface Known {
  readonly acknowledged: ReadonlyMap<string, string>;
  readonly rising: ReadonlyMap<string, number>;
}

export const knownIn = async (rows: Rows): Promise<Known> => {
  const acknowledged = new Map<string, string>();
  for (const [name, sql] of Object.entries(ACKNOWLEDGED))
    for (const { id, row } of await rows(sql)) acknowledged.set(`${name} ${String(id)}`, row as string);
  const rising = new Map<string, number>();
  for (const [name, sql] of Object.entries(RISING))
    for (const { id, value } of await rows(sql)) rising.set(`${name} ${String(id)}`, value as number);
  return { acknowledged, rising };
};

/** What was known once and is otherwise now, a line each. */
export const lostBetween = (before: Known, now: Known): readonly string[] => [
  ...[...before.acknowledged]
    .filter(([name, row]) => now.acknowledged.get(name) !== row)
    .map(([name, row]) => `${name} was acknowledged as ${row} and is ${String(now.acknowledged.get(name))}`),
  ...[...before.rising]
    .filter(([name, value]) => !(now.rising.get(name)! >= value))
    .map(([name, value]) => `I12 ${name} has fallen from ${value} to ${String(now.rising.get(name))}`),
];

const filesBelow = (folder: string, except: readonly string[]): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = join(folder, entry.name);
    if (except.includes(path)) return [];
    return entry.isDirectory() ? filesBelow(path, except) : entry.isFile() ? [path] : [];
  });

/**
 * Where a secret can be read that nobody should (I17): in what was said, in a table, or in a file
 * besides those excepted.
 */
export const leaksOf = async (
  secret: string,
  { said, rows, folder, except }: { said: string; rows: Rows; folder: string; except: readonly string[] },
): Promise<readonly string[]> => {
  const leaks = said.includes(secret) ? ['I17 a secret is in the log'] : [];
  for (const { name } of await rows(`select tablename as name from pg_tables where schemaname = 'public'`)) {
    const [found] = await rows(
      `select exists (select from "${String(name)}" t where strpos(t::text, '${secret}') > 0) as it`,
    );
    if (found!['it'] === true) leaks.push(`I17 a secret is in the table ${String(name)}`);
  }
  for (const path of filesBelow(folder, except))
    if (readFileSync(path).includes(secret)) leaks.push(`I17 a secret is in the file ${path}`);
  return leaks;
};

/**
 * Opportunities of the live run that the stored candles do not give again, and the other way round
 * (I10).
 */
export const UNREPEATED = (live: number, again: number): string => {
  const of = (
    run: number,
  ) => `select strategy, cryptocurrency_id, timestamp, round(score::numeric, 8) from opportunity where run_id = ${run}
    and timestamp <= (select min(last) from (select max(timestamp) as last from market_data where decision is not null group by cryptocurrency_id) l)`;
  return `select (select count(*) from (${of(live)} except ${of(again)}) x) + (select count(*) from (${of(again)} except ${of(live)}) y) as count`;
};
