import type { Mode } from '../../lib/exchange/mode.js';
import type { Log } from '../../lib/ops/log.js';
import type { PositionEvent } from '../../lib/portfolio/events.js';
import type { Settings } from '../../lib/settings/settings.js';
import type { Money, SizeBase } from '../../lib/units.js';
import type { OpenedWallets } from '../../lib/market-data/ports.js';
import type { PositionsEvent, StoredChange } from '../../lib/market-data/positions-events.js';
import { decimal, moneyFormat, percent, priceOf, signed, some } from '../report/format.js';
import { describeContact, marketTime } from './process-log.js';

type PositionsLog = Pick<Log, 'info' | 'warn'>;

/** The strategy of a shadow wallet; nothing for the main one. */
type WalletFields = Readonly<{ strategy?: string }>;

const fieldsOf = ({ strategy, isMain }: { readonly strategy: string; readonly isMain: boolean }): WalletFields =>
  isMain ? {} : { strategy };

/** Rounded to 12 digits, without the rounding errors of subtracted sizes. */
const sizeText = (size: SizeBase): string => String(Number(size.toPrecision(12)));

/** Log lines for the events of a portfolio, in its currency. */
const tradeLog = (log: PositionsLog, { initialBalance, currency }: Settings['portfolio']) => {
  const money = moneyFormat(initialBalance);
  const plus = (value: Money) => `${signed(value, money(value))} ${currency}`;
  const marketOf = (event: PositionEvent) => ('trade' in event ? event.trade : event.opportunity).market;

  const describe = (event: PositionEvent, symbol: string, wallet: WalletFields): void => {
    const [base] = symbol.split('/');
    const fields = { market: symbol, ...wallet };
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
          `${event.activated ? `${event.reason.replaceAll('_', ' ')} active at` : 'stop raised to'} ${priceOf(event.stop)}`,
        );
        return;
      case 'rejected':
        log.info(fields, `opportunity rejected: ${event.reason.replaceAll('_', ' ')}`);
        return;
      case 'expired':
        log.info(fields, 'opportunity expired');
    }
  };

  /** One line per event of a wallet; opportunities that expired together share one. */
  return (events: readonly PositionEvent[], symbols: readonly string[], wallet: WalletFields): void => {
    const isExpired = ({ kind }: PositionEvent) => kind === 'expired';
    const symbolOf = (event: PositionEvent) => symbols[marketOf(event)]!;
    const expired = events.filter(isExpired);
    const isOne = expired.length <= 1;
    for (const event of events) if (isOne || !isExpired(event)) describe(event, symbolOf(event), wallet);
    if (isOne) return;
    const found = [...new Set(expired.map(symbolOf))].toSorted();
    log.info(wallet, `${expired.length} opportunities expired, on ${some(found)}`);
  };
};

/** Log lines for the events of a position manager. */
export const positionsLog = (
  log: PositionsLog,
  mode: Mode,
  portfolio: Settings['portfolio'],
): ((event: PositionsEvent) => void) => {
  const { initialBalance, currency } = portfolio;
  const money = moneyFormat(initialBalance);
  const describeTrades = tradeLog(log, portfolio);
  const describeMinute = ({ at, portfolio: { cash, equity, held } }: StoredChange): void => {
    const gain = equity - initialBalance;
    const open = held.length > 0 ? `: ${held.join(', ')}` : '';
    log.info(
      `${marketTime(mode, at)}: equity ${money(equity)} ${currency} (${signed(gain, percent(gain / initialBalance))}), cash ${money(cash)}, ${held.length} open${open}`,
    );
  };
  let known = '';
  /** The wallets, where there are several and they are others than before. */
  const describeWallets = ({ wallets }: OpenedWallets): void => {
    const strategies = wallets.map(({ strategy }) => strategy).join(', ');
    if (strategies !== known && (wallets.length > 1 || known !== ''))
      log.info(`wallets of the strategies ${strategies}`);
    known = strategies;
  };
  return event => {
    switch (event.kind) {
      case 'away':
      case 'back':
        describeContact(log, mode, event);
        return;
      case 'made_up':
        describeTrades(event.events, event.symbols, fieldsOf(event));
        return;
      case 'waits_for_candles':
        log.info(`waiting for the missed candles of ${event.symbols.join(', ')}`);
        return;
      case 'candles_missing':
        log.warn(`candles of ${event.symbols.join(', ')} are missing: their exits use those that are stored`);
        return;
      case 'no_missed_trades':
        log.warn(
          { market: event.symbol, repeatKey: `no missed trades ${event.symbol}` },
          `${event.symbol}: no trades for the missed time (${event.reason}); using its candles`,
        );
        return;
      case 'caught_up': {
        const iso = (at: number) => new Date(at).toISOString();
        const missed = Object.fromEntries(event.missed.map(({ symbol, at }) => [symbol, iso(at)]));
        const symbols = event.missed.map(({ symbol }) => symbol).join(', ');
        log.info(
          { missed, missedUntil: iso(event.until), ...fieldsOf(event) },
          `replayed the time since ${marketTime(mode, event.since)}, in which ${symbols} ${event.missed.length === 1 ? 'was' : 'were'} not watched`,
        );
        return;
      }
      case 'no_rate':
        log.warn(`no ${event.symbol.split('/')[1]!} rate: ${event.symbol} has no known value`);
        return;
      case 'opened':
        describeWallets(event.opened);
        return;
      case 'book_came':
        if (event.fault !== null)
          log.warn({ market: event.symbol, repeatKey: `book ${event.fault}` }, `order book not used: ${event.fault}`);
        return;
      case 'no_book':
        log.warn(
          { market: event.symbol, repeatKey: `no book ${event.failure}` },
          `no order book (${event.reason}): ${event.isHeld ? 'exits wait' : 'no entry'}`,
        );
        return;
      case 'not_online':
        log.warn({ market: event.symbol, repeatKey: 'not online' }, 'market not online: no entry');
        return;
      case 'suspended':
        log.warn(
          { market: event.symbol },
          `cannot be traded (${event.reason}): position suspended; if that lasts, it is sold at the last order book`,
        );
        return;
      case 'resumed':
        log.info({ market: event.symbol }, 'can be traded again');
        return;
      case 'no_list':
        log.warn({ repeatKey: 'markets' }, `list of markets unavailable: ${event.reason}`);
        return;
      case 'changed':
        for (const symbol of event.stuck)
          log.warn(
            { market: symbol, ...fieldsOf(event) },
            'delisted, and no known order book can take the position: it stays open, marked at its last price',
          );
        describeTrades(event.events, event.symbols, fieldsOf(event));
        if (event.minutes > 0 && event.isMain) describeMinute(event);
        if (event.isEnded)
          log.info(
            fieldsOf(event),
            `strategy removed, nothing left to sell: its wallet ends at ${money(event.portfolio.equity)} ${currency}`,
          );
    }
  };
};
