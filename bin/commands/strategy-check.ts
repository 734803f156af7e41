import { UserError } from '../../lib/errors.js';
import { isoTime } from '../../lib/report/time.js';
import { LAW_TEXTS, LAWS, type Breach, type LawResult } from '../../lib/strategy/laws.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { bundleStrategy } from '../../lib/world/strategies/bundle.js';
import type { CheckedMarket } from '../../lib/world/strategies/check.js';
import type { CheckMarket } from '../../lib/world/strategies/check-market.js';
import { saveStrategyCheck } from '../../lib/world/store/strategy-checks.js';
import type { StrategyVerdict } from '../../lib/world/strategies/check-thread.js';
import { runCheck } from '../../lib/world/strategies/run-check.js';
import { storedMarkets } from '../../lib/world/strategies/stored-candles.js';
import { MINUTE_MS } from '../../lib/units.js';
import { codeVersion } from '../../lib/world/version.js';
import { parseAskedPeriod, parseSymbols, type AskedPeriod } from '../arguments.js';
import { storedOpenPeriod } from '../stored-period.js';
import { fileToCheck } from '../strategy/order.js';
import { givenKeysIn, type DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorld, type CommandWorld } from '../world.js';

/** The options of `bot strategy check`, as parsed. */
export interface CheckOptions extends DatabaseChoice {
  readonly set?: readonly string[];
  readonly symbols?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly seed?: number;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

const NAME = 12;

const breachText = (
  { market, at, change, expected, found }: Breach,
  symbols: readonly string[],
  names: readonly string[],
) => {
  const said = ({ decision, score, hasExit }: Breach['expected']) =>
    `${names[decision]!}${Number.isNaN(score) ? '' : ` with score ${score}`}${hasExit ? ' and an exit signal' : ''}`;
  return `${symbols[market]!} at ${isoTime(at)}: ${said(expected)}, but ${said(found)} ${change}`;
};

const lawLine = (
  result: LawResult,
  market: CheckedMarket,
  names: readonly string[],
  { green, red, dim }: Terminal['colours'],
) => {
  const { law, cases, compared, breach } = result;
  const name = law.padEnd(NAME);
  if (cases === 0) return `  ${dim('–')}  ${name}  ${dim('not tried: the strategy reads other markets')}`;
  const text = `${LAW_TEXTS[law]} ${dim(`(${cases} ${cases === 1 ? 'case' : 'cases'}, ${compared.toLocaleString('en-US')} decisions)`)}`;
  if (!breach) return `  ${green('ok')} ${name}  ${text}`;
  return `  ${red('no')} ${name}  ${text}\n     ${' '.repeat(NAME)} ${red(breachText(breach, market.symbols, names))}`;
};

interface AskedCandles {
  readonly symbols: readonly string[];
  readonly period: AskedPeriod;
}

/** The stored candles that a check is asked to use; null for none. Throws `UserError`. */
const storedRequest = ({ symbols: names, ...period }: CheckOptions): AskedCandles | null => {
  if (names === undefined) {
    if (period.from === undefined && period.to === undefined && period.last === undefined) return null;
    throw new UserError([
      '--from, --to and --last are the period of stored candles: they go with --symbols BTC/USD,ETH/USD',
    ]);
  }
  const symbols = parseSymbols(names);
  if (symbols.length === 0) throw new UserError(['--symbols names no market: expected some, as BTC/USD,ETH/USD']);
  return { symbols, period: parseAskedPeriod(period) };
};

/** What a market's laws were tried on. */
const marketLine = ({ name, symbols, start, from, to, minutes, opportunities, exitSignals }: CheckedMarket): string => {
  const candles =
    name === 'generated'
      ? `${minutes.toLocaleString('en-US')} minutes`
      : `${isoTime(from)} to ${isoTime(to)}, after ${((from - start) / MINUTE_MS).toLocaleString('en-US')} minutes of warm-up`;
  const exits = exitSignals === null ? '' : `; ${exitSignals.toLocaleString('en-US')} candles with an exit signal`;
  return `${symbols.join(', ')}, ${name}: ${candles}, ${opportunities.toLocaleString('en-US')} with an opportunity${exits}`;
};

/** Whether the strategy ran on all markets, and every law holds on them. */
const hasPassed = (markets: readonly CheckedMarket[]): boolean =>
  markets.every(({ failure, laws }) => failure === null && laws.every(({ breach }) => breach === null));

/** `bot strategy check`: exit code 1 if the strategy breaks a law. */
export const strategyCheckCommand = async (named: string, options: CheckOptions, terminal: Terminal): Promise<void> => {
  const request = storedRequest(options);
  const configuration = loadConfiguration(options.config, givenKeysIn(options.set));
  const { settings } = configuration;
  const { file, parameters: given } = fileToCheck(named, options.set, configuration);
  const bundle = await bundleStrategy(file);
  const order = { file, parameters: given, indicators: settings.indicators };
  const check = async (stored: CheckMarket | null): Promise<StrategyVerdict> => {
    const progress = terminal.progress('Check', LAWS.length * (stored ? 2 : 1));
    const seed = options.seed ?? 1;
    return runCheck({ bundle, order, settings, stored, seed }, terminal.signal, laws =>
      progress.at(laws, LAWS[laws % LAWS.length]),
    ).finally(() => progress.stop());
  };
  const save = async ({ client }: CommandWorld, { name, parameters, markets }: StrategyVerdict): Promise<void> => {
    if (options.dryRun) return;
    const checked = { name, parameters, sourceHash: bundle.hash };
    await saveStrategyCheck(client, checked, codeVersion(), hasPassed(markets), markets);
  };
  const checkStored = async (world: CommandWorld, { symbols, period }: AskedCandles): Promise<StrategyVerdict> => {
    const { from, to } = await storedOpenPeriod(world.client, period, symbols);
    const verdict = await check(await storedMarkets(world.client, { symbols, from, to }));
    await save(world, verdict);
    return verdict;
  };
  const checkGenerated = async (): Promise<StrategyVerdict> => {
    const verdict = await check(null);
    if (!options.dryRun) await withWorld(options, terminal, world => save(world, verdict));
    return verdict;
  };
  const need = options.dryRun ? 'reading' : 'writing';
  const { name, parameters, decisions, markets } = request
    ? await withWorld(options, terminal, world => checkStored(world, request), need)
    : await checkGenerated();
  const hasFailed = markets.some(({ failure }) => failure !== null);
  const passed = hasPassed(markets);
  const { colours } = terminal;
  if (options.json) {
    terminal.out(
      JSON.stringify({ strategy: name, file, sourceHash: bundle.hash, parameters, passed, markets }, null, 2),
    );
  } else {
    terminal.out(`${colours.bold(name)} (${file}, ${bundle.hash.slice(0, 12)})`);
    for (const market of markets) {
      const { symbols, opportunities, laws, failure } = market;
      terminal.out(`\n${marketLine(market)}`);
      if (failure)
        terminal.out(
          `  ${colours.red('no')} fails on ${symbols[failure.market]!} at ${isoTime(failure.at)}: ${failure.message}`,
        );
      for (const law of laws) terminal.out(lawLine(law, market, decisions, colours));
      if (!failure && opportunities === 0)
        terminal.out(colours.yellow('  !  no opportunity was found here, so little was checked: try other parameters'));
    }
    terminal.out(
      passed
        ? `\n${colours.green('Every law holds.')}`
        : `\n${colours.red(`The strategy ${hasFailed ? 'fails, so no law was tried' : 'breaks a law'}: do not trust its results.`)}`,
    );
  }
  if (!passed) throw new UserError([hasFailed ? 'the strategy fails' : 'the strategy breaks a law'], 1);
};
