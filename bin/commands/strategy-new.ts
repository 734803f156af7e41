import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UserError } from '../../lib/errors.js';
import { makeFolder } from '../../lib/world/folders.js';
import { kitTypesFile } from '../../lib/world/strategies/kit-types.js';
import { reasonOf } from '../../lib/world/file-reasons.js';
import type { Terminal } from '../terminal.js';

const NAME = /^[a-z][a-z0-9_]{0,39}$/;

const template = (name: string): string => `import type { Kit } from 'crypto-bot/strategy';

/** Buys when the close leaves the range of the last candles upwards, with more volume than usual. */
export default ({ strategy, integer, real, indicator, above, below, scored }: Kit) =>
  strategy({
    name: '${name}',

    // What --set changes, each with least, most and default.
    parameters: {
      period: integer(10, 240, 60),
      volume_factor: real(0, 10, 2),
      overbought: real(50, 100, 75),
    },

    // The columns to compute, by names of your own. "bin/bot strategy indicators" lists what there is.
    columns: ({ period }) => ({
      top: indicator('max', { input: 'high', period }),
      bottom: indicator('min', { input: 'low', period }),
      usual_volume: indicator('volume_sma', { period: 30 }),
      rsi: indicator('rsi', { period: 14, timeframe: 5 }),
    }),

    // All conditions have to hold. A candle's decision is the first one that fails, so reports show
    // them in this order. before(n) reads n candles back; nothing can read ahead.
    entry: (columns, { volume_factor, overbought }, candle) => ({
      // The top of the candle before: this candle's own contains its high, which no close exceeds.
      breakout: above(candle.close, columns.top.before(1)),
      // The more volume, the higher the score: of several markets the highest is bought first.
      volume: scored(above(candle.volume, columns.usual_volume.times(volume_factor))),
      not_overbought: below(columns.rsi, overbought),
    }),

    // Reasons to sell, besides the stops and targets of config.yaml. One that holds is enough.
    exit: (columns, _, candle) => ({
      failed: below(candle.close, columns.bottom.before(1)),
    }),
  });
`;

const TSCONFIG = `{
  "compilerOptions": {
    "strict": true,
    "noEmit": true,
    "target": "ES2022",
    "module": "ESNext",
    "moduleResolution": "bundler",
    "types": [],
    "paths": { "crypto-bot/strategy": ["./crypto-bot-strategy.ts"] }
  },
  "include": ["*.ts"]
}
`;

/** `bot strategy new`: writes a strategy, and what an editor needs to check its types. */
export const strategyNewCommand = async (
  name: string,
  { folder }: { readonly folder: string },
  terminal: Terminal,
): Promise<void> => {
  if (!NAME.test(name))
    throw new UserError([
      `The name is "${name}": expected lower case letters, digits and underscores, at most 40, a letter first.`,
    ]);
  const file = join(folder, `${name}.ts`);
  if (existsSync(file)) throw new UserError([`${file} exists already: choose another name, or remove it first.`]);
  try {
    makeFolder(folder);
    await writeFile(file, template(name), { flag: 'wx' });
    await writeFile(join(folder, 'crypto-bot-strategy.ts'), await readFile(kitTypesFile(), 'utf8'));
    if (!existsSync(join(folder, 'tsconfig.json'))) await writeFile(join(folder, 'tsconfig.json'), TSCONFIG);
  } catch (error) {
    throw new UserError([`${folder}: the strategy cannot be written there (${reasonOf(error)}).`]);
  }
  const shown = relative('', file);
  terminal.out(
    [
      `${shown} is an example that buys breakouts: change it, then check and backtest it.`,
      `  bin/bot strategy check ${shown}`,
      `  bin/bot backtest --synthetic --from 2026-01-01 --to 2026-02-01 --strategy ${shown} --set period=90`,
      'docs/strategies.md explains the file. It is code: it runs with the rights of the bot.',
    ].join('\n'),
  );
};
