import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { StrategyVersion } from '../../../entities/strategy-version.js';
import type { Wallet } from '../../settings/strategy-entry.js';
import type { EpochMs } from '../../units.js';
import { ask } from './bulk.js';
import type { Orm } from './orm.js';

/** A strategy as it decides from now on. */
export interface DecidingStrategy {
  /** Unique within a run. */
  readonly name: string;
  /** `momentum`, or the path of its file. */
  readonly use: string;
  readonly wallet: Wallet;
  /** All that decides besides its code. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** SHA-256 of the file with all that it imports; null for momentum. */
  readonly sourceHash: string | null;
}

/** A recorded version of a strategy. */
export interface RecordedStrategy extends DecidingStrategy {
  readonly id: number;
  /** The configuration with which it first decided. */
  readonly configurationId: number;
  /** From when on it decides, in market time. */
  readonly at: EpochMs;
}

const selectOf = (parameter: '?' | '$1'): string => `
  select id, name, "use", wallet, parameters, source_hash as "sourceHash", configuration_id as "configurationId",
    extract(epoch from "timestamp")::float8 * 1000 as at
  from strategy_version where run_id = ${parameter} order by "timestamp"`;

/** The text of a value that is the same for objects whose keys are in another order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

/** The SHA-256 of parameters, whatever the order of their keys. */
export const parameterHash = (parameters: Readonly<Record<string, unknown>>): string =>
  createHash('sha256').update(canonical(parameters)).digest('hex');

const versionsIn = (em: SqlEntityManager, runId: number): Promise<readonly RecordedStrategy[]> =>
  ask<RecordedStrategy>(em, selectOf('?'), [runId]);

const isSame = (a: DecidingStrategy, b: DecidingStrategy): boolean =>
  a.use === b.use &&
  a.wallet === b.wallet &&
  a.sourceHash === b.sourceHash &&
  parameterHash(a.parameters) === parameterHash(b.parameters);

/** Every version of the strategies of a run, in order of time. */
export const readStrategyVersions = (orm: Orm, runId: number): Promise<readonly RecordedStrategy[]> =>
  versionsIn(orm.em.fork(), runId);

/** As `readStrategyVersions`, for a command. */
export const readVersionsOfRun = async (client: Client, runId: number): Promise<readonly RecordedStrategy[]> =>
  (await client.query<RecordedStrategy>(selectOf('$1'), [runId])).rows;

/**
 * Records the strategies that decide from `at` on: a new version of each one that is not as its
 * newest version. Returns the ids of the versions by name. Recording the same again changes nothing.
 * One process of a run records.
 */
export const recordStrategyVersions = (
  orm: Orm,
  runId: number,
  configurationId: number,
  at: EpochMs,
  strategies: readonly DecidingStrategy[],
): Promise<ReadonlyMap<string, number>> =>
  orm.em.fork().transactional(async em => {
    const newest = new Map((await versionsIn(em, runId)).map(version => [version.name, version]));
    const ids = new Map<string, number>();
    for (const strategy of strategies) {
      const last = newest.get(strategy.name);
      if (last && isSame(last, strategy)) {
        ids.set(strategy.name, last.id);
        continue;
      }
      // later than the last one even if the clock was set back
      const timestamp = new Date(Math.max(at, (last?.at ?? -Infinity) + 1));
      const hash = parameterHash(strategy.parameters);
      ids.set(
        strategy.name,
        await em.insert(StrategyVersion, { ...strategy, runId, configurationId, parameterHash: hash, timestamp }),
      );
    }
    return ids;
  });
