import { from as fromIterable, map, of } from 'rxjs';
import { contextOf } from '../../lib/cross-market/context.js';
import { UserError } from '../../lib/errors.js';
import { WARM_UP_MS } from '../../lib/indicators/warm-up.js';
import { Parity, type ParityReport } from '../../lib/report/parity.js';
import { settingsOfDocument } from '../../lib/settings/recorded.js';
import { decisionsOf } from '../../lib/strategy/decisions.js';
import { fittingMinutes } from '../../lib/tape.js';
import { tapesReader } from '../../lib/world/store/candles/read-ahead.js';
import { readRunStrategies } from '../../lib/world/store/covering.js';
import { newestLiveRun, readDecidedPeriod, readLiveOpportunities } from '../../lib/world/store/parity.js';
import { readWholeVersions } from '../../lib/world/store/versions.js';
import { decided } from '../../streams/training.js';
import { parseTime } from '../arguments.js';
import { storedPast } from '../backtest/past.js';
import { drain } from '../drain.js';
import { withStored } from '../export/inputs.js';
import { oneAhead } from '../export/one-ahead.js';
import { setupOfRun } from '../strategy/of-run.js';
import type { Terminal } from '../terminal.js';
import type { CommandWorld } from '../world.js';

/** What is replayed; by default all that the newest live run decided. */
export interface ParityRequest {
  readonly run?: number;
  readonly from?: string;
  readonly to?: string;
}

/** Before and after all candles. */
const [EARLIEST, LATEST] = [Date.UTC(2000), Date.UTC(2100)];

/**
 * Replays what a live run stored, with the settings and the strategy that decided, and compares it.
 * Throws `UserError` if there is no such run, or if its strategy file has changed.
 */
export const replayedRun = async (
  world: CommandWorld,
  options: ParityRequest,
  terminal: Terminal,
): Promise<ParityReport> => {
  const { client } = world;
  const run = options.run ?? (await newestLiveRun(client));
  if (run === null) throw new UserError(['No live or simulated run is stored: bot run starts one.'], 1);
  const strategies = await readRunStrategies(client, run);
  if (!strategies)
    throw new UserError([`--run: there is no live or simulated run ${run} ("bot status" lists the last ones)`]);
  const asked = [
    options.from === undefined ? EARLIEST : parseTime('--from', options.from),
    options.to === undefined ? LATEST : parseTime('--to', options.to),
  ] as const;
  const period = await readDecidedPeriod(client, run, ...asked);
  if (!period) throw new UserError([`Run ${run} stored no decision in the period.`], 1);
  const [version] = await readWholeVersions(client, [period.configurationId]);
  const settings = settingsOfDocument(version!.configuration ?? {});
  const setup = await setupOfRun({ id: run, strategies }, settings);
  const configuration = { ...world.configuration, settings };
  const then: CommandWorld = { ...world, configuration };
  const { from, to, symbols, configurationId } = period;
  const past = await storedPast(then, { from, to, symbols, verdictsOf: run }, tapesReader());
  const start = from - WARM_UP_MS;
  const parity = new Parity({
    run,
    configuration: configurationId,
    strategy: setup.name,
    symbols: past.listings.slice(0, past.traded).map(({ market }) => market.symbol),
    decisions: decisionsOf(setup.strategy),
    from,
    to,
    opportunities: await readLiveOpportunities(client, run, period),
    firstStored: past.listings.map(({ firstCandleAt }) => firstCandleAt),
    start,
  });
  const reading = new AbortController();
  const progress = terminal.progress('Parity', to - start);
  try {
    const tapes = past.tapes({
      from: start,
      to,
      minutesPerTape: fittingMinutes(past.listings.length),
      signal: AbortSignal.any([terminal.signal, reading.signal]),
    });
    const ids = await past.ids();
    const stored = withStored(then, tapes, ids, { from, to }, decisionsOf(setup.strategy));
    const verdicts = await past.verdicts();
    const tape$ = decided(fromIterable(oneAhead(stored)), {
      settings$: of({ settings, configurationId, strategies: [setup] }),
      listings: past.listings,
      recorded: verdicts?.recorded,
      period: { from, to },
      timeframeHistory: await past.timeframeHistory(settings.indicators.timeframes, { from: start, to }),
      context: contextOf(past.listings, settings.portfolio.currency),
    }).pipe(
      map(tape => {
        parity.add(tape);
        progress.at(tape.settled.start - start);
      }),
    );
    await drain(tape$, terminal.signal);
    return parity.report();
  } finally {
    progress.stop();
    reading.abort();
  }
};
