import { UserError } from '../../lib/errors.js';
import { checkExportFolder, writeExport } from '../../lib/world/export-csv.js';
import { tapesReader } from '../../lib/world/store/candles/read-ahead.js';
import {
  parseAskedPeriod,
  parseSymbols,
  parseTime,
  wholePeriod,
  type AskedPeriod,
  type PeriodOptions,
} from '../arguments.js';
import { storedPeriod } from '../stored-period.js';
import type { Period } from '../../streams/strategies.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';

/** The options of `bot backtest`, as parsed. */
export interface BacktestOptions extends PeriodOptions {
  readonly symbols?: readonly string[];
  readonly config?: string;
  readonly json?: boolean;
  readonly export?: string;
  readonly synthetic?: boolean;
  readonly seed?: number;
  readonly verify?: boolean;
  readonly tapeMinutes?: number;
  readonly dryRun?: boolean;
  readonly strategy?: string;
  readonly set?: readonly string[];
  readonly label?: string;
}

const DEFAULT_SEED = 1;

/** The period of a generated market, which ends today unless the options say when. */
const generatedPeriod = (asked: AskedPeriod): Period => {
  if (asked.from === undefined && asked.last === undefined)
    throw new UserError([
      '--synthetic generates any period: expected one, as --last 30d or --from 2026-04-01 --to 2026-04-08',
    ]);
  const end = parseTime('--to', 'today');
  return wholePeriod(asked, { first: end, end });
};

/**
 * `bot backtest`: prints the report, or with `--json` one document; `--export` also writes CSV
 * files, `--dry-run` stores nothing.
 */
export const backtestCommand = async (options: BacktestOptions, terminal: Terminal): Promise<void> => {
  const asked = parseAskedPeriod(options);
  const symbols = options.symbols ? parseSymbols(options.symbols) : null;
  if (symbols?.length === 0) throw new UserError(['--symbols names no market: expected some, as BTC/USD,ETH/USD']);
  if (options.label !== undefined && options.dryRun)
    throw new UserError(['--label names a stored run: it does not go with --dry-run']);
  if (options.label !== undefined && !/^[^\p{C}]{1,80}$/u.test(options.label))
    throw new UserError([`--label: found ${JSON.stringify(options.label)}, expected 1 to 80 characters on one line`]);
  const generated = options.synthetic ? generatedPeriod(asked) : null;
  if (options.seed !== undefined && !options.synthetic)
    throw new UserError(['--seed is the seed of a generated market: it goes with --synthetic']);
  if (options.export !== undefined) await checkExportFolder(options.export);
  const reader = options.synthetic ? null : tapesReader();
  const source = reader ?? { seed: options.seed ?? DEFAULT_SEED };

  // Loaded here, in parallel with the reading thread.
  const { withWorld } = await import('../world.js');
  const { prepareBacktest } = await import('../backtest/prepare.js');
  const { runBacktest } = await import('../backtest/run.js');
  const { chosenStrategies } = await import('../strategy/order.js');
  const { verify = false, tapeMinutes: minutesPerTape, dryRun = false, label = null } = options;
  const wanted = { symbols, source, verify, minutesPerTape, isRecorded: !dryRun, label };
  const play = async (world: CommandWorld) => {
    const strategies = await chosenStrategies(options, world.configuration);
    const period = generated ?? (await storedPeriod(world.client, asked, symbols));
    return runBacktest(world, await prepareBacktest(world, { ...wanted, ...period, strategies }, terminal), terminal);
  };
  const report = await withWorld(options, terminal, play, dryRun ? 'reading' : 'writing').finally(() =>
    reader?.close(),
  );
  if (options.export !== undefined) await writeExport(options.export, report);
  if (options.json) terminal.out(JSON.stringify(report, null, 2));
  else terminal.out((await import('../report/render.js')).renderReport(report, terminal.colours, terminal.width));
};
