import { isoTime } from '../../lib/report/time.js';
import { coverage, type Coverage } from '../../lib/world/store/candles/coverage.js';
import type { RunSummary } from '../../lib/world/store/index.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorld } from '../world.js';

const RUNS = 10;

const number = (value: number): string => value.toLocaleString('en-US');
const time = (at: Date | number | null): string =>
  at === null ? '–' : isoTime(Number(at)).replace('T', ' ').slice(0, 16);

const marketsTable = (markets: readonly Coverage[]): string =>
  table(
    ['market', 'first', 'last', 'minutes', 'quiet', 'suspect', 'missing'],
    markets.map(({ symbol, first, last, minutes, quiet, suspect, missing }) => [
      symbol,
      time(first),
      time(last),
      ...[minutes, quiet, suspect, missing].map(number),
    ]),
  );

const change = ({ initialBalance, finalBalance }: RunSummary): string =>
  finalBalance === null
    ? '–'
    : `${finalBalance >= initialBalance ? '+' : ''}${((100 * finalBalance) / initialBalance - 100).toFixed(2)} %`;

const runsTable = (runs: readonly RunSummary[]): string =>
  table(
    ['run', 'mode', 'status', 'started', 'from', 'to', 'markets', 'trades', 'result', 'config'],
    runs.map(run => [
      String(run.id),
      run.marketSource === 'synthetic' ? `${run.mode} (seed ${run.seed})` : run.mode,
      run.status,
      time(run.startedAt),
      time(run.from),
      time(run.to),
      number(run.symbols.length),
      number(run.trades),
      change(run),
      String(run.configurationId),
    ]),
  );

/** `bot status`: what is stored and what the last runs came to. */
export const statusCommand = (
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> =>
  withWorld(options, terminal, async ({ configuration, database, store, client }) => {
    const all = await coverage(client);
    const markets = all.filter(({ minutes }) => minutes > 0);
    const runs = await (await store()).runs(RUNS);
    if (options.json) {
      const stored = markets.map(({ first, last, ...rest }) => ({
        ...rest,
        first: isoTime(first!),
        last: isoTime(last!),
      }));
      terminal.out(
        JSON.stringify(
          {
            database: database.title,
            configuration: { file: configuration.file, hash: configuration.hash },
            markets: stored,
            runs,
          },
          null,
          2,
        ),
      );
      return;
    }
    const { bold } = terminal.colours;
    terminal.out(`database       ${database.title}`);
    terminal.out(`configuration  ${configuration.file} (${configuration.hash.slice(0, 12)})`);
    terminal.out(`\n${bold('Stored candles')} (times UTC, minutes)\n`);
    terminal.out(
      markets.length > 0
        ? marketsTable(markets)
        : "None. Import some: bot import XBTUSD_1.csv (Kraken's OHLCVT files).",
    );
    terminal.out(`\n${bold('Last runs')}\n`);
    terminal.out(
      runs.length > 0 ? runsTable(runs) : 'None. Try one: bot backtest --synthetic --from 2026-01-01 --to 2026-02-01',
    );
  });
