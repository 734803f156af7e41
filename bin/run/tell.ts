import type { PositionEvent } from '../../lib/position/events.js';
import type { LiveBroker } from '../../lib/position/live-broker.js';
import type { EpochMs, Money, SizeBase } from '../../lib/units.js';
import type { StoredMarket } from '../../lib/world/store/index.js';
import { decimal, moneyFormat, percent, priceOf, signed, some } from '../report/format.js';
import { marketTime } from './mode.js';
import type { RunWorld } from './world.js';

/** Without the last bits that subtracting sizes leaves behind. */
const sizeText = (size: SizeBase): string => String(Number(size.toPrecision(12)));

/** Says what happens to the portfolio. */
export interface Narrator {
  /** A line for each of a round's events; opportunities that expired together share one. */
  events(events: readonly PositionEvent[]): void;
  /** A line on the whole portfolio. */
  minute(broker: LiveBroker, at: EpochMs): void;
}

/** Tells the log, in the portfolio's currency; lanes are those of the markets. */
export const narrator = (
  { log, settings, mode }: Pick<RunWorld, 'log' | 'settings' | 'mode'>,
  markets: readonly StoredMarket[],
): Narrator => {
  const { initialBalance, currency } = settings().portfolio;
  const money = moneyFormat(initialBalance);
  const plus = (value: Money) => `${signed(value, money(value))} ${currency}`;
  const symbolOf = (event: PositionEvent) =>
    markets[('trade' in event ? event.trade : event.opportunity).market]!.symbol;
  const event = (event: PositionEvent): void => {
    const symbol = symbolOf(event);
    const [base] = symbol.split('/');
    const fields = { market: symbol };
    switch (event.kind) {
      case 'opened': {
        const { number, size, entryPrice, stop, opportunity } = event.trade;
        log.info(
          { ...fields, trade: number },
          `bought ${sizeText(size)} ${base} at ${priceOf(entryPrice)} (trade ${number}, score ${decimal(opportunity.score)}), stop ${priceOf(stop)}`,
        );
        return;
      }
      case 'exited': {
        const { size, price, reason, profitLoss } = event.exit;
        const whole = event.closed
          ? `, closed: ${plus(event.trade.exits.reduce((sum, exit) => sum + exit.profitLoss, 0))} in all`
          : '';
        log.info(
          { ...fields, trade: event.trade.number },
          `sold ${sizeText(size)} ${base} at ${priceOf(price)} (trade ${event.trade.number}, ${reason}): ${plus(profitLoss)}${whole}`,
        );
        return;
      }
      case 'stop_raised':
        log.info(
          { ...fields, trade: event.trade.number },
          `${event.activated ? 'trailing stop active at' : 'stop raised to'} ${priceOf(event.stop)}`,
        );
        return;
      case 'rejected':
        log.info(fields, `opportunity rejected: ${event.reason}`);
        return;
      case 'expired':
        log.info(fields, 'opportunity expired');
    }
  };
  return {
    events: events => {
      const isExpired = ({ kind }: PositionEvent) => kind === 'expired';
      const expired = events.filter(isExpired);
      const isOne = expired.length <= 1;
      events.filter(each => isOne || !isExpired(each)).forEach(event);
      if (isOne) return;
      const symbols = [...new Set(expired.map(symbolOf))].toSorted();
      log.info(`${expired.length} opportunities expired, on ${some(symbols)}`);
    },
    minute: (broker, at) => {
      const { open, cash } = broker.portfolio;
      const equity = broker.equity();
      const gain = equity - initialBalance;
      const held = open.map(({ market }) => markets[market]!.symbol).join(', ');
      log.info(
        `${marketTime(mode, at)}: equity ${money(equity)} ${currency} (${signed(gain, percent(gain / initialBalance))}), cash ${money(cash)}, ${open.length} open${held && `: ${held}`}`,
      );
    },
  };
};
