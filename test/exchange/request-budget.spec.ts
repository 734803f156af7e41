import { expect } from 'chai';
import fc from 'fast-check';
import { BREAKER_RULES, failed } from '../../lib/exchange/breaker.js';
import {
  budgetOf,
  tryAcquire,
  OPEN_GATE,
  RANKS,
  spentByRank,
  type Candidate,
  type GateState,
  type Priority,
} from '../../lib/exchange/request-budget.js';
import { KRAKEN } from '../../lib/kraken/index.js';

const BUDGET = budgetOf(KRAKEN.limits);

const wants = (rank: Priority, pair: string | null = null, cost = 1): Candidate => ({ rank, pair, cost });
const at = (state: GateState, now: number, candidates: readonly Candidate[], caller = 'scanner') =>
  tryAcquire(state, caller, candidates, now, BUDGET, BREAKER_RULES);

describe('the request budget', () => {
  it('is one request a second', () => {
    const first = at(OPEN_GATE, 0, [wants('candles')]);
    expect(first.entry).to.deep.equal({ kind: 'go', index: 0, probe: false });
    expect(at(first.state, 400, [wants('candles')]).entry).to.deep.equal({ kind: 'wait', forMs: 600 }); // 1,000 − 400
    expect(at(first.state, 1_000, [wants('candles')]).entry.kind).to.equal('go');
  });

  it('charges more for rows', () => {
    const { state } = at(OPEN_GATE, 0, [wants('candles', 'XBTUSD', 1.2)]);
    expect(at(state, 1_000, [wants('universe')]).entry).to.deep.equal({ kind: 'wait', forMs: 200 }); // 1,200 − 1,000
  });

  it('lets another market go first while the rows of one may not be asked for again', () => {
    const { state } = at(OPEN_GATE, 0, [wants('candles', 'XBTUSD')]);
    const both = [wants('candles', 'XBTUSD'), wants('warm_up', 'ETHUSD')];
    expect(at(state, 1_000, both).entry).to.include({ kind: 'go', index: 1 });
    expect(at(state, 1_000, both.slice(0, 1)).entry).to.deep.equal({ kind: 'wait', forMs: 2_000 }); // 3,000 − 1,000
  });

  it('goes to the process that waits for the more urgent answer', () => {
    const busy = at(OPEN_GATE, 0, [wants('warm_up')]).state;
    const claimed = at(busy, 900, [wants('exits')], 'positions').state;
    expect(at(claimed, 1_000, [wants('candles')]).entry).to.deep.equal({ kind: 'wait', forMs: 250 });
    const served = at(claimed, 1_010, [wants('exits')], 'positions');
    expect(served.entry.kind).to.equal('go');
    expect(at(served.state, 2_010, [wants('candles')]).entry.kind).to.equal('go');
  });

  it('does not wait for a process that died waiting', () => {
    const busy = at(OPEN_GATE, 0, [wants('warm_up')]).state;
    const claimed = at(busy, 900, [wants('exits')], 'positions').state;
    expect(at(claimed, 900 + BUDGET.claimMs, [wants('candles')]).entry.kind).to.equal('go');
  });

  it('forgets markets and processes that ask no more, however many there were', () => {
    let state = OPEN_GATE;
    // a day of markets that come and go, asked for by processes that are started again and again
    for (let i = 0; i < 86_400; i += 2) {
      ({ state } = at(state, i * 1_000, [wants('candles', `PAIR${i}`)], `scanner-${i}`));
      ({ state } = at(state, i * 1_000, [wants('universe')], `waiting-${i}`));
    }
    expect(Object.keys(state.pairs).length).to.be.at.most(2); // of the last three seconds
    expect(Object.keys(state.claims).length).to.be.at.most(2); // of the last two
    expect(state.spent.length).to.be.at.most(60); // of the last minute
  });

  it('says what the last minute went on', () => {
    let state = OPEN_GATE;
    for (let i = 0; i < 90; i++) ({ state } = at(state, i * 1_000, [wants(i % 3 === 0 ? 'exits' : 'candles')]));
    // at 89 s the requests of 30 … 89 s count: 60, every third of them for exits
    expect(spentByRank(state, 89_000)).to.deep.equal({ exits: 20, held: 0, candles: 40, universe: 0, warm_up: 0 });
  });

  it('is left alone by everybody while the breaker is open, and probed by one', () => {
    const { state } = at(OPEN_GATE, 0, [wants('candles')]);
    const lockout = { kind: 'lockout', message: 'EGeneral:Temporary lockout', retryAfterMs: null } as const;
    const open = { ...state, breaker: failed(state.breaker, 100, lockout, false, BREAKER_RULES) };
    expect(at(open, 500, [wants('exits')], 'positions').entry).to.deep.equal({
      kind: 'silent',
      forMs: 899_600,
      reason: 'EGeneral:Temporary lockout', // 900,100 − 500
    });
    const probe = at(open, 900_100, [wants('exits')], 'positions');
    expect(probe.entry).to.deep.equal({ kind: 'go', index: 0, probe: true });
    expect(at(probe.state, 902_000, [wants('candles')]).entry).to.deep.equal({ kind: 'wait', forMs: 250 });
  });

  it('does not take a probe that had to wait for one that was sent', () => {
    const waiting = {
      ...OPEN_GATE,
      freeAt: 1_000,
      breaker: { ...OPEN_GATE.breaker, phase: 'open', pauseMs: 1 } as const,
    };
    const { state, entry } = at(waiting, 500, [wants('exits')]);
    expect(entry.kind).to.equal('wait');
    expect(at(state, 1_000, [wants('candles')]).entry).to.include({ kind: 'go', probe: true });
  });

  it('survives a clock that steps back by an hour', () => {
    const { state } = at(OPEN_GATE, 3_600_000, [wants('candles', 'XBTUSD')]);
    const { entry } = at(state, 0, [wants('candles', 'XBTUSD')]);
    expect(entry).to.deep.equal({ kind: 'wait', forMs: 2_000 }); // two intervals, not an hour
  });

  it('is never exceeded in any stretch of time, nor the limit of any market, whatever the order of requests', () => {
    const ask = fc.record({
      after: fc.integer({ min: 0, max: 1_500 }),
      caller: fc.constantFrom('scanner', 'positions'),
      candidates: fc.array(
        fc.record({
          rank: fc.constantFrom(...RANKS),
          cost: fc.constantFrom(1, 1.2),
          pair: fc.constantFrom(null, 'XBTUSD', 'ETHUSD'),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    });
    fc.assert(
      fc.property(fc.array(ask, { minLength: 50, maxLength: 200 }), asks => {
        let [state, now] = [OPEN_GATE, 0];
        const went: { now: number; pair: string | null }[] = [];
        for (const { after, caller, candidates } of asks) {
          now += after;
          const entered = at(state, now, candidates, caller);
          ({ state } = entered);
          if (entered.entry.kind === 'go') went.push({ now, pair: candidates[entered.entry.index]!.pair });
        }
        expect(went.length).to.be.greaterThan(0);
        for (let i = 0; i < went.length; i++)
          for (let j = i + 1; j < went.length; j++) {
            const ms = went[j]!.now - went[i]!.now;
            expect(j - i).to.be.at.most(ms / BUDGET.intervalMs);
            if (went[i]!.pair !== null && went[i]!.pair === went[j]!.pair)
              expect(ms).to.be.at.least(BUDGET.pairIntervalMs);
          }
        expect(state.spent.length).to.be.at.most(60);
      }),
    );
  });
});
