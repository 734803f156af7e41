import type { PositionEvent } from '../../lib/position/events.js';
import type { LiveBroker } from '../../lib/position/live-broker.js';
import type { EpochMs, Money, SizeBase } from '../../lib/units.js';
import type { StoredMarket } from '../../lib/world/store/index.js';
import { decimal, moneyFormat, percent, priceOf, signed } from '../report/format.js';
import type { RunWorld } from './world.js';

/** Without the last bits that subtracting sizes leaves behind. */
const sizeText = (size: SizeBase): string => String(Number(size.toPrecision(12)));

/** Tells of what happens to the portfolio. */
export interface Narrator {
  event(event: PositionEvent): void;
  /** A line on the whole portfolio. */
  minute(broker: LiveBroker, at: EpochMs): void;
}

/** Tells the log, in the portfolio's currency; lanes are those of the markets. */
export const narrator = (
  { log, settings }: Pick<RunWorld, 'log' | 'settings'>,
  markets: readonly StoredMarket[],
): Narrator => {
  const { initialBalance, currency } = settings().portfolio;
  const money = moneyFormat(initialBalance);
  const plus = (value: Money) => `${signed(value, money(value))} ${currency}`;
  return {
    event: event => {
      const { market } = 'trade' in event ? event.trade : event.opportunity;
      const { symbol } = markets[market]!;
      const fields = { market: symbol };
      switch (event.kind) {
        case 'opened': {
          const { number, size, entryPrice, stop, opportunity } = event.trade;
          log.info(
            { ...fields, trade: number },
            `bought ${sizeText(size)} ${symbol} at ${priceOf(entryPrice)} (trade ${number}, score ${decimal(opportunity.score)}), stop ${priceOf(stop)}`,
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
            `sold ${sizeText(size)} ${symbol} at ${priceOf(price)} (trade ${event.trade.number}, ${reason}): ${plus(profitLoss)}${whole}`,
          );
          return;
        }
        case 'stop_raised':
          log.info(
            { ...fields, trade: event.trade.number },
            `${event.activated ? 'trailing stop is active' : 'stop raised'} on ${symbol}: ${priceOf(event.stop)}`,
          );
          return;
        case 'rejected':
          log.info(fields, `opportunity on ${symbol} rejected: ${event.reason}`);
          return;
        case 'expired':
          log.info(fields, `opportunity on ${symbol} expired`);
      }
    },
    minute: (broker, at) => {
      const { open, cash } = broker.portfolio;
      const equity = broker.equity();
      const gain = equity - initialBalance;
      const held = open.map(({ market }) => markets[market]!.symbol).join(', ');
      log.info(
        `${new Date(at).toISOString().slice(0, 16)}Z equity ${money(equity)} ${currency} (${signed(gain, percent(gain / initialBalance))}), cash ${money(cash)}, ${open.length} open${held && `: ${held}`}`,
      );
    },
  };
};
