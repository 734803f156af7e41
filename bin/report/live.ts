import { RANKS } from '../../lib/exchange/request-budget.js';
import type { LiveStatus, OpenTrade, WalletStatus } from '../../lib/report/live-status.js';
import { isoTime } from '../../lib/report/time.js';
import { table } from '../table.js';
import {
  NONE,
  count,
  counted,
  decimal,
  duration,
  minuteOf,
  moneyFormat,
  percent,
  plain,
  priceOf,
  tinted,
  wrap,
  type Colours,
  words,
} from './format.js';

const WIDEST = 100;
const MINUTE_MS = 60_000;

const ago = (ms: number): string => (ms < 2 * MINUTE_MS ? `${Math.round(ms / 1_000)} s` : duration(ms / MINUTE_MS));
const timeOf = (at: Date): string => minuteOf(isoTime(at.getTime()));

const head = ({ health, reasons, run, stopped }: LiveStatus, colours: Colours, columns: number): string => {
  const { green, red, yellow, bold } = colours;
  const tint = { ok: green, degraded: yellow, down: red, stopped: (text: string) => text }[health];
  const pace = run.clockSpeed === 1 ? '' : `, ${run.clockSpeed}× as fast as real time`;
  return [
    `${bold(stopped ? 'Last live run' : 'Run under way')}  ${run.id}, ${run.mode}${pace}, since ${timeOf(run.startedAt)} UTC, configuration ${run.configurationId}`,
    `health         ${tint(bold(health))}`,
    ...reasons.flatMap(reason => wrap(reason, columns - 4).map((line, i) => `  ${i === 0 ? '-' : ' '} ${line}`)),
    ...(run.mode === 'simulated'
      ? ['clocks         trades, candles and metrics are in simulated time, everything else in real time']
      : []),
  ].join('\n');
};

const money = ({ portfolio, run }: LiveStatus, colours: Colours): string => {
  const text = moneyFormat(run.initialBalance);
  const earned = (value: number) => tinted(value, text(value), colours);
  const { cash, openValue, equity, realized, unrealized, closedTrades, pending, settledUntil } = portfolio;
  return table(
    [`Portfolio${run.currency && `, ${run.currency}`}`, '', '', ''].map(part => (part ? colours.bold(part) : part)),
    [
      ['Equity', text(equity), 'Realised', earned(realized)],
      ['Cash', text(cash), 'Unrealised', earned(unrealized)],
      ['Held', text(openValue), 'Closed trades', count(closedTrades)],
      [
        'Processed up to',
        settledUntil === null ? NONE : minuteOf(settledUntil),
        'Pending opportunities',
        count(pending),
      ],
    ],
    ['left', 'right', 'left', 'right'],
  );
};

/** The wallets of all strategies side by side; empty if there is one. */
const wallets = (status: LiveStatus, colours: Colours): readonly string[] => {
  const { run, shadows } = status;
  if (shadows.length === 0) return [];
  const text = moneyFormat(run.initialBalance);
  const earned = (value: number) => tinted(value, text(value), colours);
  const row = ({ strategy, isRemoved, portfolio, trades }: WalletStatus, n: number) => {
    const { equity, realized, unrealized, closedTrades, pending } = portfolio;
    const gain = equity / run.initialBalance - 1;
    return [
      plain(strategy),
      n === 0 ? 'main' : isRemoved ? 'removed' : 'shadow',
      text(equity),
      tinted(gain, percent(gain), colours),
      earned(realized),
      earned(unrealized),
      count(closedTrades),
      count(trades.length),
      count(pending),
    ];
  };
  const titles = ['Strategies', 'wallet', 'equity', 'return', 'realised', 'unrealised', 'closed', 'open', 'pending'];
  return [
    table(
      titles.map(title => colours.bold(title)),
      [status, ...shadows].map(row),
      titles.map((_, column) => (column < 2 ? 'left' : 'right')),
    ),
  ];
};

/** Values of all wallets, each with the name of its strategy. */
const ofWallets = <T>(
  status: LiveStatus,
  valuesOf: (wallet: WalletStatus) => readonly T[],
): readonly (readonly [strategy: string, value: T])[] =>
  [status, ...status.shadows].flatMap(wallet =>
    valuesOf(wallet).map(value => [plain(wallet.strategy), value] as const),
  );

const openTrades = (status: LiveStatus, colours: Colours): string => {
  const { run, shadows } = status;
  const trades = ofWallets(status, wallet => wallet.trades);
  if (trades.length === 0) return `${colours.bold('Open trades')}  none`;
  const text = moneyFormat(run.initialBalance);
  const price = (value: number | null) => (value === null ? NONE : priceOf(value));
  const hasNames = shadows.length > 0;
  const row = ([strategy, trade]: readonly [string, OpenTrade]) => [
    ...(hasNames ? [strategy] : []),
    trade.symbol,
    minuteOf(trade.entryTime),
    price(trade.entryPrice),
    `${price(trade.lastPrice)}${trade.suspendedSince === null ? '' : ' (suspended)'}`,
    `${price(trade.stop)}${trade.trailing ? ' (trailing)' : ''}`,
    price(trade.nextTarget),
    tinted(trade.unrealized, text(trade.unrealized), colours),
    tinted(trade.unrealizedRatio, percent(trade.unrealizedRatio), colours),
  ];
  return table(
    [
      ...(hasNames ? ['Open trades', 'market'] : ['Open trades']),
      ...['entered', 'at', 'last', 'stop', 'target', 'result', ''],
    ].map(part => (part ? colours.bold(part) : part)),
    trades.map(row),
    [
      ...(hasNames ? (['left'] as const) : []),
      ...(['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'] as const),
    ],
  );
};

/** A line for each pause of entries. */
const pauses = (status: LiveStatus, colours: Colours): readonly string[] => {
  const all = ofWallets(status, wallet => wallet.pauses);
  return all.length === 0
    ? []
    : [
        all
          .map(([strategy, { protection, symbol, until }], n) => {
            const title = n === 0 ? colours.bold('Entries pause') : '             ';
            const whose = status.shadows.length > 0 ? `${strategy}, ` : '';
            return `${title}  ${whose}${symbol === null ? 'all markets' : plain(symbol)} until ${minuteOf(until)} UTC: ${words(protection)}`;
          })
          .join('\n'),
      ];
};

const processes = ({ processes }: LiveStatus, colours: Colours, columns: number): string => {
  if (processes.length === 0) return `${colours.bold('Processes')}  none has reported yet`;
  const rows = processes.map(({ role, pid, host, alive, stoppedAt, silentMs, lagMs, codeVersion }) => [
    role,
    `${pid}@${plain(host)}`,
    stoppedAt === null ? (alive ? colours.green('alive') : colours.red('silent')) : `stopped at ${timeOf(stoppedAt)}`,
    `${ago(silentMs)} ago`,
    lagMs === null ? NONE : ago(lagMs),
    codeVersion,
  ]);
  const details = processes.flatMap(({ role, counters, lastError, lastErrorAt }) => [
    ...wrap(
      `${role}: ${
        Object.entries(counters)
          .map(([name, value]) => `${words(plain(name))} ${count(value)}`)
          .join(', ') || 'no counters'
      }`,
      columns,
    ),
    ...(lastError === null
      ? []
      : wrap(`${role}, last error${lastErrorAt ? ` (${timeOf(lastErrorAt)})` : ''}: ${lastError}`, columns)),
  ]);
  const names = ['Processes', 'process', '', 'heartbeat', 'behind', 'version'];
  const aligns = ['left', 'left', 'left', 'right', 'right', 'left'] as const;
  return [
    table(
      names.map(part => (part ? colours.bold(part) : part)),
      rows,
      aligns,
    ),
    ...details,
  ].join('\n');
};

const requests = ({ requests }: LiveStatus, colours: Colours): string => {
  if (!requests) return `${colours.bold('Requests')}  none yet`;
  const { spent, perMinute, breaker, silentForMs } = requests;
  const used = RANKS.reduce((sum, rank) => sum + spent[rank], 0);
  const parts = RANKS.filter(rank => spent[rank] > 0).map(rank => `${words(rank)} ${spent[rank]}`);
  const left = silentForMs > 0 ? `for another ${ago(silentForMs)}` : 'until the next request is answered';
  const phase = breaker.phase === 'open' ? `open, ${left}` : breaker.phase;
  return [
    `${colours.bold('Requests')}       ${used} of ${perMinute} in the last minute${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
    `breaker        ${breaker.phase === 'closed' ? phase : colours.yellow(phase)}`,
  ].join('\n');
};

const metrics = ({ metrics, run }: LiveStatus, colours: Colours): string => {
  if (!metrics) return `${colours.bold('Metrics')}  none stored yet`;
  const { at, totalTrades, winRate, profitFactor, maxDrawdown, sharpe, totalProfitLoss } = metrics;
  const result = moneyFormat(run.initialBalance)(totalProfitLoss);
  const parts = [
    counted(totalTrades, 'trade', 'trades'),
    `result ${tinted(totalProfitLoss, result, colours)}`,
    `win rate ${percent(winRate)}`,
    `profit factor ${decimal(profitFactor)}`,
    `max drawdown ${percent(maxDrawdown)}`,
    `Sharpe ${decimal(sharpe)}`,
  ];
  return `${colours.bold('Metrics')}        of ${timeOf(at)}: ${parts.join(', ')}`;
};

/** Message if there is no active live run. */
export const NO_LIVE_RUN = 'No live run is under way. Start one: bot run';

/** The status of a live run for the terminal. */
export const renderLive = (status: LiveStatus, colours: Colours, width: number): string => {
  const columns = Math.min(WIDEST, width || WIDEST);
  return [
    head(status, colours, columns),
    money(status, colours),
    ...wallets(status, colours),
    openTrades(status, colours),
    ...pauses(status, colours),
    processes(status, colours, columns),
    [requests(status, colours), metrics(status, colours)].join('\n'),
  ].join('\n\n');
};
