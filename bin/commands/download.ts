import { Aborted, UserError } from '../../lib/errors.js';
import { adapterOf } from '../../lib/exchange/adapters.js';
import type { Exchange } from '../../lib/exchange/ports.js';
import { isoTime } from '../../lib/report/time.js';
import { FIRST_CANDLE } from '../../lib/market-data/bad-row.js';
import { type EpochMs, wholeMinute } from '../../lib/units.js';
import { storedSymbols } from '../../lib/world/store/candles/extent.js';
import { beginDownloads, readDownloads, type Download } from '../../lib/world/store/downloads.js';
import { parseAskedPeriod, parseSymbols, wholePeriod, type AskedPeriod } from '../arguments.js';
import { downloadMarkets, listedSymbols, refuseUnlisted } from '../download/markets.js';
import { downloadDocument, downloadText } from '../download/summary.js';
import { askPatiently, toUserError, withExchange, type Patience } from '../exchange.js';
import type { DatabaseChoice } from '../simulated.js';
import type { Terminal } from '../terminal.js';
import { withWorld, type CommandWorld } from '../world.js';

/** The options of `bot download`, as parsed. */
export interface DownloadOptions extends DatabaseChoice {
  readonly from?: string;
  readonly to?: string;
  readonly last?: string;
  readonly symbols?: readonly string[];
  readonly resume?: boolean;
  readonly json?: boolean;
}

interface Period {
  readonly from: EpochMs;
  readonly to: EpochMs;
}

/** The requested download. */
interface Wanted {
  /** Null: resume all unfinished downloads. */
  readonly period: AskedPeriod | null;
  /** Null if no market was given. */
  readonly named: readonly string[] | null;
  readonly resume: boolean;
}

const parse = ({ from, to, last, symbols, resume = false }: DownloadOptions): Wanted => {
  const named = symbols ? parseSymbols(symbols) : null;
  if (named?.length === 0) throw new UserError(['--symbols names no market: expected some, as BTC/USD,ETH/USD']);
  const begins = from ?? last;
  if (begins === undefined && to === undefined && resume) return { period: null, named, resume };
  if (begins === undefined)
    throw new UserError(['expected a period: --last 7d, or --from 2026-04-01 --to 2026-04-08 (or --resume alone)']);
  const period = parseAskedPeriod({
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(last !== undefined && { last }),
  });
  if (period.to !== undefined && period.to <= FIRST_CANDLE)
    throw new UserError([`--to ${to}: there was nothing to trade before 2009-01-03`]);
  return { period, named, resume };
};

/** The period that is asked for, up to the exchange's last settled minute unless it ends before. */
const pastPeriod = async (
  world: CommandWorld,
  exchange: Exchange,
  asked: AskedPeriod,
  patience: Patience,
): Promise<Period> => {
  const now = await askPatiently(patience, options => exchange.serverTime(options)).catch((error: unknown) => {
    throw toUserError(error);
  });
  const { settleMs } = adapterOf(world.configuration.settings.exchange.name).history;
  const over = wholeMinute(now - settleMs);
  if (asked.to !== undefined && asked.to > over)
    throw new UserError([
      `--to ${isoTime(asked.to)} is in the future: by the exchange's clock it is ${isoTime(now)}.`,
      `Expected --to ${isoTime(over).slice(0, 16)} at the latest.`,
    ]);
  const { from, to } = wholePeriod(asked, { first: over, end: over });
  return { from: Math.max(from, FIRST_CANDLE), to };
};

/** The markets to download: those given, by default all that are stored and listed. */
const chosen = async (world: CommandWorld, exchange: Exchange, named: readonly string[] | null, terminal: Patience) => {
  const listed = await listedSymbols(exchange, terminal);
  if (named) refuseUnlisted(named, listed);
  const stored = named ?? (await storedSymbols(world.client));
  const gone = stored.filter(symbol => !listed.includes(symbol));
  if (gone.length > 0) terminal.err(`No longer listed by the exchange, skipped: ${gone.join(', ')}`);
  const symbols = stored.filter(symbol => listed.includes(symbol));
  if (symbols.length === 0)
    throw new UserError(['No market is stored: expected --symbols, as BTC/USD,ETH/USD'], named ? 2 : 1);
  return symbols;
};

const planned = async (
  world: CommandWorld,
  exchange: Exchange,
  { period: asked, named, resume }: Wanted,
  patience: Patience,
): Promise<readonly Download[]> => {
  const begun = await readDownloads(world.client);
  if (asked === null) {
    const downloads = begun.filter(({ symbol }) => !named || named.includes(symbol));
    if (downloads.length > 0) return downloads;
    throw new UserError([
      `There is no unfinished download${named ? ` of ${named.join(', ')}` : ''} to resume.`,
      'Start one: bot download --from 2026-04-01 --to 2026-04-08 --symbols BTC/USD',
    ]);
  }
  const period = await pastPeriod(world, exchange, asked, patience);
  const symbols = await chosen(world, exchange, named, patience);
  const downloads = symbols.map(symbol => {
    const same = begun.find(each => each.symbol === symbol && each.from === period.from && each.to === period.to);
    return resume && same ? same : { symbol, ...period, next: period.from };
  });
  await beginDownloads(world.client, downloads);
  return downloads;
};

const RESUME = 'Downloaded minutes are stored. Continue with: bot download --resume';

/**
 * `bot download`: builds candles from the exchange's trades, as far back as they go, and stores
 * them page by page. Throws `UserError` for an impossible request, before anything is stored, and
 * if the exchange did not return everything.
 */
export const downloadCommand = async (options: DownloadOptions, terminal: Terminal): Promise<void> => {
  const wanted = parse(options);
  await withWorld(options, terminal, world =>
    withExchange(world, async exchange => {
      const patience = { ...terminal, speed: world.configuration.settings.exchange.clockSpeed };
      const downloads = await planned(world, exchange, wanted, patience);
      const how = { resumable: true, label: 'Downloading' };
      const outcomes = await downloadMarkets(world, exchange, downloads, how, terminal).catch((error: unknown) => {
        if (error instanceof Aborted) terminal.err(`Stopped. ${RESUME}`);
        throw error;
      });
      if (options.json) terminal.out(JSON.stringify(downloadDocument(outcomes), null, 2));
      else if (outcomes.done.length > 0) terminal.out(downloadText(outcomes));
      if (outcomes.failures.length > 0)
        throw new UserError([...outcomes.failures.map(({ symbol, reason }) => `${symbol}: ${reason}`), RESUME], 1);
    }),
  );
};
