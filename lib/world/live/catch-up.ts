import type { OpenedWallet } from '../../market-data/ports.js';
import type { PositionEvent } from '../../portfolio/events.js';
import { settingsFor } from '../../settings/settings-for.js';
import type { InForce } from '../../settings/settings.js';
import { MINUTE_MS, wholeMinute, type DurationMs, type EpochMs } from '../../units.js';
import type { LiveStore } from '../store/live/index.js';
import { AbsentWallet, type AbsentTerms } from './absent-wallet.js';
import { readMissed, tradesOnce, waitForCandles, type MissedSources } from './missed-reads.js';

/** Replaying missed time takes time itself, which another turn replays. */
const MAX_TURNS = 5;

/** How missed time is replayed. */
export interface CatchUpOptions extends MissedSources, Pick<AbsentTerms, 'writer' | 'rateOf'> {
  readonly live: Pick<LiveStore, 'opening' | 'savePositions' | 'exitSignals'>;
  readonly runId: number;
  /** The names of the strategies whose wallets are opened. */
  readonly strategies: readonly string[];
  readonly inForce: InForce;
  /** Whether the exchange lists a market: candles of unlisted ones are not awaited. */
  readonly isListed: (symbol: string) => boolean;
  /** Time was missed if a held market was not checked for longer than this. */
  readonly missedAfterMs: DurationMs;
}

/** Opens a wallet as it was left; a wallet that was never settled begins now. */
const openWallet = async (options: CatchUpOptions, strategy: string): Promise<AbsentWallet> => {
  const { live, runId, now, markets, persistent, inForce } = options;
  const wallet = { runId, strategy };
  const opening = await persistent('reading the portfolio', () => live.opening(wallet, markets));
  const settings = settingsFor(inForce.settings, strategy);
  const absent = new AbsentWallet(
    { ...opening, settledUntil: opening.settledUntil ?? wholeMinute(now()) },
    { ...options, ...inForce, settings, wallet },
  );
  if (opening.settledUntil === null) await absent.begin();
  return absent;
};

/** Candles of time that was not seen before may be stored by now. */
const makeUpUnseen = async (options: CatchUpOptions, wallets: readonly AbsentWallet[]): Promise<void> => {
  const behind = wallets.flatMap(wallet => {
    const { unseen } = wallet;
    return unseen ? [{ wallet, unseen, events: [] as PositionEvent[] }] : [];
  });
  if (behind.length === 0) return;
  const from = Math.min(...behind.map(({ unseen }) => unseen.from));
  const to = Math.max(...behind.map(({ unseen }) => unseen.to));
  await readMissed(options, { from, to }, tape => {
    for (const { wallet, events } of behind) events.push(...wallet.makeUpUnseen(tape, options.now()));
  });
  for (const { wallet, events } of behind) await wallet.saveUnseen(events);
};

/** Hands the stored exit signals to the wallets, for trades that are open and those still to come. */
const readExits = async (
  { live, runId, markets, persistent }: CatchUpOptions,
  wallets: readonly AbsentWallet[],
): Promise<void> => {
  const wanted = wallets.flatMap(({ strategy, waitForExit }) =>
    waitForExit.map(({ market, from }) => ({ strategy, marketId: markets[market]!.id, from })),
  );
  const found = await persistent('reading exit signals', () => live.exitSignals(runId, wanted));
  const lanes = new Map(markets.map(({ id }, lane) => [id, lane]));
  for (const wallet of wallets)
    wallet.knowExits(
      found
        .filter(({ strategy }) => strategy === wallet.strategy)
        .map(({ marketId, at }) => ({ market: lanes.get(marketId)!, at })),
    );
};

/** Replays all time of these wallets until now and returns its end. Each stretch is read once. */
const makeUp = async (options: CatchUpOptions, wallets: readonly AbsentWallet[]): Promise<EpochMs> => {
  const { now, markets, isListed, inForce } = options;
  const until = Math.floor(now());
  const minute = wholeMinute(until);
  for (const wallet of wallets) if (wallet.isIdle) await wallet.stayIdle(until);
  const busy = wallets.filter(wallet => !wallet.isIdle).map(wallet => ({ wallet, first: wallet.first }));
  if (busy.length === 0) return until;
  const tradesOf = tradesOnce(options);
  await Promise.all(busy.map(({ wallet }) => wallet.fetchTrades(tradesOf, until)));
  const needed = new Set(busy.flatMap(({ wallet }) => wallet.needed(minute)));
  const listed = [...needed].map(market => markets[market]!).filter(({ symbol }) => isListed(symbol));
  await waitForCandles(options, listed, minute, inForce.settings.exchange.clockSpeed);
  await readExits(
    options,
    busy.map(({ wallet }) => wallet),
  );
  const from = Math.min(...busy.map(({ first }) => first));
  await readMissed(options, { from, to: minute + MINUTE_MS }, async (tape, books) => {
    for (const { wallet, first } of busy) await wallet.settle(tape, books, until, first);
  });
  return until;
};

/**
 * Opens the wallets as they were left and replays the time missed since, in order (semantics §5,
 * missed time): with the exchange's trades since each held market was last checked, where they are
 * available, else with candles. Progress is stored step by step: if this start is killed, the next
 * one has less to do. The wallets are replayed together, so that trades and minutes are read once.
 */
export const catchUp = async (options: CatchUpOptions): Promise<readonly OpenedWallet[]> => {
  const { strategies, now, markets, rateOf, emit, inForce, missedAfterMs } = options;
  const wallets: AbsentWallet[] = [];
  for (const strategy of strategies) wallets.push(await openWallet(options, strategy));
  await makeUpUnseen(options, wallets);

  const behind = wallets.filter(wallet => wallet.isBehind(now(), missedAfterMs));
  let until = NaN;
  if (behind.length > 0) {
    until = await makeUp(options, behind);
    const ownMinute = MINUTE_MS * inForce.settings.exchange.clockSpeed;
    const isMissing = () => behind.some(wallet => wallet.isMissing(until));
    for (let turns = 1; turns < MAX_TURNS && (now() - until >= ownMinute || isMissing()); turns++)
      until = await makeUp(options, behind);
    for (const wallet of behind) await wallet.finish(until);
    for (const market of new Set(behind.flatMap(({ held }) => held)))
      if (!(rateOf(market) > 0)) emit({ kind: 'no_rate', symbol: markets[market]!.symbol });
  }
  return wallets.map(wallet => wallet.opened(behind.includes(wallet) ? until : null));
};
