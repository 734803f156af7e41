import type { Client } from 'pg';
import { UserError } from '../../lib/errors.js';
import { symbolOf } from '../../lib/kraken/pairs.js';
import { isoTime } from '../../lib/report/time.js';
import { explain, type MinuteRecord } from '../../lib/report/why.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import {
  readMarketId,
  readMinute,
  readNeighbours,
  readOpportunities,
  readVerdicts,
} from '../../lib/world/store/minute.js';
import { readWholeVersions } from '../../lib/world/store/versions.js';
import { parseTime } from '../arguments.js';
import { renderWhy } from '../report/why.js';
import type { Terminal } from '../terminal.js';
import { withWorld } from '../world.js';

const HISTOGRAM = 'macd_histogram';

const notStored = async (client: Client, market: string, id: number, at: EpochMs): Promise<UserError> => {
  const { before, after } = await readNeighbours(client, id, at);
  const nearest = [before && `before it ${isoTime(before.getTime())}`, after && `after it ${isoTime(after.getTime())}`];
  const known = nearest.filter(text => text !== null);
  return new UserError(
    [
      `${market}: the minute ${isoTime(at)} is not stored, so nothing is known of it.`,
      known.length > 0 ? `The nearest stored minutes: ${known.join(', ')}.` : 'No minute of this market is stored.',
    ],
    1,
  );
};

const readRecord = async (client: Client, market: string, at: EpochMs): Promise<MinuteRecord> => {
  const id = await readMarketId(client, market);
  if (id === null) throw new UserError([`${market} is not stored: "bot status" lists the markets that are`]);
  const minute = await readMinute(client, id, at);
  if (!minute) throw await notStored(client, market, id, at);
  const opportunities = await readOpportunities(client, id, at);
  const { runId, configurationId } = minute.decision === null ? (opportunities[0] ?? minute) : minute;
  const before = await readMinute(client, id, at - MINUTE_MS);
  const versions = configurationId === null ? [] : await readWholeVersions(client, [configurationId]);
  return {
    market,
    at,
    minute,
    histogramBefore: before?.indicators?.[HISTOGRAM] ?? null,
    document: versions[0]?.configuration ?? null,
    opportunities,
    verdicts: runId === null ? [] : await readVerdicts(client, runId, id, at),
  };
};

/** `bot why MARKET TIME`: what was decided on a minute, and every value beside its threshold. */
export const whyCommand = async (
  name: string,
  time: string,
  options: { readonly config?: string; readonly json?: boolean },
  terminal: Terminal,
): Promise<void> => {
  const market = symbolOf(name);
  if (market === null) throw new UserError([`"${name}" is no market: expected BASE/QUOTE, as BTC/USD`]);
  const at = parseTime('time', time);
  await withWorld(options, terminal, async ({ client }) => {
    const why = explain(await readRecord(client, market, at));
    terminal.out(options.json ? JSON.stringify(why, null, 2) : renderWhy(why, terminal.colours, terminal.width));
  });
};
