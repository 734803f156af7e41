import { type InferEntity, defineEntity, p } from '@mikro-orm/core';
import { finite, id, instant, money, notNegative, positive } from './columns.js';
import { Opportunity } from './opportunity.js';
import { configurationId, marketId, runId } from './references.js';

/** Direction of a trade; only `long` is traded. */
export const POSITION_TYPES = ['long', 'short'] as const;
/** Status of a trade. */
export const TRADE_STATUSES = ['open', 'partially_closed', 'closed'] as const;

/**
 * A position from entry to last exit. Its exits are rows of `partial_exit`; a deferred trigger
 * refuses a commit after which the two disagree, and another refuses a stop that falls.
 */
export const SimulatedTrade = defineEntity({
  name: 'SimulatedTrade',
  tableName: 'simulated_trade',
  uniques: [
    { name: 'simulated_trade_number', properties: ['runId', 'strategyUsed', 'tradeNumber'] },
    { name: 'simulated_trade_opportunity_once', properties: ['opportunityId'] },
    {
      name: 'simulated_trade_one_open',
      properties: ['runId', 'strategyUsed', 'cryptocurrencyId'],
      expression: `create unique index simulated_trade_one_open on simulated_trade (run_id, strategy_used, cryptocurrency_id) where status <> 'closed'`,
    },
  ],
  checks: [
    {
      name: 'simulated_trade_prices',
      expression: positive('entry_price', 'entry_quote_rate', 'stop_loss_price', 'highest_price'),
    },
    { name: 'simulated_trade_target', expression: positive('take_profit_price') },
    {
      name: 'simulated_trade_size',
      expression: `${positive('size')} AND remaining_size >= 0 AND remaining_size <= size`,
    },
    {
      name: 'simulated_trade_costs',
      expression: `${notNegative('entry_fee')} AND ${finite('entry_half_spread', 'entry_slippage')}`,
    },
    { name: 'simulated_trade_profit', expression: finite('profit_loss', 'profit_loss_percentage') },
    { name: 'simulated_trade_exit_price', expression: positive('exit_price') },
    { name: 'simulated_trade_open', expression: `(status = 'open') = (remaining_size = size)` },
    {
      name: 'simulated_trade_closed',
      expression: `(status = 'closed') = (remaining_size = 0) AND (status = 'closed') = (exit_timestamp IS NOT NULL)`,
    },
    {
      name: 'simulated_trade_result',
      expression: `status = 'open' OR exit_price IS NOT NULL AND profit_loss IS NOT NULL AND profit_loss_percentage IS NOT NULL`,
    },
    { name: 'simulated_trade_times', expression: 'exit_timestamp >= entry_timestamp' },
    { name: 'simulated_trade_number_positive', expression: 'trade_number > 0' },
  ],
  properties: {
    id: id(),
    runId: runId(),
    /** Counts from 1 within a wallet of a run, in order of entry. */
    tradeNumber: p.integer(),
    cryptocurrencyId: marketId(),
    opportunityId: p
      .manyToOne(Opportunity)
      .mapToPk()
      .fieldName('opportunity_id')
      .deleteRule('no action')
      .updateRule('no action'),
    configurationId: configurationId(),
    entryTimestamp: instant(),
    /** As filled, in quote currency. */
    entryPrice: money(),
    size: money(),
    positionType: p.enum([...POSITION_TYPES]).default('long'),
    /** In force for the next observation; never falls. */
    stopLossPrice: money(),
    /** The nearest target not reached yet, else the last one; null without a ladder. */
    takeProfitPrice: money().nullable(),
    status: p.enum([...TRADE_STATUSES]),
    /** Reason of the last exit; null until then. */
    exitTimestamp: instant().nullable(),
    /** Mean of the exits so far, weighted by size. */
    exitPrice: money().nullable(),
    /** Sum of the exits so far. */
    profitLoss: money().nullable(),
    /** Of size · entry price. */
    profitLossPercentage: money().nullable(),
    /** The name of the strategy whose wallet holds it. */
    strategyUsed: p.text(),
    notes: p.text().nullable(),
    /** Portfolio currency, as the next two. */
    entryFee: money(),
    entryHalfSpread: money(),
    entrySlippage: money(),
    /** Portfolio currency per quote currency. */
    entryQuoteRate: money(),
    remainingSize: money(),
    /** The highest high since entry; null before the first candle. */
    highestPrice: money().nullable(),
    trailingStopActive: p.boolean().default(false),
    /** Part of it was filled while replaying missed minutes. */
    filledOffline: p.boolean().default(false),
    /** One candle reached both the stop and a target. */
    ambiguous: p.boolean().default(false),
  },
});

/** A row of `simulated_trade`. */
export type SimulatedTrade = InferEntity<typeof SimulatedTrade>;
