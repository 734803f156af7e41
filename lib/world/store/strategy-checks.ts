import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { StrategySetup } from '../../strategy/setup.js';

/** The last check of a strategy file with its parameters. */
export interface StoredCheck {
  readonly passed: boolean;
  readonly checkedAt: Date;
  /** Markets whose stored candles it was checked on, besides the generated ones. */
  readonly storedSymbols: readonly string[];
}

/** What a check is stored under. */
export type CheckedStrategy = Pick<StrategySetup, 'name' | 'parameters'> & { readonly sourceHash: string };

/** SHA-256 of parameters, whatever their order. */
const parametersHash = (parameters: StrategySetup['parameters']): string => {
  const sorted = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
};

const SAVE = `
  insert into strategy_check (source_hash, parameters_hash, name, parameters, checked_at, code_version, passed, verdict)
  values ($1, $2, $3, $4, now(), $5, $6, $7)
  on conflict (source_hash, parameters_hash) do update set name = excluded.name, checked_at = excluded.checked_at,
    code_version = excluded.code_version, passed = excluded.passed, verdict = excluded.verdict`;

/** Stores a check, in place of an earlier one of the same file with the same parameters. */
export const saveStrategyCheck = async (
  client: Client,
  { sourceHash, name, parameters }: CheckedStrategy,
  codeVersion: string,
  passed: boolean,
  verdict: unknown,
): Promise<void> => {
  const [values, found] = [JSON.stringify(parameters), JSON.stringify(verdict)];
  await client.query(SAVE, [sourceHash, parametersHash(parameters), name, values, codeVersion, passed, found]);
};

interface VerdictOnMarkets {
  readonly name: string;
  readonly symbols: readonly string[];
}

/** The stored check of a strategy file with these parameters; null if there is none. */
export const readStrategyCheck = async (
  client: Client,
  { sourceHash, parameters }: Omit<CheckedStrategy, 'name'>,
): Promise<StoredCheck | null> => {
  const { rows } = await client.query<
    Omit<StoredCheck, 'storedSymbols'> & { readonly verdict: readonly VerdictOnMarkets[] }
  >(
    'select passed, checked_at as "checkedAt", verdict from strategy_check where source_hash = $1 and parameters_hash = $2',
    [sourceHash, parametersHash(parameters)],
  );
  const [row] = rows;
  if (!row) return null;
  const { passed, checkedAt, verdict } = row;
  const storedSymbols = verdict.filter(({ name }) => name === 'stored').flatMap(({ symbols }) => symbols);
  return { passed, checkedAt, storedSymbols };
};
