import type { ClientBase } from 'pg';
import { UserError } from '../../lib/errors.js';
import { adapterOf } from '../../lib/exchange/adapters.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import type { RequestLimits } from '../../lib/exchange/request-budget.js';
import type { Exchange } from '../../lib/exchange/ports.js';
import { nearSymbols } from '../../lib/exchange/near.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { elapsed } from '../../lib/world/clock.js';
import { endDownload, type Download } from '../../lib/world/store/downloads.js';
import { askPatiently, toUserError, type Patience } from '../exchange.js';
import { count, duration } from '../report/format.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';
import { downloadMarket, type Downloading, type MarketOutcome } from './market.js';

/** Number of parallel markets that use the whole budget despite the limit per market. */
const atATime = ({ intervalMs, pairIntervalMs }: RequestLimits): number =>
  Math.max(1, Math.ceil(pairIntervalMs / intervalMs));

/** Result of several downloads. */
export interface MarketOutcomes {
  /** Completed downloads, in the requested order. */
  readonly done: readonly MarketOutcome[];
  /** Failures of the others. */
  readonly failures: readonly { readonly symbol: string; readonly reason: string }[];
}

/** The symbols that the exchange lists. */
export const listedSymbols = async (
  exchange: Pick<Exchange, 'markets'>,
  patience: Patience,
): Promise<readonly string[]> => {
  const { markets } = await askPatiently(patience, options => exchange.markets(options)).catch((error: unknown) => {
    throw toUserError(error);
  });
  return markets.map(({ symbol }) => symbol);
};

/** Throws `UserError` with the symbols that are not listed and likely corrections. */
export const refuseUnlisted = (symbols: readonly string[], listed: readonly string[]): void => {
  const unknown = symbols.filter(symbol => !listed.includes(symbol));
  if (unknown.length > 0)
    throw new UserError(
      unknown.map(symbol => {
        const near = nearSymbols(symbol, listed);
        return `${symbol} is not listed by the exchange${near.length > 0 ? `; near it: ${near.join(', ')}` : ''}`;
      }),
    );
};

/** Runs actions one at a time. */
const oneAtATime = (client: ClientBase): Downloading['store'] => {
  let last: Promise<unknown> = Promise.resolve();
  return act => {
    const mine = last.then(() => act(client));
    last = mine.catch(() => undefined);
    return mine;
  };
};

/** Progress of all downloads: market minutes, minutes a second, remaining time. */
const progressOf = (downloads: readonly Download[], label: string, terminal: Terminal) => {
  const minutes = (ms: number) => ms / MINUTE_MS;
  const total = downloads.reduce((sum, { from, to }) => sum + minutes(to - from), 0);
  const reached = new Map(downloads.map(download => [download, download.next]));
  const done = () => [...reached].reduce((sum, [{ from }, next]) => sum + minutes(next - from), 0);
  const [began, before] = [elapsed(), done()];
  const bar = terminal.progress(label, total);
  return {
    stop: () => bar.stop(),
    at: (download: Download, next: EpochMs) => {
      reached.set(download, next);
      const now = done();
      const rate = (now - before) / Math.max(elapsed() - began, 1);
      const left = rate > 0 ? `, ${duration(Math.ceil((total - now) / rate / 60_000))} left` : '';
      const at = new Date(next).toISOString().slice(0, 16).replace('T', ' ');
      bar.at(now, `${download.symbol} ${at}, ${count(rate * 1_000)} minutes/s${left}`);
    },
  };
};

/**
 * Downloads markets, some at a time. A failure does not stop the others, unless the exchange is
 * down. Throws `Aborted` when it is stopped; what is stored by then stays.
 */
export const downloadMarkets = async (
  { client, configuration }: Pick<CommandWorld, 'client' | 'configuration'>,
  exchange: Exchange,
  downloads: readonly Download[],
  { resumable, label }: { readonly resumable: boolean; readonly label: string },
  terminal: Terminal,
): Promise<MarketOutcomes> => {
  const { settings } = configuration;
  const store = oneAtATime(client);
  const breaking = new AbortController();
  const signal = AbortSignal.any([terminal.signal, breaking.signal]);
  const err = (text: string) => terminal.err(text);
  const world: Downloading = {
    exchange,
    store,
    rules: settings.data,
    err,
    signal,
    speed: settings.exchange.clockSpeed,
  };
  const progress = progressOf(downloads, label, terminal);
  const done = new Map<Download, MarketOutcome>();
  const failures: { symbol: string; reason: string }[] = [];
  const waiting = [...downloads];
  const broken: Error[] = [];

  const work = async () => {
    for (let next = waiting.shift(); next && broken.length === 0; next = waiting.shift()) {
      const download = next;
      try {
        const outcome = await downloadMarket(world, download, resumable, at => progress.at(download, at));
        if (resumable) await store(each => endDownload(each, download.symbol));
        done.set(download, outcome);
      } catch (error) {
        if (!(error instanceof ExchangeFailure)) {
          broken.push(error instanceof Error ? error : new Error(String(error)));
          breaking.abort();
          return;
        }
        const reason = error.cure === null ? error.message : `${error.message}. ${error.cure}`;
        failures.push({ symbol: download.symbol, reason });
        if (error.next !== 'skip')
          waiting.splice(0).forEach(({ symbol }) => failures.push({ symbol, reason: 'not started' }));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: atATime(adapterOf(settings.exchange.name).limits) }, work));
  } finally {
    progress.stop();
  }
  if (broken[0]) throw broken[0]; // the others stopped because of it
  return { done: downloads.flatMap(download => done.get(download) ?? []), failures };
};
