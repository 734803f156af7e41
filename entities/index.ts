import { CoinReference } from './coin-reference.js';
import { ConfigurationHistory } from './configuration-history.js';
import { ConfirmedStretch } from './confirmed-stretch.js';
import { Cryptocurrency } from './cryptocurrency.js';
import { DamagedMinutes } from './damaged-minutes.js';
import { EquityPoint } from './equity-point.js';
import { FillBook } from './fill-book.js';
import { MarketData } from './market-data.js';
import { MarketQuality } from './market-quality.js';
import { MarketSnapshot } from './market-snapshot.js';
import { Opportunity } from './opportunity.js';
import { PartialExit } from './partial-exit.js';
import { PerformanceMetric } from './performance-metric.js';
import { PortfolioState } from './portfolio-state.js';
import { ProcessState } from './process-state.js';
import { Run } from './run.js';
import { SharedState } from './shared-state.js';
import { SimulatedTrade } from './simulated-trade.js';
import { StrategyCheck } from './strategy-check.js';
import { StopRaise } from './stop-raise.js';
import { StrategyVersion } from './strategy-version.js';
import { TimeframeCandle } from './timeframe-candle.js';
import { UniverseVerdict } from './universe-verdict.js';

/** Every table, in the order of their references. */
export const entities = [
  Cryptocurrency,
  CoinReference,
  MarketData,
  MarketQuality,
  DamagedMinutes,
  ConfirmedStretch,
  TimeframeCandle,
  ConfigurationHistory,
  Run,
  StrategyVersion,
  Opportunity,
  SimulatedTrade,
  PartialExit,
  StopRaise,
  FillBook,
  PerformanceMetric,
  MarketSnapshot,
  UniverseVerdict,
  EquityPoint,
  PortfolioState,
  ProcessState,
  SharedState,
  StrategyCheck,
];
