import type { CommandDeclaration, CommandGroup } from './command.js';
import { backtest } from './backtest.js';
import { compare } from './compare.js';
import { config } from './config.js';
import { data } from './data.js';
import { download } from './download.js';
import { exportDataset } from './export.js';
import { importFiles } from './import.js';
import { migrate } from './migrate.js';
import { parity } from './parity.js';
import { report } from './report.js';
import { run } from './run.js';
import { runs } from './runs.js';
import { seed } from './seed.js';
import { simulateExchange } from './simulate-exchange.js';
import { status } from './status.js';
import { strategy } from './strategy.js';
import { trades } from './trades.js';
import { universe } from './universe.js';
import { why } from './why.js';

/**
 * Every command, in the order of the help text within its group. To add one, write its file and
 * add it here.
 */
export const COMMANDS: readonly (CommandDeclaration | CommandGroup)[] = [
  importFiles,
  download,
  backtest,
  exportDataset,
  run,
  status,
  runs,
  report,
  trades,
  why,
  parity,
  compare,
  universe,
  strategy,
  data,
  seed,
  migrate,
  simulateExchange,
  config,
];
