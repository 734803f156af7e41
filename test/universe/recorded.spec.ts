import { expect } from 'chai';
import { recordedBy, recordedShare, knownSince, saidBefore } from '../../lib/universe/recorded.js';
import { NOTHING_KNOWN } from '../../lib/universe/rule.js';
import { Verdict, verdictOf } from '../../lib/universe/verdict.js';
import { MINUTE_MS } from '../../lib/units.js';
import { minute } from '../support/broker.js';

const spread = verdictOf('spread');
const refreshMs = 15 * MINUTE_MS;
const lanes = [
  { at: [minute(15), minute(30), minute(90)], verdict: [spread, Verdict.tradable, spread] },
  { at: [], verdict: [] },
];

describe('verdicts that were stored', () => {
  const recorded = recordedBy(lanes, refreshMs);
  const at = (n: number, market = 0) => recorded(market, minute(n));

  it('hold from their refresh until the next', () => {
    expect([14, 15, 20, 29].map(n => at(n))).to.deep.equal([undefined, spread, spread, spread]);
    expect(at(30)).to.equal(Verdict.tradable);
  });

  it('hold no longer than they did then where the next is missing', () => {
    expect(at(44)).to.equal(Verdict.tradable); // 15 minutes lie between the two that are nearest to each other
    expect([45, 89].map(n => at(n))).to.deep.equal([undefined, undefined]);
    expect([90, 104, 105].map(n => at(n))).to.deep.equal([spread, spread, undefined]);
  });

  it('are of one market, and not known of another', () => expect(at(15, 1)).to.equal(undefined));

  it('hold for one refresh where there is but one', () => {
    const lone = recordedBy([{ at: [minute(15)], verdict: [spread] }], refreshMs);
    expect([15, 29, 30].map(n => lone(0, minute(n)))).to.deep.equal([spread, spread, undefined]);
  });

  it('are counted against the refreshes of the period, those in force at its start and at its last close included', () => {
    // 15, 30, 45, 60 and 75 decide on candles 20 ≤ t < 75; two of them are known of the one market,
    // none of the other
    const period = { from: minute(20), to: minute(75) };
    expect(recordedShare(recorded, 1, period, refreshMs)).to.equal(2 / 5);
    expect(recordedShare(recorded, 2, period, refreshMs)).to.equal(2 / 10);
  });
});

describe('a live run that goes on', () => {
  const now = { ...NOTHING_KNOWN, active: true };
  // back since minute 75
  const said = [
    { at: [minute(15), minute(30)], verdict: [spread, Verdict.tradable] },
    { at: [], verdict: [] },
  ];
  const recorded = saidBefore(said);
  const known = knownSince(said, (_, refreshAt) => (refreshAt >= minute(75) ? now : null));

  it('keeps the verdicts of a refresh, for that one alone', () => {
    expect([15, 30, 31, 45].map(n => recorded(0, minute(n)))).to.deep.equal([
      spread,
      Verdict.tradable,
      undefined,
      undefined,
    ]);
    expect(recorded(1, minute(15))).to.equal(undefined);
  });

  it('does not repeat the verdicts of earlier refreshes', () => expect(known(0, minute(30))).to.equal(null));

  it('knew nothing at the refreshes that it missed', () => {
    expect([45, 60].map(n => known(0, minute(n)))).to.deep.equal([NOTHING_KNOWN, NOTHING_KNOWN]);
  });

  it('uses the verdicts since its restart', () => expect(known(0, minute(75))).to.equal(now));

  it('has missed nothing of a market that is new to it', () => {
    expect(known(1, minute(60))).to.equal(null);
    expect(known(1, minute(75))).to.equal(now);
  });
});
