import { UserError } from '../../lib/errors.js';
import { isoTime } from '../../lib/report/time.js';
import { LAW_TEXTS, LAWS, type Breach, type LawResult } from '../../lib/strategy/laws.js';
import { loadConfiguration } from '../../lib/world/config-file.js';
import { bundleStrategy } from '../../lib/world/strategies/bundle.js';
import type { CheckedMarket } from '../../lib/world/strategies/check.js';
import { saveStrategyCheck } from '../../lib/world/store/strategy-checks.js';
import { runCheck } from '../../lib/world/strategies/run-check.js';
import { codeVersion } from '../../lib/world/version.js';
import { givenParameters } from '../strategy/order.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorld } from '../world.js';

/** The options of `bot strategy check`, as parsed. */
export interface CheckOptions extends DatabaseChoice {
  readonly set?: readonly string[];
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
  const said = ({ decision, score }: Breach['expected']) =>
    `${names[decision]!}${Number.isNaN(score) ? '' : ` with score ${score}`}`;
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

/** `bot strategy check`: exit code 1 if the strategy breaks a law. */
export const strategyCheckCommand = async (file: string, options: CheckOptions, terminal: Terminal): Promise<void> => {
  const { settings } = loadConfiguration(options.config);
  const bundle = await bundleStrategy(file);
  const order = { file, parameters: givenParameters(options.set), indicators: settings.indicators };
  const progress = terminal.progress('Check', LAWS.length);
  const verdict = await runCheck(
    { bundle, order, settings, stored: null, seed: options.seed ?? 1 },
    terminal.signal,
    laws => progress.at(laws, LAWS[laws] ?? ''),
  ).finally(() => progress.stop());
  const { name, parameters, decisions, markets } = verdict;
  const hasFailed = markets.some(({ failure }) => failure !== null);
  const passed = !hasFailed && markets.every(({ laws }) => laws.every(({ breach }) => breach === null));
  if (!options.dryRun)
    await withWorld(options, terminal, ({ client }) =>
      saveStrategyCheck(client, { name, parameters, sourceHash: bundle.hash }, codeVersion(), passed, markets),
    );
  const { colours } = terminal;
  if (options.json) {
    terminal.out(
      JSON.stringify({ strategy: name, file, sourceHash: bundle.hash, parameters, passed, markets }, null, 2),
    );
  } else {
    terminal.out(`${colours.bold(name)} (${file}, ${bundle.hash.slice(0, 12)})`);
    for (const market of markets) {
      const { symbols, minutes, opportunities, laws, failure } = market;
      terminal.out(
        `\n${symbols.join(', ')}, ${market.name}: ${minutes.toLocaleString('en-US')} minutes, ${opportunities.toLocaleString('en-US')} with an opportunity`,
      );
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
