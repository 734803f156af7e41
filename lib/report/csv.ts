import type { BacktestReport, StrategyResult } from './document.js';

/** The files of an export. */
export const CSV_NAMES = ['trades.csv', 'exits.csv', 'equity.csv'] as const;

/** A file of an export, by its name in the folder. */
export interface CsvFile {
  readonly name: (typeof CSV_NAMES)[number];
  readonly text: string;
}

type Value = string | number | null;

/** Start of a text that a spreadsheet would run as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

const cell = (value: Value): string => {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/**
 * RFC 4180: a header, lines that end in CRLF, quotes where needed. Null is an empty cell.
 * Text that a spreadsheet would run as a formula gets a leading apostrophe; numbers do not.
 */
export const csvText = (head: readonly string[], rows: readonly (readonly Value[])[]): string =>
  [head, ...rows].map(row => `${row.map(cell).join(',')}\r\n`).join('');

/** The rows of each strategy, with its name last. */
const ofEach = (report: BacktestReport, rowsOf: (result: StrategyResult) => readonly (readonly Value[])[]) =>
  [report, ...report.shadows].flatMap(result => rowsOf(result).map(row => [...row, result.strategy.name]));

/**
 * The trades, exits and equity of a report's strategies as files. Trades and exits join on the trade
 * number and the strategy.
 */
export const csvFiles = (report: BacktestReport): CsvFile[] => [
  {
    name: 'trades.csv',
    text: csvText(
      [
        'trade',
        'symbol',
        'entry_time',
        'entry_price',
        'size',
        'entry_fee',
        'exits',
        'last_exit_time',
        'last_exit_reason',
        'profit_loss',
        'profit_loss_percentage',
        'strategy',
      ],
      ofEach(report, ({ trades }) =>
        trades.map((trade, i) => {
          const last = trade.exits.at(-1);
          return [
            i + 1,
            trade.symbol,
            trade.entryTime,
            trade.entryPrice,
            trade.size,
            trade.entryFee,
            trade.exits.length,
            last?.time ?? null,
            last?.reason ?? null,
            trade.profitLoss,
            trade.profitLossPercentage,
          ];
        }),
      ),
    ),
  },
  {
    name: 'exits.csv',
    text: csvText(
      ['trade', 'symbol', 'time', 'price', 'size', 'percentage', 'reason', 'profit_loss', 'fee', 'strategy'],
      ofEach(report, ({ trades }) =>
        trades.flatMap(({ symbol, exits }, i) =>
          exits.map(({ time, price, size, percentage, reason, profitLoss, fee }) => [
            i + 1,
            symbol,
            time,
            price,
            size,
            percentage,
            reason,
            profitLoss,
            fee,
          ]),
        ),
      ),
    ),
  },
  {
    name: 'equity.csv',
    text: csvText(
      ['time', 'equity', 'strategy'],
      ofEach(report, ({ equity }) => equity.map(({ time, equity: value }) => [time, value])),
    ),
  },
];
