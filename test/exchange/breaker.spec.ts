import { expect } from 'chai';
import {
  admit,
  BREAKER_RULES,
  CLOSED,
  failed,
  gaveUp,
  succeeded,
  type BreakerState,
} from '../../lib/exchange/breaker.js';
import type { FailureKind } from '../../lib/exchange/failure.js';

const fail = (
  state: BreakerState,
  now: number,
  kind: FailureKind = 'temporary',
  probe = false,
  asked: number | null = null,
) => failed(state, now, { kind, message: `it was ${kind}`, retryAfterMs: asked }, probe, BREAKER_RULES);
const verdict = (state: BreakerState, now: number) => admit(state, now, BREAKER_RULES).admission;
const probing = (state: BreakerState, now: number) => admit(state, now, BREAKER_RULES).state;
/** After so many failures in a row at time 0. */
const after = (failures: number) =>
  Array.from({ length: failures }).reduce<BreakerState>(state => fail(state, 0), CLOSED);

describe('the circuit breaker', () => {
  it('stays closed for four failures and opens for 15 s at the fifth', () => {
    expect(verdict(after(4), 0)).to.deep.equal({ kind: 'go', probe: false });
    expect(verdict(after(5), 0)).to.deep.equal({ kind: 'silent', forMs: 15_000, reason: 'it was temporary' });
  });

  it('counts anew after an answer', () => {
    const state = succeeded(after(4), 0, false);
    expect(verdict(fail(state, 0), 0).kind).to.equal('go');
  });

  it('opens for a minute at the first refusal, for 15 minutes at a lockout, for longer where that is asked for', () => {
    expect(verdict(fail(CLOSED, 0, 'rate_limit'), 0)).to.include({ forMs: 60_000 });
    expect(verdict(fail(CLOSED, 0, 'lockout'), 0)).to.include({ forMs: 900_000 });
    expect(verdict(fail(CLOSED, 0, 'rate_limit', false, 90_000), 0)).to.include({ forMs: 90_000 });
  });

  it('lets exactly one request find out whether the exchange is back', () => {
    const first = admit(after(5), 15_000, BREAKER_RULES);
    expect(first.admission).to.deep.equal({ kind: 'go', probe: true });
    expect(verdict(first.state, 15_001)).to.deep.equal({ kind: 'probing' });
    expect(verdict(succeeded(first.state, 15_002, true), 15_002)).to.deep.equal({ kind: 'go', probe: false });
  });

  it('doubles its pauses while probes fail: two minutes at most after an outage, 15 after refusals', () => {
    const pauses = (kind: FailureKind, opened: BreakerState) => {
      let [state, now] = [opened, 0];
      return Array.from({ length: 6 }, () => {
        now += state.pauseMs;
        state = fail(probing(state, now), now, kind, true);
        return state.pauseMs / 1_000;
      });
    };
    expect(pauses('temporary', after(5))).to.deep.equal([30, 60, 120, 120, 120, 120]);
    expect(pauses('rate_limit', fail(CLOSED, 0, 'rate_limit'))).to.deep.equal([120, 240, 480, 900, 900, 900]);
  });

  it('goes on doubling if it opens again soon after, and starts anew after 15 calm minutes', () => {
    const opened = fail(CLOSED, 0, 'rate_limit');
    const closed = succeeded(probing(opened, 60_000), 60_000, true);
    expect(fail(closed, 61_000, 'rate_limit').pauseMs).to.equal(120_000);
    expect(fail(closed, 60_000 + 900_000, 'rate_limit').pauseMs).to.equal(60_000);
  });

  it('is not closed, lengthened or doubled by late answers of requests that went before it opened', () => {
    const opened = fail(CLOSED, 0, 'rate_limit');
    expect(succeeded(opened, 1, false)).to.equal(opened);
    expect(fail(opened, 1)).to.equal(opened);
    expect(fail(opened, 30_000, 'rate_limit').pauseMs).to.equal(60_000);
    const probe = probing(opened, 60_000);
    expect(succeeded(probe, 60_001, false)).to.equal(probe);
  });

  it('stays open for the lockout that comes late', () => {
    expect(verdict(fail(fail(CLOSED, 0, 'rate_limit'), 1_000, 'lockout'), 1_000)).to.include({ forMs: 900_000 });
  });

  it('takes what concerns one market for an answer', () => {
    expect(fail(after(4), 0, 'market').failures).to.equal(0);
    expect(fail(probing(after(5), 15_000), 15_000, 'market', true).phase).to.equal('closed');
  });

  it('lets the next request probe where a probe was given up, or was lost together with its process', () => {
    const probe = probing(after(5), 15_000);
    expect(verdict(gaveUp(probe, 15_100, true), 15_100)).to.deep.equal({ kind: 'go', probe: true });
    expect(verdict(probe, 15_000 + BREAKER_RULES.probeMs)).to.deep.equal({ kind: 'go', probe: true });
  });

  it('keeps to its pause, and no longer, where the clock steps back', () => {
    const opened = fail(CLOSED, 3_600_000, 'rate_limit');
    const { state, admission } = admit(opened, 0, BREAKER_RULES);
    expect(admission).to.include({ kind: 'silent', forMs: 60_000 });
    expect(verdict(state, 60_000)).to.deep.equal({ kind: 'go', probe: true });
  });
});
