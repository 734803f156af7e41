import { expect } from 'chai';
import { filter, takeWhile, type Observable } from 'rxjs';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import type { Exchange } from '../../../lib/exchange/ports.js';
import type { LiveEvent } from '../../../lib/market-data/events.js';
import type { Candles } from '../../../lib/market-data/candles.js';
import { EMPTY_SERIES, type SeriesState } from '../../../lib/market-data/series.js';
import { simulatedExchange, type SimulatedExchange } from '../../../lib/simulator/exchange/exchange.js';
import { syntheticTapes } from '../../../lib/simulator/market/market.js';
import { Cell } from '../../../lib/tape.js';
import { HOUR_MS, MINUTE_MS, type EpochMs } from '../../../lib/units.js';
import { openExchange } from '../../../lib/world/exchange/index.js';
import { serveExchange, type ExchangeServer } from '../../../lib/world/simulator/server.js';
import { fromAbortable } from '../../../streams/from-abortable.js';
import { candles } from '../../../streams/sources/candles.js';
import { RULES } from '../../market-data/played.js';
import { settingsOf } from '../../support/settings.js';

const SEED = 11;
const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'MINA/USD'];
const BEGIN = Date.UTC(2026, 3, 12, 12);
/** Of the exchange: a minute takes 120 ms, so that a busy machine is no outage. */
const SPEED = 500;

interface Stored {
  readonly at: EpochMs;
  readonly source: string;
  values: number[];
}

describe('candles from the simulated exchange', function () {
  this.timeout(120_000);
  let simulated: SimulatedExchange;
  let server: ExchangeServer;
  let exchange: Exchange;
  let clock: () => EpochMs;
  const stored = SYMBOLS.map((): Stored[] => []);
  const counts = { gaps: 0, troubles: 0, revised: 0 };

  /** Lets the clock of the exchange run on from a moment. */
  const runFrom = (moment: EpochMs) => {
    const began = performance.now();
    clock = () => moment + (performance.now() - began) * SPEED;
  };
  const take = (event: LiveEvent) => {
    if (event.kind === 'gap') counts.gaps++;
    if (event.kind === 'trouble') counts.troubles++;
    const valuesOf = (rows: Candles, i: number) =>
      (['open', 'high', 'low', 'close', 'volume', 'quiet'] as const).map(name => rows[name][i]!);
    if (event.kind === 'revised')
      for (let i = 0; i < event.candles.length; i++) {
        counts.revised++;
        stored[event.market]!.find(({ at }) => at === event.candles.at[i])!.values = valuesOf(event.candles, i);
      }
    if (event.kind !== 'tape') return;
    for (const { market, candles: rows, source } of event.rows)
      for (let i = 0; i < rows.length; i++)
        stored[market]!.push({ at: rows.at[i]!, source, values: valuesOf(rows, i) });
  };
  /** Where the next start goes on from: as the store would say. */
  const seriesOf = (market: number): SeriesState => {
    const last = stored[market]!.at(-1);
    if (!last) return EMPTY_SERIES;
    const good = stored[market]!.findLast(({ values }) => values[5] === 0)!.values[3]!;
    return { at: last.at, close: last.values[3]!, good, pending: Number.NaN };
  };

  const run = async (until: EpochMs, from: EpochMs): Promise<void> => {
    const settings = settingsOf(
      `exchange: {url: '${server.url}', rate_limit_retries: 0, timeout_seconds: 5, clock_speed: ${SPEED}}`,
    ).exchange;
    exchange = openExchange(settings, {
      budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
      breaker: { ...BREAKER_RULES, failures: Infinity },
    });
    await exchange.serverTime();
    const candles$: Observable<LiveEvent> = candles({
      now: () => exchange.now()!,
      speed: SPEED,
      rules: RULES,
      stored: () => [],
      starts: SYMBOLS.map((_, market) => ({ series: seriesOf(market), from })),
      candles: (market, since) => fromAbortable(signal => exchange.ohlc(SYMBOLS[market]!, 1, since, { signal })),
      trades: (market, sinceNs) => fromAbortable(signal => exchange.trades(SYMBOLS[market]!, sinceNs, { signal })),
    });
    const reached = () => stored.every(rows => (rows.at(-1)?.at ?? 0) >= until);
    await new Promise<void>((resolve, reject) => {
      candles$
        .pipe(
          filter(event => (take(event), true)),
          takeWhile(event => event.kind === 'recovered' || !reached()),
        )
        .subscribe({ error: reject, complete: resolve });
    });
    exchange.close();
  };

  before(async () => {
    simulated = simulatedExchange({ seed: SEED, symbols: SYMBOLS, clock: () => clock(), isLimited: false });
    runFrom(BEGIN);
    server = await serveExchange(simulated, 0);
  });
  after(async () => {
    exchange.close();
    await server.close();
  });

  it('are those of its market through an outage of half an hour and one of thirteen hours', async () => {
    const from = BEGIN - HOUR_MS;
    simulated.warmUp();
    for (const symbol of SYMBOLS)
      simulated.reply({ path: '/0/public/OHLC', query: new URLSearchParams({ pair: symbol }), client: 'warm' });
    runFrom(BEGIN);
    const kinds = [
      { kind: 'http_error' },
      { kind: 'reset', pair: 'BTC/USD' },
      { kind: 'empty_body', pair: 'DOGE/USD' },
    ];
    for (const kind of kinds)
      simulated.faults.add({ ...kind, from: BEGIN + 40 * MINUTE_MS, to: BEGIN + 70 * MINUTE_MS }, BEGIN);
    const [bitcoin, doge, mina] = SYMBOLS as [string, string, string];
    const errors = [
      { kind: 'duplicate_rows' },
      { kind: 'revised_row', pair: bitcoin },
      { kind: 'wrong_order', pair: doge },
      { kind: 'no_forming_row', pair: mina },
    ];
    for (const error of errors) simulated.faults.add({ ...error, probability: 0.1, to: BEGIN + 90 * MINUTE_MS }, BEGIN);
    for (const pair of SYMBOLS) simulated.faults.add({ kind: 'missing_minutes', minutes: 1, count: 1, pair }, BEGIN);
    await run(BEGIN + 100 * MINUTE_MS, from);
    expect(counts.troubles).to.be.greaterThan(5);
    expect(stored.flat().some(({ source }) => source === 'trades')).to.equal(false);

    // The bot is away for thirteen hours: an hour of them is out of the reach of candles.
    const back = BEGIN + 15 * HOUR_MS;
    runFrom(back);
    await run(back + 20 * MINUTE_MS, from);
    expect(stored.flat().some(({ source }) => source === 'trades')).to.equal(true);

    expect(counts.gaps).to.equal(0);
    expect(counts.revised).to.be.greaterThan(0);
    SYMBOLS.forEach((symbol, market) => {
      const rows = stored[market]!;
      const minutes = rows.length;
      const [truth] = [...syntheticTapes([symbol], SEED, from, from + minutes * MINUTE_MS, minutes)];
      rows.forEach(({ at, values }, i) => {
        expect(at, symbol).to.equal(from + i * MINUTE_MS);
        const { open, high, low, close, volume, cell } = truth!;
        // A quiet minute is flat at the close that was known when it came, which may have been
        // revised since.
        if (cell[i] === Cell.quiet) expect(values.slice(4), `${symbol} ${i}`).to.deep.equal([0, 1]);
        else expect(values, `${symbol} ${i}`).to.deep.equal([open[i], high[i], low[i], close[i], volume[i], 0]);
      });
      expect(minutes).to.be.greaterThan(60 + 15 * 60);
    });
  });
});
