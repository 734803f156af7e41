import { expect } from 'chai';
import { from, lastValueFrom, of } from 'rxjs';
import { unversioned } from '../../lib/settings/settings.js';
import { DECISIONS } from '../../lib/strategy/decisions.js';
import { decisionOf, checksOf } from '../../lib/strategy/explain.js';
import { Cell, sliceTape, type Tape } from '../../lib/tape.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import { conversionSymbols } from '../../lib/universe/conversion-symbols.js';
import { decidedMinute, type DecidedMinute } from '../../streams/minute.js';
import { randomFrom } from '../oracle/random.js';
import { randomCase } from '../oracle/random-market.js';
import { cut, historyOf, replay, type History } from '../support/replay.js';

const COLUMNS = ['cell', 'open', 'high', 'low', 'close', 'volume'] as const;

/** Of a tape only these lanes, up to and with a minute. */
const lanesUntil = (tape: Tape, lanes: readonly number[], at: EpochMs): Tape => {
  const minutes = (at - tape.start) / MINUTE_MS + 1;
  const whole = sliceTape(tape, 0, minutes);
  const part = sliceTape({ ...whole, markets: lanes.length }, 0, minutes);
  for (const name of COLUMNS)
    lanes.forEach((lane, n) => part[name].set(whole[name].subarray(lane * minutes, (lane + 1) * minutes), n * minutes));
  return part;
};

/**
 * What is made of a minute by its market and those that give it prices alone, cut into tapes of so
 * many minutes.
 */
const minuteOf = (history: History, lane: number, at: EpochMs, minutes: number): Promise<DecidedMinute> => {
  const { listings, tape, period, settings } = history;
  const { market } = listings[lane]!;
  const names = conversionSymbols(new Set([market.quote]), settings.portfolio.currency);
  const others = listings.flatMap((each, n) => (n !== lane && names.includes(each.market.symbol) ? [n] : []));
  const lanes = [lane, ...others];
  return lastValueFrom(
    decidedMinute(
      {
        tape$: from(cut(lanesUntil(tape, lanes, at), [minutes])),
        settings$: of(unversioned(settings)),
        listings: lanes.map((n, place) => ({ ...listings[n]!, auxiliary: place > 0 })),
        period,
        passing: true,
      },
      0,
      at,
    ),
  );
};

describe('a minute that is decided again', () => {
  it('is what the whole run decided, by its market and those that give it prices, however they are cut', async () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 5; seed++) {
      const history = historyOf(randomCase(seed));
      const { listings, period, tape, settings } = history;
      const whole = replay(history);
      const random = randomFrom(seed);
      const minutes = (period.to - period.from) / MINUTE_MS;
      for (const [lane, { market }] of listings.entries()) {
        const decisions = whole.decisions[market.symbol]!;
        const rows = new Set([0, 1, ...Array.from({ length: 3 }, () => random.whole(2, minutes - 1))]);
        for (const name of DECISIONS) if (decisions.includes(name)) rows.add(decisions.indexOf(name));
        for (const row of rows) {
          const at = period.from + row * MINUTE_MS;
          const found = await minuteOf(history, lane, at, random.pick([7, 60, 1_440]));
          const what = `${market.symbol} minute ${row} of seed ${seed}`;
          expect(found.decision, what).to.equal(decisions[row]);
          seen.add(found.decision);
          const cell = lane * tape.minutes + (at - tape.start) / MINUTE_MS;
          expect(found.candle?.close ?? null, what).to.equal(tape.cell[cell] === Cell.absent ? null : tape.close[cell]);
          expect(found.opportunity !== null, what).to.equal(found.decision === 'opportunity');
          if (found.candle && !['gap', 'quiet', 'suspect', 'warming_up', 'not_tradable'].includes(found.decision)) {
            const { close, volume } = found.candle;
            const values = { ...found.indicators, close, volume, ...found.before };
            expect(decisionOf(checksOf(values, settings)), what).to.equal(found.decision);
          }
          if (found.decision === 'not_tradable') {
            const failed = found.verdicts.find(({ pass }) => !pass);
            expect(failed, what).to.not.equal(undefined);
            expect(failed!.at, what).to.be.within(at + MINUTE_MS - settings.filtering.refreshMs, at + MINUTE_MS);
          }
        }
      }
    }
    expect([...seen]).to.include.members(['gap', 'quiet', 'not_tradable', 'roc', 'opportunity']);
  }).timeout(60_000);
});
