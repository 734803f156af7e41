import { REJECTION_REASONS } from '../../lib/portfolio/events.js';
import { MINUTE_MS } from '../../lib/units.js';
import { trade, type Account, type Signal } from './broker.js';
import { valuesOf } from './indicators.js';
import { metricsOf } from './metrics.js';
import { candleAt, seriesOf, type Series } from './series.js';
import { evaluate, exitHolds } from './strategy.js';
import {
  CONDITIONS,
  type Decision,
  type OracleFunnel,
  type OracleInput,
  type OracleMarket,
  type OracleResult,
} from './types.js';
import { tradableOf } from './universe.js';

/**
 * A whole backtest, recomputed from the written semantics alone: plain arrays, tulind on whole
 * series, no state that is carried along. Slow and short on purpose; the fast implementation has to
 * make the same trades.
 */
export const oracle = (input: OracleInput): OracleResult => {
  const all = input.markets.map(market => seriesOf(market, input));
  const judged = input.markets.map((market, i) => judge(input, market, all[i]!, all));
  const account = trade(
    input,
    all,
    judged.flatMap(({ signals }) => signals),
    new Map(judged.map(({ exitsAt }, i) => [input.markets[i]!.symbol, exitsAt])),
  );
  return {
    trades: account.trades,
    opportunities: account.opportunities,
    funnel: funnelOf(
      judged.flatMap(({ decisions }) => decisions),
      account,
    ),
    equityByMinute: account.equityByMinute,
    finalCash: account.finalCash,
    metrics: metricsOf(input, all, account),
    decisions: Object.fromEntries(judged.map(({ decisions }, i) => [input.markets[i]!.symbol, decisions])),
  };
};

const judge = (input: OracleInput, market: OracleMarket, series: Series, all: readonly Series[]) => {
  const { from, to, settings } = input;
  const { required, timeframes } = settings.strategy.trend;
  const values = valuesOf(series, settings.indicators, required ? timeframes : []);
  const isTradable = tradableOf(market, series, all, input);
  const decisions: Decision[] = [];
  const signals: Signal[] = [];
  const exitsAt = new Set<number>();
  for (let at = from; at < to; at += MINUTE_MS) {
    const candle = candleAt(series, at);
    const verdict = evaluate(candle, values.get(at), settings);
    if (input.exits && exitHolds(candle, values.get(at), input.exits)) exitsAt.add(at);
    if (!isTradable(at + MINUTE_MS)) decisions.push('not_tradable');
    else if (verdict === null) decisions.push('not_evaluated');
    else {
      decisions.push(verdict.firstFailed ?? 'opportunity');
      if (verdict.firstFailed === null)
        signals.push({
          symbol: market.symbol,
          at,
          close: candle!.close,
          score: verdict.score,
          atr: values.get(at)!.atr,
        });
    }
  }
  return { decisions, signals, exitsAt };
};

const funnelOf = (decisions: readonly Decision[], { opportunities, ambiguous }: Account): OracleFunnel => {
  const names = ['not_tradable', 'not_evaluated', ...CONDITIONS, 'opportunity'] as const;
  const count = (name: Decision) => decisions.filter(decision => decision === name).length;
  const ended = (name: string) => opportunities.filter(({ outcome, reason }) => (reason ?? outcome) === name).length;
  return {
    decisions: Object.fromEntries(names.map(name => [name, count(name)])) as Record<Decision, number>,
    taken: ended('taken'),
    expired: ended('expired'),
    rejected: Object.fromEntries(REJECTION_REASONS.map(reason => [reason, ended(reason)])) as OracleFunnel['rejected'],
    ambiguous,
  };
};
