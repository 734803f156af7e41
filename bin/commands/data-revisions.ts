import { UserError } from '../../lib/errors.js';
import type { Revisions } from '../../lib/report/revisions.js';
import type { Ratio } from '../../lib/units.js';
import { storedSymbols } from '../../lib/world/store/candles/extent.js';
import { readRevisions } from '../../lib/world/store/candles/revisions.js';
import { parseAskedPeriod, parseSymbols } from '../arguments.js';
import { storedOpenPeriod } from '../stored-period.js';
import { count, lagOf, NONE } from '../report/format.js';
import type { DatabaseChoice } from '../simulated.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

/** The options of `bot data revisions`, as parsed. */
export interface DataRevisionsOptions extends DatabaseChoice {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly symbols?: readonly string[];
  readonly json?: boolean;
}

const three = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const percent = (ratio: Ratio | null): string => (ratio === null ? NONE : `${three.format(100 * ratio)} %`);

const HEAD = ['market', 'minutes', 'revised', 'share', 'appeared'];
const row = ({ symbol, minutes, revised, share, appeared, close, volume, afterMs }: Revisions): string[] => [
  symbol,
  count(minutes),
  count(revised),
  percent(share),
  count(appeared),
  ...[close.median, close.p99, close.largest, volume.median, volume.p99, volume.largest].map(percent),
  lagOf(afterMs?.median ?? null),
  lagOf(afterMs?.p99 ?? null),
];

const textOf = (markets: readonly Revisions[], all: Revisions, bold: (text: string) => string): string => {
  if (all.revised === 0)
    return `No minute was revised: the values first seen are final (${count(all.minutes)} minutes).`;
  const revised = markets.filter(each => each.revised > 0).sort((a, b) => b.share! - a.share!);
  const whole = markets.length - revised.length;
  const shown = [...revised, ...(markets.length > 1 ? [all] : [])].map(row);
  const part = (columns: readonly number[], names: readonly string[]) =>
    table(
      names,
      shown.map(cells => columns.map(column => cells[column]!)),
    );
  return [
    `${bold('Minutes that the exchange revised')} (the most often revised market first)`,
    '',
    part([0, 1, 2, 3, 4, 11, 12], [...HEAD, 'after', 'p99']),
    '',
    `${bold('Size of the revisions')} (|first seen − settled| / settled, over the revised minutes)`,
    '',
    part([0, 5, 6, 7, 8, 9, 10], ['market', 'close', 'p99', 'largest', 'volume', 'p99', 'largest']),
    '',
    'Appeared: without a trade at first, traded after all. After: from the end of the minute to its last revision.',
    'close, volume and after are medians, p99 their 99th percentiles.',
    ...(whole > 0 ? [`Of ${count(whole)} more ${whole === 1 ? 'market' : 'markets'} no minute was revised.`] : []),
  ].join('\n');
};

/**
 * `bot data revisions`: how often, how far and how late the exchange revised the values first seen.
 */
export const dataRevisionsCommand = async (options: DataRevisionsOptions, terminal: Terminal): Promise<void> => {
  const asked = parseAskedPeriod(options);
  const symbols = options.symbols && parseSymbols(options.symbols);
  await withWorldToRead(options, terminal, async ({ client }) => {
    const stored = symbols ? await storedSymbols(client) : [];
    const unknown = symbols?.filter(symbol => !stored.includes(symbol)) ?? [];
    if (unknown.length > 0)
      throw new UserError(unknown.map(symbol => `${symbol} is not stored: "bot status" lists the markets that are`));
    const period = await storedOpenPeriod(client, asked, symbols ?? null);
    const found = await readRevisions(client, { ...period, ...(symbols && { symbols }) });
    const all = found.find(({ symbol }) => symbol === 'all');
    const markets = found.filter(each => each !== all);
    if (options.json) terminal.out(JSON.stringify({ markets, all: all ?? null }, null, 2));
    else if (all) terminal.out(textOf(markets, all, terminal.colours.bold));
    else
      terminal.out(
        'No stored minute was first seen at the exchange. Minutes of live runs and downloads are; imported ones were final on arrival.',
      );
  });
};
