import { UserError } from '../errors.js';
import { currencyNamed } from '../exchange/adapters.js';
import { plainName } from './coin.js';
import { nameOf, readSource, type Problem, type SourceKind } from '../settings/source.js';
import { closest, shown } from '../settings/wording.js';
import type { CoinReference } from './coins.js';
import { isSector, SECTORS, type Sector } from './sectors.js';

const SYMBOL = /^[A-Z0-9.]{1,20}$/;
const ID = /^[\w.-]{1,100}$/;
const MAX_PROBLEMS = 50;
const EXPECTED = 'a mapping of symbols such as BTC: { name: Bitcoin, sector: layer-1, coingecko_id: bitcoin }';
const KIND: SourceKind = {
  whole: 'reference data of coins',
  keys: 'coins with a name, a sector and an id each',
  empty: 'coins',
  example: '"coins:" and in it entries such as BTC: { sector: layer-1 }',
};

type Refuse = (key: string, found: string, expected: string) => void;

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === null;

const meant = (found: unknown, names: readonly string[]): string => {
  const near = typeof found === 'string' ? closest(found, names) : null;
  return near === null ? '' : `; did you mean ${near}?`;
};

/** Readers of each key of an entry; they return null for an invalid value. */
const FIELDS = {
  name: {
    expected: 'a name of 1 to 60 characters without control characters and any of < > & " \' `',
    read: (value: unknown) => (typeof value === 'string' && value !== '' && plainName(value) === value ? value : null),
  },
  sector: {
    expected: `one of ${Object.keys(SECTORS).join(', ')}`,
    read: (value: unknown): Sector | null => (isSector(value) ? value : null),
  },
  coingecko_id: {
    expected: "CoinGecko's id of the coin, such as bitcoin",
    read: (value: unknown) => (typeof value === 'string' && ID.test(value) ? value : null),
  },
} as const;

const entryOf = (entry: unknown, at: string, refuse: Refuse): CoinReference => {
  const nothing = { name: null, sector: null, coinGeckoId: null };
  if (entry === null) return nothing;
  if (!isMapping(entry)) {
    refuse(at, shown(entry), `a mapping of ${Object.keys(FIELDS).join(', ')}`);
    return nothing;
  }
  for (const key of Object.keys(entry))
    if (!Object.hasOwn(FIELDS, key)) {
      const names = Object.keys(FIELDS);
      refuse(nameOf(at, key), 'an unknown key', `one of ${names.join(', ')}${meant(key, names)}`);
    }
  const field = <T>(key: keyof typeof FIELDS, read: (value: unknown) => T | null): T | null => {
    const found = entry[key];
    if (found === undefined || found === null) return null;
    const value = read(found);
    if (value === null)
      refuse(
        nameOf(at, key),
        shown(found),
        FIELDS[key].expected + (key === 'sector' ? meant(found, Object.keys(SECTORS)) : ''),
      );
    return value;
  };
  return {
    name: field('name', FIELDS.name.read),
    sector: field('sector', FIELDS.sector.read),
    coinGeckoId: field('coingecko_id', FIELDS.coingecko_id.read),
  };
};

/**
 * Reads a user's reference data, by symbol: a YAML mapping `coins` of symbols (an exchange's own
 * codes are translated) to `name`, `sector` and `coingecko_id`, each optional. An empty entry
 * removes the entry of an earlier file. Throws `UserError` (exit code 2) with every mistake: line,
 * key, value found and expected. `file` is the name of the text in messages.
 */
export const readSeedFile = (text: string, file: string): ReadonlyMap<string, CoinReference> => {
  const { value, lines, problems: unreadable } = readSource(text, file, KIND);
  const problems: Problem[] = [...unreadable];
  const refuse: Refuse = (key, found, expected) =>
    problems.push({ line: lines.get(key) ?? null, key, text: `found ${found}, expected ${expected}` });
  const coins = new Map<string, CoinReference>();
  const root = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(root)) if (key !== 'coins') refuse(nameOf('', key), 'an unknown key', 'coins');
  const listed = root['coins'];
  if (!isMapping(listed)) refuse('coins', shown(listed), EXPECTED);
  else
    for (const [code, entry] of Object.entries(listed)) {
      const at = nameOf('coins', code);
      const symbol = currencyNamed(code);
      if (!SYMBOL.test(code))
        refuse(at, 'this symbol', 'capitals, digits and dots as in BTC, 1INCH (of BTC/USD the part before the /)');
      else if (coins.has(symbol)) refuse(at, `${symbol} again under another name`, 'each coin once');
      else coins.set(symbol, entryOf(entry, at, refuse));
    }
  if (problems.length > 0)
    throw new UserError(
      problems
        .toSorted((a, b) => (a.line ?? Infinity) - (b.line ?? Infinity))
        .slice(0, MAX_PROBLEMS)
        .map(({ line, key, text }) => `${file}${line === null ? '' : `:${line}`}${key && ` ${key}`}: ${text}`),
    );
  return coins;
};
