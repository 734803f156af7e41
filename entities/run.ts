import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { id, instant, money, notNegative } from './columns.js';
import { ConfigurationHistory } from './configuration-history.js';

/** Market of a run: the real exchange, a simulated one, or stored candles. */
export const RUN_MODES = ['live', 'simulated', 'backtest'] as const;
/** Source of a run's prices. */
export const MARKET_SOURCES = ['exchange', 'simulator', 'store', 'synthetic'] as const;
/** Status of a run. */
export const RUN_STATUSES = ['running', 'completed', 'aborted', 'failed'] as const;

/** A strategy of a run. */
export interface StrategyOfRun {
  readonly name: string;
  /** `momentum`, or the path of its file. */
  readonly use: string;
  /** Missing in runs from before there were several wallets: main. */
  readonly wallet?: 'main' | 'shadow';
  /** Of a file; of momentum, those that differ from `momentum_strategy`. */
  readonly parameters: Readonly<Record<string, number | boolean | string>>;
  /** SHA-256 of the file with all that it imports; null for momentum. */
  readonly sourceHash: string | null;
}

/**
 * One period of trading from start to end. A backtest is one process of one version of the code; a
 * live run continues across restarts, at most one at a time, and names the version that started it.
 */
export const Run = defineEntity({
  name: 'Run',
  tableName: 'run',
  indexes: [
    {
      name: 'run_one_live',
      properties: ['mode'],
      expression: `create unique index run_one_live on run (mode) where mode <> 'backtest' and status = 'running'`,
    },
  ],
  checks: [
    { name: 'run_ended', expression: `(status = 'running') = (ended_at IS NULL)` },
    { name: 'run_period', expression: 'period_from < period_to' },
    {
      name: 'run_balances',
      expression: `${notNegative('initial_balance')} AND final_balance > '-Infinity'::numeric AND final_balance < 'Infinity'::numeric`,
    },
    {
      name: 'run_source',
      expression: `mode = 'live' AND market_source = 'exchange' OR mode = 'simulated' AND market_source = 'simulator' OR mode = 'backtest' AND market_source <> 'exchange' AND market_source <> 'simulator'`,
    },
  ],
  properties: {
    id: id(),
    mode: p.enum([...RUN_MODES]),
    marketSource: p.enum([...MARKET_SOURCES]),
    codeVersion: p.text(),
    status: p.enum([...RUN_STATUSES]),
    startedAt: instant().defaultRaw('now()'),
    endedAt: instant().nullable(),
    /** The first minute, and the one after the last. */
    periodFrom: instant().nullable(),
    periodTo: instant().nullable(),
    /**
     * The markets of a backtest. Empty for a live run, since they change: `universe_verdict` says
     * which were evaluated when.
     */
    symbols: p.json<readonly string[]>(),
    seed: p.text().nullable(),
    /** The strategies at its start: that of the main wallet first. */
    strategies: p.json<readonly StrategyOfRun[]>().defaultRaw(`'[]'`),
    configurationId: p
      .manyToOne(ConfigurationHistory)
      .mapToPk()
      .fieldName('configuration_id')
      .deleteRule('no action')
      .updateRule('no action'),
    initialBalance: money(),
    finalBalance: money().nullable(),
    /** Of a completed backtest, without what has rows of its own (`lib/report/stored-report.ts`). */
    report: p.json<Readonly<Record<string, unknown>>>().nullable(),
    notes: p.text().nullable(),
  },
});

/** A row of `run`. */
export type Run = InferEntity<typeof Run>;
