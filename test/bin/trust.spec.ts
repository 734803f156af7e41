import { expect } from 'chai';
import type { Client } from 'pg';
import { openTrust, type Trust, type TrustOptions } from '../../bin/run/trust.js';
import { IndicatorSet } from '../../lib/indicators/set.js';
import { verifyIndicators } from '../../lib/indicators/verify.js';
import { defaultSettings } from '../../lib/settings/read.js';
import type { IndicatorSettings } from '../../lib/settings/settings.js';
import type { Tape } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import type { Connection } from '../../lib/world/database/index.js';
import { writeCandles } from '../../lib/world/store/candles/write.js';
import { START, candlesOf, marketIn, openScratch, within } from '../world/store/candles/candles.js';

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

  const open = (more: Partial<TrustOptions> = {}) => {
    const said: string[] = [];
    const tell = (first: unknown, second?: string) => void said.push(second ?? String(first));
    const trust = openTrust({
      ...{ database: { connection }, log: { error: tell, info: tell }, symbols, ids },
      indicators: () => defaultSettings.indicators,
      ...more,
    });
    return { trust, said };
  };
  const now = START + (MINUTES + 3) * MINUTE_MS; // the last minutes have not come yet
  const trusted = (trust: Trust) => symbols.map((_, market) => trust.of(market));

  it('are trusted once they agree with the reference, and not before', async () => {
    const { trust, said } = open();
    expect(trusted(trust)).to.deep.equal([false, false, false]);
    await trust.check(now);
    expect(trusted(trust)).to.deep.equal([true, true, true]); // of the last one nothing is known that could be wrong
    expect(said).to.deep.equal(['the indicators of 3 of 3 markets agree with the reference within 1e-9']);
  });

  it('are held against it on the candles that are stored, all of the last ones', async () => {
    const seen: number[] = [];
    const { trust } = open({
      verify: (tape, settings, tulind) => {
        seen.push(tape.minutes);
        return verifyIndicators(tape, settings, tulind);
      },
    });
    await trust.check(now);
    expect(seen).to.deep.equal([MINUTES, MINUTES, 0]);
  });

  it('keep a market from being traded where they differ, with the value, until they agree again', async () => {
    let wrong = 1e-6;
    const { trust, said } = open({
      verify: async (tape, settings, tulind) =>
        verifyIndicators(tape, settings, tulind, (of, periods) => {
          const columns = new Map(computedBy(of, periods));
          const rsi = Float64Array.from(columns.get('rsi_14')!);
          if (of.minutes > 0 && said.length === 0) rsi[of.minutes - 1]! += wrong;
          return columns.set('rsi_14', rsi);
        }),
    });
    await trust.check(now);
    expect(trusted(trust)).to.deep.equal([false, true, true]);
    expect(said[0]).to.match(
      /^it is not traded: rsi_14 is [\d.]+ at \S+, the reference says [\d.]+ \(1 values differ\)$/,
    );
    expect(said[1]).to.equal('the indicators of 2 of 3 markets agree with the reference within 1e-9');
    wrong = 0;
    await trust.check(now);
    expect(trusted(trust)).to.deep.equal([true, true, true]);
  });
});
