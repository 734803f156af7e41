import type { ClientBase } from 'pg';
import { RULES, type RuleName } from '../../../universe/catalogue.js';
import type { EpochMs } from '../../../units.js';
import type { LaneVerdicts } from '../../../universe/recorded.js';
import { Verdict, type RuleVerdict } from '../../../universe/verdict.js';
import { ask } from '../bulk.js';
import type { Orm } from '../orm.js';

// Columns as arrays: a refresh of hundreds of markets is thousands of rows, for which the minute's
// decisions wait.
const SAVE = `
  insert into universe_verdict (run_id, cryptocurrency_id, "timestamp", rule, value, threshold, pass)
  select ?, * from unnest(?::int[], ?::timestamptz[], ?::text[], ?::float8[], ?::float8[], ?::boolean[])
  on conflict (run_id, cryptocurrency_id, "timestamp", rule) do update
    set value = excluded.value, threshold = excluded.threshold, pass = excluded.pass`;

/**
 * Stores results of rules in one statement; `ids` are the market ids by lane. The last one of a
 * market, refresh and rule counts.
 */
export const saveVerdicts = async (
  orm: Orm,
  runId: number,
  ids: readonly number[],
  verdicts: readonly RuleVerdict[],
): Promise<void> => {
  if (verdicts.length === 0) return;
  await ask(orm.em.fork(), SAVE, [
    runId,
    verdicts.map(({ market }) => ids[market]),
    verdicts.map(({ at }) => new Date(at)),
    verdicts.map(({ rule }) => rule),
    verdicts.map(({ value }) => value),
    verdicts.map(({ threshold }) => threshold),
    verdicts.map(({ pass }) => pass),
  ]);
};

/** The stored verdicts of a run. */
export interface StoredVerdicts {
  readonly runId: number;
  /** By lane. */
  readonly lanes: readonly LaneVerdicts[];
}

const NEWEST = `
  SELECT max(id) AS run FROM run WHERE mode <> 'backtest' AND EXISTS (
    SELECT FROM universe_verdict WHERE run_id = run.id AND cryptocurrency_id = ANY($1)
      AND timestamp >= to_timestamp($2) AND timestamp <= to_timestamp($3))`;
// A rule's place in $5 counts from 1; rules unknown to this version come after all others.
const SELECT = `
  SELECT cryptocurrency_id AS id, extract(epoch FROM timestamp)::float8 * 1000 AS at,
         min(coalesce(array_position($5::text[], rule), cardinality($5) + 1)) FILTER (WHERE NOT pass) - 1 AS failed
  FROM universe_verdict WHERE run_id = $4 AND cryptocurrency_id = ANY($1)
    AND timestamp >= to_timestamp($2) AND timestamp <= to_timestamp($3)
  GROUP BY 1, 2 ORDER BY 2`;

const verdictOfPlace = (failed: number | null): number => {
  if (failed === null) return Verdict.tradable;
  return failed < RULES.length ? Verdict.firstRule + failed : Verdict.notJudged;
};

/**
 * The verdicts that a run stored on the markets of `ids` at the refreshes from ≤ t ≤ to, by lane. A
 * market that failed only rules unknown to this version was not tradable: its verdict is
 * `notJudged`, which names no rule.
 */
export const verdictsOfRun = async (
  client: ClientBase,
  runId: number,
  ids: readonly number[],
  from: EpochMs,
  to: EpochMs,
): Promise<readonly LaneVerdicts[]> => {
  const { rows } = await client.query<{ id: number; at: number; failed: number | null }>(SELECT, [
    ids,
    from / 1000,
    to / 1000,
    runId,
    RULES,
  ]);
  const lanes = ids.map((): { at: EpochMs[]; verdict: number[] } => ({ at: [], verdict: [] }));
  const laneOf = new Map(ids.map((id, lane) => [id, lanes[lane]!]));
  for (const { id, at, failed } of rows) {
    const lane = laneOf.get(id)!;
    lane.at.push(at);
    lane.verdict.push(verdictOfPlace(failed));
  }
  return lanes;
};

const COUNT = `
  SELECT rule, count(*)::int AS count FROM universe_verdict WHERE run_id = $4 AND cryptocurrency_id = ANY($1)
    AND timestamp >= to_timestamp($2) AND timestamp <= to_timestamp($3) GROUP BY rule`;

/**
 * The rules that were not evaluated at some of those refreshes: the version that stored them did
 * not have them yet.
 */
export const rulesNotStored = async (
  client: ClientBase,
  runId: number,
  ids: readonly number[],
  from: EpochMs,
  to: EpochMs,
): Promise<readonly RuleName[]> => {
  const period = [ids, from / 1000, to / 1000, runId];
  const { rows } = await client.query<{ rule: string; count: number }>(COUNT, period);
  const counts = new Map(rows.map(({ rule, count }) => [rule, count]));
  const refreshes = Math.max(0, ...counts.values());
  return RULES.filter(rule => (counts.get(rule) ?? 0) < refreshes);
};

/**
 * The verdicts on the markets of `ids` at the refreshes from ≤ t ≤ to: those of the newest live or
 * simulated run that has any of them; null if none has.
 */
export const readVerdicts = async (
  client: ClientBase,
  ids: readonly number[],
  from: EpochMs,
  to: EpochMs,
): Promise<StoredVerdicts | null> => {
  const asked = [ids, from / 1000, to / 1000];
  const runId = (await client.query<{ run: number | null }>(NEWEST, asked)).rows[0]!.run;
  if (runId === null) return null;
  return { runId, lanes: await verdictsOfRun(client, runId, ids, from, to) };
};
