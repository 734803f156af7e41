import type { Client } from 'pg';
import { UserError } from '../../lib/errors.js';
import { symbolOf } from '../../lib/exchange/adapters.js';
import { comparedFigures } from '../../lib/report/figures.js';
import { journalCsv, journalOf, listedTrade } from '../../lib/report/journal.js';
import type { JournalTrade } from '../../lib/report/stored-trade.js';
import { scoredChecksOf } from '../../lib/strategy/explain.js';
import { MOMENTUM_SETUP } from '../../lib/strategy/setup.js';
import { readTraded, type ListedRun } from '../../lib/world/store/listed-runs.js';
import { readMarketId } from '../../lib/world/store/minute.js';
import { readStoredTrades } from '../../lib/world/store/stored-trades.js';
import { checkNewFile, writeNewFile } from '../../lib/world/text-file.js';
import { parseSpan } from '../arguments.js';
import { renderJournal } from '../report/journal.js';
import { some } from '../report/format.js';
import { settingsIfReadable, settingsOfTrades } from '../journal/settings-of-trades.js';
import { runAsked } from '../journal/run-asked.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorldToRead } from '../world.js';

/** The options of `bot trades`, as parsed. */
export interface TradesOptions extends DatabaseChoice {
  readonly run?: number;
  readonly last?: string;
  readonly market?: string;
  readonly strategy?: string;
  readonly csv?: string;
  readonly json?: boolean;
}

const CSV = '--csv';

/**
 * Why trades were bought, in few words: of momentum the comparisons that its score is made of, of a
 * strategy file the values that it read.
 */
const reasonsOf = async (
  client: Client,
  { strategies }: ListedRun,
  trades: readonly JournalTrade[],
): Promise<(trade: JournalTrade) => readonly string[]> => {
  const settingsOf = await settingsOfTrades(client, trades, settingsIfReadable);
  const files = new Set(strategies.filter(({ use }) => use !== MOMENTUM_SETUP.use).map(({ name }) => name));
  return trade => {
    const { values } = trade.opportunity;
    const known = settingsOf(trade);
    const checks = known && !files.has(trade.strategy) ? scoredChecksOf(values, known) : [];
    const compared = checks.flatMap(({ value, comparison, threshold }) =>
      value.value === null || threshold.value === null
        ? []
        : [`${value.name} ${comparedFigures(value.value, threshold.value).join(` ${comparison} `)}`],
    );
    if (compared.length > 0) return compared;
    return Object.entries(values).map(([name, value]) => `${name} ${comparedFigures(value, null)[0]}`);
  };
};

/** The market by our symbol. Throws `UserError` if the run cannot have traded it. */
const marketAsked = async (client: Client, run: ListedRun, name: string): Promise<string> => {
  const symbol = symbolOf(name.toUpperCase());
  if (symbol === null) throw new UserError([`--market: "${name}" is no market: expected BASE/QUOTE, as BTC/USD`]);
  if (run.symbols.includes(symbol)) return symbol;
  if (run.mode !== 'backtest' && (await readMarketId(client, symbol)) !== null) return symbol;
  const { markets } = await readTraded(client, run.id);
  const known = run.mode === 'backtest' ? run.symbols : markets;
  const those = known.length === 0 ? 'it has traded none yet' : `it has ${some(known)}`;
  throw new UserError([`--market: run ${run.id} has no market ${symbol}; ${those}`]);
};

/** Throws `UserError` if the run has no such strategy. */
const checkStrategy = async (client: Client, run: ListedRun, name: string): Promise<void> => {
  const own = run.strategies.length === 0 ? [MOMENTUM_SETUP.name] : run.strategies.map(one => one.name);
  const { strategies } = await readTraded(client, run.id);
  const known = [...new Set([...own, ...strategies])];
  if (!known.includes(name))
    throw new UserError([`--strategy: run ${run.id} has no strategy "${name}"; it has ${known.join(', ')}`]);
};

/** `bot trades`: the journal of a run. */
export const tradesCommand = async (options: TradesOptions, terminal: Terminal): Promise<void> => {
  const last = options.last === undefined ? null : parseSpan('--last', options.last);
  if (options.csv !== undefined) await checkNewFile(CSV, options.csv);
  const { journal, run } = await withWorldToRead(options, terminal, async ({ client }) => {
    const found = await runAsked(client, '--run', options.run);
    const market = options.market === undefined ? null : await marketAsked(client, found, options.market);
    const strategy = options.strategy ?? null;
    if (strategy !== null) await checkStrategy(client, found, strategy);
    const since = last === null ? null : found.newest - last;
    const limits = { since, market, strategy };
    const stored = await readStoredTrades(client, found.id, {
      heldSince: since,
      market,
      strategy,
      withoutRaises: true,
    });
    const reasons = await reasonsOf(client, found, stored);
    return {
      run: found,
      journal: journalOf(
        found,
        limits,
        stored.map(trade => listedTrade(trade, reasons(trade))),
      ),
    };
  });
  if (options.csv !== undefined) await writeNewFile(CSV, options.csv, journalCsv(journal));
  if (options.json) terminal.out(JSON.stringify(journal, null, 2));
  else
    terminal.out(
      renderJournal(journal, { initialBalance: run.initialBalance, width: terminal.width }, terminal.colours),
    );
};
