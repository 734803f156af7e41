import { expect } from 'chai';
import type { Client } from 'pg';
import { IndicatorSet } from '../../lib/indicators/set.js';
import { verifyIndicators } from '../../lib/indicators/verify.js';
import { defaultSettings } from '../support/settings.js';
import type { IndicatorSettings } from '../../lib/settings/settings.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { Connection } from '../../lib/world/database/index.js';
import { writeCandles } from '../../lib/world/store/candles/write.js';
import { verifyMarkets, type VerifyMarketsOptions } from '../../lib/world/verify-markets.js';
import { START, candlesOf, marketIn, openScratch, within } from './store/candles/candles.js';

const MINUTES = 600;
const computedBy = (tape: Tape, settings: IndicatorSettings) => new IndicatorSet(settings, 1).advance(tape).columns;
const closeAt = (minute: number) => 100 + 10 * Math.sin(minute / 7) + 3 * Math.cos(minute / 3);

describe('the indicators of a live market', () => {
  let client: Client;
  let connection: Connection;
  let close: () => Promise<void>;
  const symbols = ['AAA/USD', 'BBB/USD', 'CCC/USD'];
  const ids: number[] = [];
  before(async () => {
    ({ client, connection, close } = await openScratch());
    for (const symbol of symbols) ids.push(await marketIn(client, symbol));
    for (const id of ids.slice(0, 2)) {
      const rows = Array.from({ length: MINUTES }, (_, minute) => ({ minute, close: closeAt(minute) }));
      await within(client, () => writeCandles(client, id, [candlesOf(rows)], 'synthetic'));
    }
  });
  after(() => close());

  const now = START + (MINUTES + 3) * MINUTE_MS; // the last minutes have not come yet
  const verified = (more: Partial<VerifyMarketsOptions> = {}) =>
    verifyMarkets(connection, { ids, indicators: defaultSettings.indicators, now, ...more });

  it('agree with the reference; a market without a candle has nothing that could be wrong', async () => {
    expect(await verified()).to.deep.equal({ agreeing: new Set([0, 1, 2]), differences: [], markets: 3 });
  });

  it('are compared on the candles that are stored, all of the last ones', async () => {
    const seen: number[] = [];
    await verified({
      verify: (tape, settings, tulind) => {
        seen.push(tape.minutes);
        return verifyIndicators(tape, settings, tulind);
      },
    });
    expect(seen).to.deep.equal([MINUTES, MINUTES, 0]);
  });

  it('name the first value that differs', async () => {
    const wrongIn = (lane: number): typeof verifyIndicators => {
      let market = 0;
      return async (tape, settings, tulind) => {
        const isWrong = market++ === lane;
        return verifyIndicators(tape, settings, tulind, (of, periods) => {
          const columns = new Map(computedBy(of, periods));
          const rsi = Float64Array.from(columns.get('rsi_14')!);
          if (isWrong) rsi[of.minutes - 1]! += 1e-6;
          return columns.set('rsi_14', rsi);
        });
      };
    };
    const { agreeing, differences } = await verified({ verify: wrongIn(1) });
    expect([...agreeing]).to.deep.equal([0, 2]);
    expect(differences).to.have.length(1);
    const { ours, reference, ...where } = differences[0]!;
    expect(where).to.deep.equal({ market: 1, key: 'rsi_14', at: START + (MINUTES - 1) * MINUTE_MS, count: 1 });
    expect(ours - reference).to.be.closeTo(1e-6, 1e-9);
  });
});
