import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { double, finite, finiteDouble, id, instant, money, notNegative } from './columns.js';
import { configurationId, runId } from './references.js';

/** The result of a strategy's wallet in a run, as of a moment. Null where a metric is undefined. */
export const PerformanceMetric = defineEntity({
  name: 'PerformanceMetric',
  tableName: 'performance_metric',
  uniques: [{ name: 'performance_metric_once', properties: ['runId', 'strategy', 'timestamp'] }],
  checks: [
    {
      name: 'performance_metric_counts',
      expression: 'winning_trades >= 0 AND losing_trades >= 0 AND (winning_trades + losing_trades) <= total_trades',
    },
    {
      name: 'performance_metric_win_rate',
      expression: 'win_rate >= 0::double precision AND win_rate <= 1::double precision',
    },
    {
      name: 'performance_metric_drawdown',
      expression: 'max_drawdown >= 0::double precision AND max_drawdown <= 1::double precision',
    },
    {
      name: 'performance_metric_money',
      expression: finite('average_profit', 'average_loss', 'total_profit_loss', 'expectancy'),
    },
    {
      name: 'performance_metric_costs',
      expression: `${notNegative('fees')} AND ${finite('spread_cost', 'slippage_cost')}`,
    },
    {
      name: 'performance_metric_ratios',
      expression: finiteDouble(
        'profit_factor',
        'sharpe_ratio',
        'sortino_ratio',
        'calmar_ratio',
        'exposure',
        'turnover',
        'system_quality_number',
      ),
    },
  ],
  properties: {
    id: id(),
    timestamp: instant(),
    runId: runId(),
    /** The name of the strategy whose wallet it is. */
    strategy: p.text(),
    /**
     * In force at `timestamp`; earlier trades may have been made under others. Null for rows from
     * before it was recorded.
     */
    configurationId: configurationId().nullable(),
    totalTrades: p.integer(),
    winningTrades: p.integer(),
    losingTrades: p.integer(),
    /** 0–1, as `maxDrawdown` and `exposure`. */
    winRate: double().nullable(),
    /** Portfolio currency a trade, as `averageLoss` and `expectancy`. */
    averageProfit: money().nullable(),
    averageLoss: money().nullable(),
    profitFactor: double().nullable(),
    maxDrawdown: double().nullable(),
    sharpeRatio: double().nullable(),
    totalProfitLoss: money(),
    sortinoRatio: double().nullable(),
    calmarRatio: double().nullable(),
    expectancy: money().nullable(),
    exposure: double().nullable(),
    turnover: double().nullable(),
    systemQualityNumber: double().nullable(),
    /** Portfolio currency, as the next two. */
    fees: money().nullable(),
    spreadCost: money().nullable(),
    slippageCost: money().nullable(),
  },
});

/** A row of `performance_metric`. */
export type PerformanceMetric = InferEntity<typeof PerformanceMetric>;
