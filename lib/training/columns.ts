import { DEPTHS_BP, IMBALANCE_BP } from '../exchange/book-features.js';
import type { ContextKey } from '../cross-market/columns.js';
import { indicatorColumns, indicatorKeys } from '../indicators/catalogue.js';
import type { BarrierExit } from './barrier.js';
import { RULE_REASONS } from '../portfolio/exit-catalogue.js';
import type { Settings } from '../settings/settings.js';
import { RULES } from '../universe/catalogue.js';
import { decisionsOf } from '../strategy/decisions.js';
import { MOMENTUM_SETUP, type StrategySetup } from '../strategy/setup.js';

/** Purpose of a column. Only features may be learned from; each is known at `decided_at`. */
export type ColumnRole = 'key' | 'feature' | 'record' | 'quality' | 'label' | 'fold';

/** Storage type of a column's values. */
export type ColumnType = 'double' | 'integer' | 'boolean' | 'time' | 'text';

/** A column. Values are numbers in memory, NaN for null: text as index in `texts`, times in ms. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly role: ColumnRole;
  /** Null if it has none. */
  readonly unit: string | null;
  readonly meaning: string;
  /** The column with the time at which a value is known. */
  readonly knownAt: string;
  /** The possible texts. */
  readonly texts?: readonly string[];
}

/** The verdicts by code. */
const VERDICTS = ['not_judged', 'tradable', ...RULES] as const;
/** Sources of candles, by code. */
export const SOURCES = ['import', 'ohlc', 'trades', 'synthetic'] as const;
/** Why a label is null. */
export const MISSING_REASONS = ['gap', 'end_of_data', 'no_entry', 'size_too_small'] as const;
/** One of these reasons. */
export type MissingReason = (typeof MISSING_REASONS)[number];
/** Ends of hypothetical trades. */
export const BARRIER_EXITS: readonly BarrierExit[] = [...RULE_REASONS, 'max_holding'];

const DECIDED = 'decided_at';
const AVAILABLE = 'label_available_at';

type Details = Partial<Pick<Column, 'type' | 'unit' | 'texts' | 'knownAt'>>;
const of =
  (role: ColumnRole, usual: Details = {}) =>
  (name: string, meaning: string, details: Details = {}): Column => ({
    name,
    role,
    meaning,
    type: 'double',
    unit: null,
    knownAt: DECIDED,
    ...usual,
    ...details,
  });
const key = of('key');
const feature = of('feature');
const record = of('record');
const quality = of('quality', { type: 'boolean' });
const label = of('label', { knownAt: AVAILABLE });
const fold = of('fold', { type: 'integer', knownAt: AVAILABLE });
const snapshot = of('feature', { knownAt: 'snapshot_at' });
const settled = of('record', { knownAt: 'settled_at' });

/**
 * An indicator's column: `rsi_14_5m` for `5m.rsi_14` (readers nest at dots), `vwap_day` for vwap.
 */
export const indicatorColumn = (indicator: string): string => {
  const [timeframe, name] = indicator.includes('.') ? indicator.split('.') : [null, indicator];
  if (timeframe) return `${name}_${timeframe}`;
  return name === 'vwap' ? 'vwap_day' : name;
};

/** The keys of the columns that a strategy requests besides those of the settings, each once. */
export const requestedKeys = (settings: Settings, { requested }: StrategySetup): readonly string[] => {
  const there = new Set(indicatorKeys(settings.indicators));
  return [...new Set(requested.flatMap(({ group }) => group.keys))].filter(key => !there.has(key));
};

const indicatorFeatures = (settings: Settings, setup: StrategySetup): readonly Column[] => [
  ...indicatorColumns(settings.indicators).map(({ key: indicator, unit }) =>
    feature(indicatorColumn(indicator), `Indicator ${indicator}, computed from the candles up to this one.`, { unit }),
  ),
  ...requestedKeys(settings, setup).map(column =>
    feature(
      indicatorColumn(column),
      `Column ${column} of strategy ${setup.name}, computed from the candles up to this one.`,
    ),
  ),
];

/** The context's columns, by its own keys. */
const CONTEXT: Readonly<Record<ContextKey, readonly [meaning: string, unit: string]>> = {
  correlation_btc: ["Correlation of the last hour's 1-minute returns with bitcoin's.", '-1-1'],
  support: ['The nearest swing low below the close, of the last 720 candles, known by now.', 'quote currency'],
  resistance: ['The nearest swing high above the close, of the last 720 candles, known by now.', 'quote currency'],
  sector_return_15: ["Mean return over 15 minutes of the other coins of the market's sector.", 'percent'],
  breadth: ["Share of the dataset's markets that rose over 15 minutes, scaled.", '-1-1'],
};

const candle = (make: typeof feature, prefix: string, when: string): readonly Column[] => [
  ...(['open', 'high', 'low', 'close'] as const).map(name =>
    make(`${prefix}${name}`, `The candle's ${name}, ${when}.`, { unit: 'quote currency' }),
  ),
  make(`${prefix}volume`, `Traded in the minute, ${when}.`, { unit: 'base currency' }),
  make(`${prefix}vwap`, `Mean price of the minute's trades, ${when}.`, { unit: 'quote currency' }),
  make(`${prefix}trade_count`, `Trades in the minute, ${when}.`, { type: 'integer', unit: 'trades' }),
];

const bookColumns: readonly Column[] = [
  snapshot('book_at', 'When the order book of the snapshot was received.', {
    type: 'time',
    unit: 'UTC',
    knownAt: 'book_at',
  }),
  snapshot('book_spread_percentage', '100 · (ask − bid) / middle.', { unit: 'percent' }),
  ...DEPTHS_BP.flatMap(bp =>
    (['bid', 'ask'] as const).map(side =>
      snapshot(
        `book_${side}_depth_${bp}bp`,
        `Offered by the ${side}s within ${bp} basis points of the middle; null if the received levels do not reach that far.`,
        {
          unit: 'quote currency',
        },
      ),
    ),
  ),
  snapshot('book_imbalance', `(bids − asks) / (bids + asks) of the depth within ${IMBALANCE_BP} basis points.`, {
    unit: '-1-1',
  }),
];

const labelColumns = (horizons: readonly number[]): readonly Column[] => [
  ...horizons.flatMap(minutes => [
    label(`forward_return_${minutes}`, `100 · (close ${minutes} minutes later / close − 1).`, { unit: 'percent' }),
    label(`forward_return_${minutes}_missing`, `Why forward_return_${minutes} is null.`, {
      type: 'text',
      texts: MISSING_REASONS,
    }),
  ]),
  label(
    'barrier_return',
    'Net return of entering at the next open and selling by the configured exits, after all costs.',
    {
      unit: 'percent',
    },
  ),
  label('barrier_exit', 'Reason of its last exit.', { type: 'text', texts: BARRIER_EXITS }),
  label('barrier_minutes', 'From the entry to the close of the candle of its last exit.', {
    type: 'integer',
    unit: 'minutes',
  }),
  label('barrier_best', 'The highest high while it was held against the entry price.', { unit: 'percent' }),
  label('barrier_worst', 'The lowest low while it was held against the entry price.', { unit: 'percent' }),
  label('barrier_ambiguous', 'The last candle reached both the stop and a target: the stop was taken.', {
    type: 'boolean',
  }),
  label('barrier_missing', 'Why the outcome is null.', { type: 'text', texts: MISSING_REASONS }),
  label(AVAILABLE, 'When the last of the labels that are not null is known.', { type: 'time', unit: 'UTC' }),
];

/** The columns of a dataset in order, determined by configuration, label horizons and strategy. */
export const datasetColumns = (
  settings: Settings,
  horizons: readonly number[],
  setup: StrategySetup = MOMENTUM_SETUP,
): readonly Column[] => [
  key('market', "BASE/QUOTE; the partition's name has a dash in its place.", { type: 'text' }),
  key('open_time', 'Open time of the candle.', { type: 'time', unit: 'UTC' }),
  key(DECIDED, 'Close time of the candle: the time of its decision, at which every feature is known.', {
    type: 'time',
    unit: 'UTC',
  }),
  ...candle(feature, '', 'as first seen'),
  ...indicatorFeatures(settings, setup),
  ...Object.entries(CONTEXT).map(([name, [meaning, unit]]) => feature(name, meaning, { unit })),
  feature('universe', 'tradable, or the first rule of the universe that the market failed at the last refresh.', {
    type: 'text',
    texts: VERDICTS,
    knownAt: 'universe_at',
  }),
  feature('universe_at', 'Time of the verdict: the last refresh.', {
    type: 'time',
    unit: 'UTC',
    knownAt: 'universe_at',
  }),
  feature('decision', 'opportunity, the first condition that failed, or why the strategy was not evaluated.', {
    type: 'text',
    texts: decisionsOf(setup.strategy),
  }),
  feature('score', 'Of an opportunity.', { unit: '0-1' }),
  snapshot('snapshot_at', 'When the newest snapshot before decided_at was taken, if within the snapshot interval.', {
    type: 'time',
    unit: 'UTC',
  }),
  snapshot('snapshot_age_seconds', 'decided_at − snapshot_at.', { unit: 'seconds' }),
  snapshot('volume_24h_usd', 'Volume of 24 hours, as reported by the exchange.', { unit: 'USD' }),
  snapshot('market_sentiment', 'Breadth of all markets that the live bot followed.', { unit: '-1-1' }),
  ...bookColumns,
  ...candle(settled, 'settled_', 'after all revisions'),
  record('settled_at', 'Time from which the settled values are known: decided_at, or the revision.', {
    type: 'time',
    unit: 'UTC',
    knownAt: 'settled_at',
  }),
  record('source', 'Where the candle came from.', { type: 'text', texts: SOURCES, knownAt: 'settled_at' }),
  record('live_decision', 'The decision that a live bot stored.', {
    type: 'text',
    texts: decisionsOf(setup.strategy),
  }),
  record('live_run', 'The run that stored it.', { type: 'integer' }),
  record('live_configuration', 'The configuration version that it used.', { type: 'integer' }),
  quality('quiet', 'No trades: the candle is flat at the previous close.'),
  quality('suspect', 'The close was too far from the previous one: the bot treated the minute as quiet.'),
  quality('gap_before', 'The previous minute is missing from the stream: the indicators restarted.'),
  quality('revised', 'The exchange later revised the values.', { knownAt: 'settled_at' }),
  quality('weight', 'For training: 0 for suspect candles, halved for each of quiet, gap_before and revised, else 1.', {
    type: 'double',
    unit: '0-1',
    knownAt: 'settled_at',
  }),
  ...labelColumns(horizons),
  fold('fold', 'The fold that the row is tested in; 0: none, it is before the first.', { knownAt: DECIDED }),
  fold('fold_trains_from', 'The first fold that may be trained with the row; null: none.'),
];
