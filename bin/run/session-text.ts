import { MINUTE_MS, type DurationMs } from '../../lib/units.js';
import type { RunSummary } from '../../lib/world/store/live/run-summary.js';
import { count, counted, duration, moneyFormat, signed } from '../report/format.js';

/** Why a run ended after Ctrl-C or SIGTERM. */
export const STOPPED = 'stopped on request';

/** Why a run ended after its `--for`. */
export const elapsedText = (ms: DurationMs): string =>
  `--for ${ms < 2 * MINUTE_MS ? `${ms / 1_000} s` : duration(ms / MINUTE_MS)} has elapsed`;

/**
 * What a run did in a session: 3 opportunities, 1 buy, 2 sales for +12.00 USD, 1 open, equity
 * 10,012.00 USD.
 */
export const summaryText = ({ balance, currency, ...made }: RunSummary): string => {
  const money = moneyFormat(balance);
  const unit = currency === null ? '' : ` ${currency}`;
  return [
    counted(made.opportunities, 'opportunity', 'opportunities'),
    counted(made.bought, 'buy', 'buys'),
    `${counted(made.sold, 'sale', 'sales')} for ${signed(made.profit, money(made.profit))}${unit}`,
    `${count(made.open)} open`,
    ...(made.equity === null ? [] : [`equity ${money(made.equity)}${unit}`]),
  ].join(', ');
};
