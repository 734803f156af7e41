import { Aborted, UserError } from '../../lib/errors.js';
import { isoTime } from '../../lib/report/time.js';
import { MINUTE_MS } from '../../lib/units.js';
import { storedSymbols } from '../../lib/world/store/candles/extent.js';
import { readGaps, type Gap } from '../../lib/world/store/candles/gaps.js';
import { parseSymbols } from '../arguments.js';
import { downloadMarkets, listedSymbols, type MarketOutcomes } from '../download/markets.js';
import { withExchange } from '../exchange.js';
import { count, minuteOf } from '../report/format.js';
import type { DatabaseChoice } from '../simulated.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { withWorld, type CommandWorld } from '../world.js';

/** The options of `bot data repair`, as parsed. */
export interface DataRepairOptions extends DatabaseChoice {
  readonly symbols?: readonly string[];
  readonly json?: boolean;
}

/** Result of a market's repair, in minutes. */
interface Repaired {
  readonly symbol: string;
  readonly gaps: number;
  readonly missing: number;
  readonly filled: number;
  readonly left: readonly Gap[];
  /** Why gaps remain; null if none do. */
  readonly reason: string | null;
}

const SHOWN = 20;
const minutes = (gaps: readonly Gap[]): number => gaps.reduce((sum, { from, to }) => sum + (to - from) / MINUTE_MS, 0);
const time = (at: number): string => minuteOf(isoTime(at));

const grouped = (gaps: readonly Gap[]): ReadonlyMap<string, readonly Gap[]> => {
  const bySymbol = new Map<string, Gap[]>();
  for (const gap of gaps) bySymbol.set(gap.symbol, [...(bySymbol.get(gap.symbol) ?? []), gap]);
  return bySymbol;
};

/** Interleaves markets, since one market may be requested only every three seconds. */
const inTurns = (gaps: readonly Gap[]): readonly Gap[] =>
  [...grouped(gaps).values()]
    .flatMap(own => own.map((gap, turn) => ({ gap, turn })))
    .sort((a, b) => a.turn - b.turn)
    .map(({ gap }) => gap);

const repairedOf = (
  before: readonly Gap[],
  after: readonly Gap[],
  listed: readonly string[],
  { done, failures }: MarketOutcomes,
): readonly Repaired[] => {
  const left = grouped(after);
  return [...grouped(before)].map(([symbol, gaps]) => {
    const own = left.get(symbol) ?? [];
    const failure = failures.find(each => each.symbol === symbol)?.reason;
    const gone = listed.includes(symbol) ? undefined : 'the exchange no longer lists it';
    const leftOut = done.flatMap(each => (each.symbol === symbol ? each.leftOut : []))[0]?.reason;
    const reason =
      own.length === 0 ? null : (gone ?? failure ?? leftOut ?? "the exchange's trades of these minutes cannot be used");
    return {
      symbol,
      gaps: gaps.length,
      missing: minutes(gaps),
      filled: minutes(gaps) - minutes(own),
      left: own,
      reason,
    };
  });
};

const textOf = (repaired: readonly Repaired[]): string => {
  const left = repaired.flatMap(({ left: own, reason }) => own.map(gap => ({ ...gap, reason })));
  const lines = left.map(({ symbol, from, to, reason }) => `  ${symbol} ${time(from)} to ${time(to)}: ${reason}`);
  const more = lines.length > SHOWN ? [`  … and ${count(lines.length - SHOWN)} more (--json has them all)`] : [];
  return [
    table(
      ['market', 'gaps', 'missing', 'filled', 'left'],
      repaired.map(({ symbol, gaps, missing, filled }) => [
        symbol,
        ...[gaps, missing, filled, missing - filled].map(count),
      ]),
    ),
    ...(lines.length > 0 ? ['', 'Minutes that are still missing (UTC):', ...lines.slice(0, SHOWN), ...more] : []),
  ].join('\n');
};

const documentOf = (repaired: readonly Repaired[]): unknown => ({
  markets: repaired.map(({ left, ...rest }) => ({
    ...rest,
    left: left.map(({ from, to }) => ({ from: isoTime(from), to: isoTime(to) })),
  })),
});

const refuseUnknown = async ({ client }: CommandWorld, named: readonly string[]): Promise<void> => {
  const stored = await storedSymbols(client);
  const unknown = named.filter(symbol => !stored.includes(symbol));
  if (unknown.length > 0)
    throw new UserError(unknown.map(symbol => `${symbol} is not stored: "bot status" lists the markets that are`));
};

/**
 * `bot data repair`: fills the gaps between stored minutes from the exchange's trades. It may be
 * stopped at any time and run again. Throws `UserError` if the exchange does not answer.
 */
export const dataRepairCommand = async (options: DataRepairOptions, terminal: Terminal): Promise<void> => {
  const named = options.symbols ? parseSymbols(options.symbols) : null;
  await withWorld(options, terminal, async world => {
    if (named) await refuseUnknown(world, named);
    const before = await readGaps(world.database.connection, world.client, named);
    if (before.length === 0) {
      terminal.out(
        options.json ? JSON.stringify({ markets: [] }, null, 2) : 'There are no gaps between stored minutes.',
      );
      return;
    }
    await withExchange(world, async exchange => {
      const { signal } = terminal;
      const speed = world.configuration.settings.exchange.clockSpeed;
      const listed = await listedSymbols(exchange, { err: text => terminal.err(text), signal, speed });
      const fillable = inTurns(before.filter(({ symbol }) => listed.includes(symbol)));
      const downloads = fillable.map(gap => ({ ...gap, next: gap.from }));
      const how = { resumable: false, label: 'Repairing' };
      const outcomes = await downloadMarkets(world, exchange, downloads, how, terminal).catch((error: unknown) => {
        if (error instanceof Aborted) terminal.err('Stopped. Filled minutes are stored; run it again for the rest.');
        throw error;
      });
      const after = await readGaps(world.database.connection, world.client, [...grouped(before).keys()]);
      const repaired = repairedOf(before, after, listed, outcomes);
      terminal.out(options.json ? JSON.stringify(documentOf(repaired), null, 2) : textOf(repaired));
      if (outcomes.failures.length > 0)
        throw new UserError(
          [
            ...new Set(outcomes.failures.map(({ symbol, reason }) => `${symbol}: ${reason}`)),
            'Run it again for the rest.',
          ],
          1,
        );
    });
  });
};
