import type { BacktestReport } from '../../lib/report/document.js';
import { MINUTE_MS } from '../../lib/units.js';
import { table } from '../table.js';
import {
  count,
  duration,
  minuteOf,
  moneyFormat,
  percent,
  plain,
  priceOf,
  tinted,
  type Colours,
  words,
} from './format.js';

const WORST = 5;
const MAX_MARKETS = 30;

type Listed<Key extends keyof BacktestReport> = Pick<BacktestReport, Key | 'currency'> & {
  readonly metrics: Pick<BacktestReport['metrics'], 'initialBalance'>;
};

/** Results by exit reason; empty without exits. */
export const exitsTable = (report: Listed<'exitsByReason'>, colours: Colours): string => {
  const { exitsByReason, currency, metrics } = report;
  if (exitsByReason.length === 0) return '';
  const money = moneyFormat(metrics.initialBalance!);
  return table(
    ['Exits by reason', 'exits', `made, ${currency}`, `fees, ${currency}`].map(text => colours.bold(text)),
    exitsByReason.map(({ reason, exits, profitLoss, fees }) => [
      words(reason),
      count(exits),
      tinted(profitLoss, money(profitLoss), colours),
      money(fees),
    ]),
    ['left', 'right', 'right', 'right'],
  );
};

/** Results by market, those with the most trades first. */
export const marketsTable = (report: BacktestReport, colours: Colours): string => {
  const { perMarket, currency, metrics } = report;
  const money = moneyFormat(metrics.initialBalance!);
  const sorted = [...perMarket].sort((a, b) => b.trades - a.trades || b.evaluated - a.evaluated);
  const made = table(
    ['Markets', 'trades', 'win rate', `made, ${currency}`, 'fees', 'evaluated', 'tradable', 'missing'].map(text =>
      colours.bold(text),
    ),
    sorted
      .slice(0, MAX_MARKETS)
      .map(({ symbol, trades, winRate, profitLoss, fees, evaluated, tradableShare, missingMinutes }) => [
        plain(symbol),
        count(trades),
        percent(winRate),
        tinted(profitLoss, money(profitLoss), colours),
        money(fees),
        count(evaluated),
        percent(tradableShare),
        count(missingMinutes),
      ]),
    ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
  );
  const hidden = sorted.length - MAX_MARKETS;
  return hidden > 0 ? `${made}\n… and ${hidden} more with fewer trades: --json lists them all` : made;
};

/** The worst trades; empty without trades. */
export const worstTrades = (report: Listed<'trades'>, colours: Colours): string => {
  const { trades, currency, metrics } = report;
  if (trades.length === 0) return '';
  const money = moneyFormat(metrics.initialBalance!);
  const worst = [...trades].sort((a, b) => a.profitLoss - b.profitLoss).slice(0, WORST);
  return table(
    ['Worst trades', 'entered, UTC', 'price', 'held', 'last exit', `made, ${currency}`, ''].map(text =>
      text ? colours.bold(text) : text,
    ),
    worst.map(({ symbol, entryTime, entryPrice, exits, profitLoss, profitLossPercentage }) => {
      const last = exits.at(-1)!;
      return [
        plain(symbol),
        minuteOf(entryTime),
        priceOf(entryPrice),
        duration((Date.parse(last.time) - Date.parse(entryTime)) / MINUTE_MS),
        words(last.reason),
        tinted(profitLoss, money(profitLoss), colours),
        tinted(profitLoss, percent(profitLossPercentage / 100), colours),
      ];
    }),
    ['left', 'left', 'right', 'right', 'left', 'right', 'right'],
  );
};
