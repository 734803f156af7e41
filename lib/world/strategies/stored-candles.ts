import type { ClientBase } from 'pg';
import { UserError } from '../../errors.js';
import { isoTime } from '../../report/time.js';
import { Cell, type Tape } from '../../tape.js';
import { DAY_MS, MINUTE_MS, type EpochMs } from '../../units.js';
import { storedExtents, storedSymbols, type StoredExtent } from '../store/candles/extent.js';
import { readTapes } from '../store/candles/read.js';
import { WARM_MINUTES, type CheckMarket } from './check-market.js';

/** The stored candles that a check is asked to use. */
export interface StoredRequest {
  readonly symbols: readonly string[];
  /** Default: a week before `to`, or as much as is stored and fits. */
  readonly from: EpochMs | undefined;
  /** Exclusive; default: the end of what is stored of every market. */
  readonly to: EpochMs | undefined;
}

/** Candles of a check, those of the warm-up included: every law runs over them several times. */
const MAX_CANDLES = 400_000;
const DEFAULT_MINUTES = (7 * DAY_MS) / MINUTE_MS;
const LEAST_MINUTES = 60;

const number = (value: number): string => value.toLocaleString('en-US');

const extentsOf = async (client: ClientBase, symbols: readonly string[]): Promise<readonly StoredExtent[]> => {
  const extents = await storedExtents(client, symbols);
  const missing = symbols.filter(wanted => !extents.some(({ symbol }) => symbol === wanted));
  if (missing.length === 0) return extents;
  const stored = await storedSymbols(client);
  throw new UserError([
    `--symbols: nothing is stored of ${missing.join(', ')}.`,
    stored.length > 0
      ? `There is: ${stored.join(', ')}.`
      : 'Nothing is stored at all: bot import and bot download store candles.',
  ]);
};

/** The period to check, in which every market is warm. Throws `UserError` if there is none. */
const periodOf = (
  extents: readonly StoredExtent[],
  request: StoredRequest,
): { readonly from: EpochMs; readonly to: EpochMs } => {
  const most = Math.floor(MAX_CANDLES / extents.length) - WARM_MINUTES;
  const youngest = extents.reduce((a, b) => (b.first > a.first ? b : a));
  const warmAt = youngest.first + WARM_MINUTES * MINUTE_MS;
  const to = request.to ?? Math.min(...extents.map(({ last }) => last)) + MINUTE_MS;
  const from = request.from ?? Math.max(warmAt, to - Math.min(DEFAULT_MINUTES, most) * MINUTE_MS);
  if (most < LEAST_MINUTES)
    throw new UserError([
      `--symbols names ${extents.length} markets: expected at most ${Math.floor(MAX_CANDLES / (WARM_MINUTES + LEAST_MINUTES))}, so that the check stays quick.`,
    ]);
  if (from < warmAt)
    throw new UserError([
      `--from ${isoTime(from)} is too early for ${youngest.symbol}, stored from ${isoTime(youngest.first)} on: a check warms up over`,
      `${number(WARM_MINUTES)} minutes (8.5 days) before --from. Expected --from ${isoTime(warmAt)} or later.`,
    ]);
  if (to - from < LEAST_MINUTES * MINUTE_MS) {
    if (request.from !== undefined)
      throw new UserError([
        `${isoTime(from)} to ${isoTime(to)} is too short: expected a period of at least ${LEAST_MINUTES} minutes` +
          (request.to === undefined ? ' before the last stored one.' : '.'),
      ]);
    throw new UserError([
      `Too little is stored of ${youngest.symbol} before ${isoTime(to)}: a check warms up over ${number(WARM_MINUTES)} minutes (8.5 days)`,
      `and needs ${LEAST_MINUTES} more. Stored is ${isoTime(youngest.first)} to ${isoTime(youngest.last + MINUTE_MS)}.`,
    ]);
  }
  const minutes = (to - from) / MINUTE_MS;
  if (minutes > most)
    throw new UserError([
      `${extents.length} ${extents.length === 1 ? 'market' : 'markets'} over ${number(minutes)} minutes: expected at most ${number(most)} minutes, so that the check stays quick.`,
      'Choose a later --from, an earlier --to, or fewer markets.',
    ]);
  return { from, to };
};

/**
 * Reads stored candles for a check: the period, and before it the warm-up. Throws `UserError` for
 * markets of which nothing is stored, in all or in the period, for a period that is too long, or
 * too short, and where too little is stored before it.
 */
export const storedMarkets = async (client: ClientBase, request: StoredRequest): Promise<CheckMarket> => {
  const extents = await extentsOf(client, request.symbols);
  const { from, to } = periodOf(extents, request);
  const start = from - WARM_MINUTES * MINUTE_MS;
  const minutes = (to - start) / MINUTE_MS;
  let tape: Tape | undefined;
  for await (const read of readTapes(client, extents, start, to, minutes)) tape = read;
  const { cell } = tape!;
  const empty = extents.filter((_, lane) =>
    cell.subarray(lane * minutes + WARM_MINUTES, (lane + 1) * minutes).every(kind => kind === Cell.absent),
  );
  if (empty.length > 0)
    throw new UserError([
      `No candle is stored from ${isoTime(from)} to ${isoTime(to)}. There is:`,
      ...empty.map(({ symbol, first, last }) => `${symbol} from ${isoTime(first)} to ${isoTime(last + MINUTE_MS)}`),
    ]);
  return {
    name: 'stored',
    symbols: extents.map(({ symbol }) => symbol),
    sectors: extents.map(({ sector }) => sector),
    tape: tape!,
  };
};
