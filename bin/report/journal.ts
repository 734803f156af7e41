import { stripVTControlCharacters } from 'node:util';
import type { Journal, JournalCosts, JournalSum, ListedExit, ListedTrade } from '../../lib/report/journal.js';
import { fittingTable, type Column } from './columns.js';
import {
  NONE,
  count,
  counted,
  minuteOf,
  moneyFormat,
  percent,
  plain,
  priceOf,
  tinted,
  wrap,
  type Colours,
  words,
} from './format.js';

const INDENT = 4;
/** Ranks of the columns: what does not fit is on the lines below a trade. */
const NAME = 1;
const SIZE = 2;
const COSTS = 3;
const CLOSED = 4;
/** Width of the words before what the lines below a trade say. */
const LABEL = 9;

interface Texts {
  readonly money: (value: number | null) => string;
  readonly earned: (value: number | null) => string;
  readonly colours: Colours;
}

const costsText = ({ fee, halfSpread, slippage, total }: JournalCosts, money: Texts['money']): string =>
  `${money(total)}: fees ${money(fee)}, half spread ${money(halfSpread)}, slippage ${money(slippage)}`;

const costColumns = <Row extends { readonly costs: JournalCosts }>({ money }: Texts): readonly Column<Row>[] => [
  { title: 'fees', align: 'right', rank: COSTS, cell: ({ costs }) => money(costs.fee) },
  { title: 'spread', align: 'right', rank: COSTS, cell: ({ costs }) => money(costs.halfSpread) },
  { title: 'slippage', align: 'right', rank: COSTS, cell: ({ costs }) => money(costs.slippage) },
];

const tradeColumns = (texts: Texts, currency: string, hasNames: boolean): readonly Column<ListedTrade>[] => [
  { title: 'trade', align: 'right', rank: 0, cell: ({ number }) => String(number) },
  ...(hasNames
    ? [{ title: 'strategy', align: 'left', rank: NAME, cell: ({ strategy }: ListedTrade) => plain(strategy) } as const]
    : []),
  { title: 'market', align: 'left', rank: 0, cell: ({ market }) => plain(market) },
  { title: 'opened, UTC', align: 'left', rank: 0, cell: ({ entryTime }) => minuteOf(entryTime) },
  { title: 'price', align: 'right', rank: SIZE, cell: ({ entryPrice }) => priceOf(entryPrice) },
  { title: 'size', align: 'right', rank: SIZE, cell: ({ size }) => priceOf(size) },
  {
    title: 'closed, UTC',
    align: 'left',
    rank: CLOSED,
    cell: ({ status, exits }) => (status === 'closed' ? minuteOf(exits.at(-1)!.time) : words(status)),
  },
  ...costColumns<ListedTrade>(texts),
  {
    title: `made, ${currency}`,
    align: 'right',
    rank: 0,
    cell: ({ profitLoss }) => texts.earned(profitLoss),
  },
  {
    title: '',
    align: 'right',
    rank: 0,
    cell: ({ profitLoss, profitLossPercentage: percentage }) =>
      tinted(profitLoss, percentage === null ? NONE : percent(percentage / 100), texts.colours),
  },
];

const label = (text: string): string => text.padEnd(LABEL);

const exitText = ({ time, price, percentage, reason, level, profitLoss }: ListedExit, { earned }: Texts): string => {
  const why = level === null ? words(reason) : `${words(reason)} ${level + 1}`;
  const share = priceOf(Number(percentage.toFixed(2)));
  return `${label('sold')}${minuteOf(time)} at ${priceOf(price)}, ${share} %: ${why}, ${earned(profitLoss)}`;
};

const openText = ({ stop, nextTarget }: ListedTrade): string => {
  const target = nextTarget === null ? 'no further target' : `next target ${priceOf(nextTarget)}`;
  return `${label('open')}stop ${priceOf(stop!)}, ${target}`;
};

/** As many of a trade's reasons as fit a line. */
const whyText = ({ score, reasons }: ListedTrade, width: number): string => {
  const head = `${label('why')}score ${score.toFixed(3)}`;
  const text = (many: number) =>
    many === 0 ? head : `${head}: ${plain(reasons.slice(0, many).join(', '))}${many < reasons.length ? ', …' : ''}`;
  let many = reasons.length;
  while (many > 0 && text(many).length > width) many--;
  return text(many);
};

/** A line below a row, broken between words, without colours then, if it is too long. */
const indented = (line: string, width: number): readonly string[] => {
  const text = stripVTControlCharacters(line);
  if (text.length <= width) return [`${' '.repeat(INDENT)}${line}`];
  return wrap(text.slice(LABEL), width - LABEL).map(
    (part, n) => `${' '.repeat(INDENT)}${n === 0 ? text.slice(0, LABEL) : ' '.repeat(LABEL)}${part}`,
  );
};

/** The lines below a trade's row. */
const below = (trade: ListedTrade, rank: number, hasNames: boolean, texts: Texts, width: number): readonly string[] =>
  [
    ...(hasNames && rank < NAME ? [`${label('by')}${plain(trade.strategy)}`] : []),
    ...(rank < SIZE ? [`${label('bought')}${priceOf(trade.size)} at ${priceOf(trade.entryPrice)}`] : []),
    whyText(trade, width - INDENT),
    ...trade.exits.map(exit => exitText(exit, texts)),
    ...(trade.status === 'closed' ? [] : [openText(trade)]),
    ...(rank < COSTS ? [`${label('costs')}${costsText(trade.costs, texts.money)}`] : []),
  ].flatMap(line => indented(line, width - INDENT));

const sumLines = (sums: readonly JournalSum[], currency: string, texts: Texts, width: number): readonly string[] => {
  const number = (title: string, cell: (sum: JournalSum) => number, rank = 0): Column<JournalSum> => ({
    title,
    align: 'right',
    rank,
    cell: sum => count(cell(sum)),
  });
  const columns: readonly Column<JournalSum>[] = [
    { title: texts.colours.bold('Sums'), align: 'left', rank: 0, cell: ({ strategy }) => plain(strategy) },
    number('trades', ({ trades }) => trades),
    number('won', ({ won }) => won),
    number('lost', ({ lost }) => lost),
    number('even', ({ even }) => even, NAME),
    number('open', ({ open }) => open),
    ...costColumns<JournalSum>(texts),
    { title: 'costs', align: 'right', rank: NAME, cell: ({ costs }) => texts.money(costs.total) },
    { title: `made, ${currency}`, align: 'right', rank: 0, cell: ({ profitLoss }) => texts.earned(profitLoss) },
  ];
  const { lines, rank } = fittingTable(columns, sums, width);
  if (rank >= COSTS) return lines;
  return lines.flatMap((line, n) =>
    n === 0
      ? [line]
      : [line, ...indented(`${label('costs')}${costsText(sums[n - 1]!.costs, texts.money)}`, width - INDENT)],
  );
};

const headline = ({ run, mode, since, market, strategy, trades }: Journal): string => {
  const of = [
    market === null ? '' : ` on ${plain(market)}`,
    strategy === null ? '' : ` by ${plain(strategy)}`,
    since === null ? '' : `, held at ${minuteOf(since)} UTC or later`,
  ];
  return `run ${run} (${mode}): ${counted(trades.length, 'trade', 'trades')}${of.join('')}`;
};

/**
 * The trades of a run for the terminal: a row each, then why it was bought, its exits, and what
 * does not fit the row; their sums by strategy.
 */
export const renderJournal = (
  journal: Journal,
  { initialBalance, width }: { readonly initialBalance: number; readonly width: number },
  colours: Colours,
): string => {
  const { currency, trades, sums } = journal;
  const money = moneyFormat(initialBalance);
  const texts: Texts = { money, earned: value => tinted(value, money(value), colours), colours };
  const head = wrap(headline(journal), width).join('\n');
  if (trades.length === 0) return head;
  const hasNames = sums.length > 1;
  const { lines, rank } = fittingTable(tradeColumns(texts, currency, hasNames), trades, width);
  const rows = lines.slice(1).flatMap((line, n) => [line, ...below(trades[n]!, rank, hasNames, texts, width)]);
  return [head, [colours.bold(lines[0]), ...rows].join('\n'), sumLines(sums, currency, texts, width).join('\n')].join(
    '\n\n',
  );
};
