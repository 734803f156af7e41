import { PerformanceMetric } from '../../../entities/performance-metric.js';
import { toMoney } from '../../money.js';
import type { Metrics } from '../../report/performance.js';
import type { EpochMs } from '../../units.js';
import type { WalletKey } from './opportunities.js';
import type { Orm } from './orm.js';

/** The values of a row of `performance_metric`. */
export type StoredMetrics = Pick<
  Metrics,
  | 'totalTrades'
  | 'winningTrades'
  | 'losingTrades'
  | 'winRate'
  | 'averageProfit'
  | 'averageLoss'
  | 'profitFactor'
  | 'maxDrawdown'
  | 'sharpe'
  | 'sortino'
  | 'calmar'
  | 'expectancy'
  | 'exposure'
  | 'turnover'
  | 'sqn'
  | 'totalProfitLoss'
  | 'fees'
  | 'spread'
  | 'slippage'
>;

const moneyOrNull = (value: number | null): string | null => (value === null ? null : toMoney(value));

/**
 * Stores the metrics of a wallet as of `at`, replacing those of that moment. `configurationId`: in
 * force then.
 */
export const writeMetrics = async (
  orm: Orm,
  { runId, strategy }: WalletKey,
  at: EpochMs,
  configurationId: number,
  metrics: StoredMetrics,
): Promise<void> => {
  await orm.em.fork().upsert(
    PerformanceMetric,
    {
      runId,
      strategy,
      timestamp: new Date(at),
      configurationId,
      totalTrades: metrics.totalTrades,
      winningTrades: metrics.winningTrades,
      losingTrades: metrics.losingTrades,
      winRate: metrics.winRate,
      averageProfit: moneyOrNull(metrics.averageProfit),
      averageLoss: moneyOrNull(metrics.averageLoss),
      profitFactor: metrics.profitFactor,
      maxDrawdown: metrics.maxDrawdown,
      sharpeRatio: metrics.sharpe,
      totalProfitLoss: toMoney(metrics.totalProfitLoss),
      sortinoRatio: metrics.sortino,
      calmarRatio: metrics.calmar,
      expectancy: moneyOrNull(metrics.expectancy),
      exposure: metrics.exposure,
      turnover: metrics.turnover,
      systemQualityNumber: metrics.sqn,
      fees: toMoney(metrics.fees),
      spreadCost: toMoney(metrics.spread),
      slippageCost: toMoney(metrics.slippage),
    },
    { onConflictFields: ['runId', 'strategy', 'timestamp'] },
  );
};
