/**
 * Commands as other trading bots call them, with what to use here. Words are compared without case,
 * and `_` as `-`.
 */
const ANSWERS: readonly (readonly [words: string, answer: string])[] = [
  ['backtesting test', 'Replay a period: bin/bot backtest --from 2026-04-01 --to 2026-04-08'],
  [
    'backtesting-show backtesting-analysis show-results results',
    'Every backtest prints its report; bin/bot runs lists the stored ones, bin/bot compare 1 2 sets two of them side by side.',
  ],
  [
    'optimize optimise hyperopt hyperopt-list hyperopt-show edge',
    'Nothing here searches for parameters that fit the past. Try a parameter with bin/bot backtest --from 2026-04-01 --to 2026-04-08 --strategy strategies/my_strategy.ts --set period=90 and set runs side by side: bin/bot compare 1 2',
  ],
  [
    'plot plot-dataframe plot-profit chart',
    'Nothing here draws prices. Write the equity curve and the trades as CSV files for a spreadsheet or notebook: bin/bot backtest --from 2026-04-01 --to 2026-04-08 --export results',
  ],
  ['show-trades list-trades orders', 'The trades of a run, also as a CSV file: bin/bot trades --csv trades.csv'],
  [
    'profit performance balance show-balance count daily weekly monthly portfolio positions',
    'Portfolio, open trades and results of a live run: bin/bot status',
  ],
  [
    'start trade live paper paper-trade dry-run papertrade resume',
    'Trade on paper, live: bin/bot run (against a simulated exchange: bin/bot run --simulate). No order is ever sent.',
  ],
  [
    'stop pause stopentry stopbuy stop-entry stop-buy kill quit',
    'Press Ctrl-C in the terminal of bin/bot run, or stop its service or container (SIGTERM). The next start resumes the run.',
  ],
  ['history', 'The stored runs: bin/bot runs; the versions of the configuration: bin/bot config history'],
  [
    'restart reload-config reload',
    'An edit of config.yaml takes effect while bin/bot run is running: see bin/bot config history',
  ],
  [
    'forceexit forcesell force-exit force-sell sell close forceenter forcebuy force-enter force-buy forcelong forceshort buy order',
    'Only the rules of the strategy buy and sell, so that the record stays comparable. What they are is in config.yaml, and bin/bot why BTC/USD 2026-04-01T12:30 says why nothing was bought or sold.',
  ],
  [
    'download-data download-candles fetch fetch-data',
    "Build candles from the exchange's public trades: bin/bot download --from 2026-04-01 --to 2026-04-02 --symbols BTC/USD",
  ],
  [
    'import-candles import-data convert-data convert-trade-data trades-to-ohlcv',
    "Store Kraken's OHLCVT files: bin/bot import XBTUSD_1.csv; or build candles: bin/bot download --from 2026-04-01 --to 2026-04-02 --symbols BTC/USD",
  ],
  ['list-data show-data candles', 'What is stored: bin/bot status; how complete it is: bin/bot data check'],
  [
    'list-pairs list-markets pairs markets symbols whitelist blacklist test-pairlist pairlist show-pairs',
    'Every market with each rule beside its threshold: bin/bot universe; those with stored candles: bin/bot status',
  ],
  [
    'list-exchanges exchanges list-timeframes timeframes',
    'bin/bot config check names what config.yaml accepts; exchange.name is the exchange.',
  ],
  ['list-strategies strategies show-strategies', 'bin/bot strategy list'],
  ['list-indicators indicators', 'bin/bot strategy indicators'],
  ['new-strategy make-strategy create-strategy', 'bin/bot strategy new my_strategy'],
  [
    'lookahead-analysis recursive-analysis lookahead',
    'Both are laws of bin/bot strategy check strategies/my_strategy.ts',
  ],
  [
    'new-config show-config init create-userdir install setup configure',
    'Nothing has to be set up: config.yaml has every key with its default, and bin/bot config check validates it.',
  ],
  ['convert-db db create-db', 'The schema is migrated automatically: bin/bot migrate --status'],
  [
    'webserver install-ui ui web dashboard gui server',
    'In the terminal: bin/bot status --watch shows a live run, and with --json other programs read it.',
  ],
  [
    'logs log show-logs',
    'The log is the output of bin/bot run ("Logs" in docs/operations.md); bin/bot status shows the last error.',
  ],
  [
    'health healthcheck ping check-health monitor watch',
    'bin/bot status --check for a monitoring system, bin/bot status --watch for you',
  ],
  ['explain reason reasons', 'bin/bot why BTC/USD 2026-04-01T12:30'],
  ['version', 'bin/bot --version'],
];

/** @internal All words that are answered. */
export const WORDS: ReadonlyMap<string, string> = new Map(
  ANSWERS.flatMap(([words, answer]) => words.split(' ').map(word => [word, answer] as const)),
);

/** What to use in place of a command of another bot; null for a word that none of them has. */
export const elsewhere = (word: string): string | null => WORDS.get(word.toLowerCase().replaceAll('_', '-')) ?? null;
