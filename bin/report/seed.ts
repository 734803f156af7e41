import type { SeedSummary } from '../../lib/reference/summary.js';
import { SECTORS } from '../../lib/reference/sectors.js';
import { table } from '../table.js';
import { count, wrap, type Colours } from './format.js';

const capsLine = ({ coins, known, reason }: SeedSummary['marketCaps']): string =>
  known === null ? `unchanged: ${reason}` : `${count(known)} of ${count(coins)} coins known`;

/** The result of `bot seed` for the terminal. */
export const renderSeed = (summary: SeedSummary, { bold }: Colours, width: number): string => {
  const { coins, markets, marketCaps, sectors, unknown } = summary;
  const own =
    coins.own > 0 ? `, ${count(coins.own)} of them your own (${count(coins.inPlace)} replacing the bot's)` : '';
  const label = (text: string) => bold(text.padEnd(13));
  const stored =
    markets.stored === 0
      ? 'none stored yet; each gets its name and sector when it is stored'
      : `${count(markets.stored)} stored, ${count(markets.matched)} of them in a sector, ${count(markets.changed)} changed`;
  return [
    `${label('Coins')}${count(coins.known)} known${own}`,
    `${label('Markets')}${stored}`,
    `${label('Market caps')}${capsLine(marketCaps)}`,
    '',
    table(
      ['sector', 'coins', 'markets', 'content'].map(text => bold(text)),
      [
        ...sectors.map(({ sector, ...each }) => [sector, count(each.coins), count(each.markets), SECTORS[sector]]),
        ['unknown', '', count(unknown.length), ''],
      ],
      ['left', 'right', 'right', 'left'],
    ),
    ...(unknown.length > 0 ? ['', ...wrap(`Sector unknown: ${unknown.join(', ')}`, width)] : []),
  ].join('\n');
};
