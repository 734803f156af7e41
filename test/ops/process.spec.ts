import { expect } from 'chai';
import * as fc from 'fast-check';
import {
  nextMs,
  step,
  supervised,
  type ProcessAction,
  type ProcessExit,
  type ProcessEvent,
  type ProcessRecord,
} from '../../lib/ops/process.js';
import { RESTART_RULES } from '../../lib/ops/restart.js';

const RULES = { ...RESTART_RULES, heartbeatTimeoutMs: 10_000, graceMs: 5_000 };
const TICK: ProcessEvent = { kind: 'tick', sleptMs: 0 };
const exit = (code: number | null, lastWords = '', signal: string | null = null): ProcessEvent => ({
  kind: 'exited',
  exit: { code, signal, lastWords } satisfies ProcessExit,
});

/** A process whose life is given as [time, event]; returns the supervisor's actions. */
const live = (events: readonly (readonly [number, ProcessEvent])[], chance = 0.5) => {
  let state = supervised(0);
  const done: (readonly [number, ProcessAction])[] = [];
  for (const [at, event] of events) {
    const next = step(state, event, at, RULES, chance);
    state = next.state;
    done.push(...next.actions.map(action => [at, action] as const));
  }
  return { state, done, kinds: done.map(([at, { kind }]) => `${at} ${kind}`) };
};

describe('a supervised process', () => {
  it('is started at once, and again after a wait when it fails', () => {
    const { kinds, state } = live([
      [0, TICK],
      [1_000, exit(1, 'boom')],
      [1_249, TICK],
      [1_250, TICK],
    ]);
    expect(kinds).to.deep.equal(['0 start', '1000 failed', '1250 start']);
    expect(state).to.include({ phase: 'running', failures: 1, why: 'ended with code 1: boom' });
  });

  it('is started again when it ended by itself without an error, since it was to go on', () => {
    expect(
      live([
        [0, TICK],
        [9, exit(0)],
      ]).state,
    ).to.include({ phase: 'waiting', why: 'ended with code 0' });
  });

  it('is stopped and then killed when it gives no sign of useful work, and started again', () => {
    const { done } = live([
      [0, TICK],
      [4_000, { kind: 'beat' }],
      [13_999, TICK],
      [14_000, TICK], // ten seconds after the beat
      [18_999, TICK],
      [19_000, TICK], // five seconds of grace
      [19_100, exit(null, '', 'SIGKILL')],
      [19_350, TICK],
    ]);
    expect(done).to.deep.equal([
      [0, { kind: 'start' }],
      [14_000, { kind: 'signal', signal: 'SIGTERM' }],
      [19_000, { kind: 'signal', signal: 'SIGKILL' }],
      [19_100, { kind: 'failed', failures: 1, waitMs: 250, why: 'sent no heartbeat for 10 s and was stopped' }],
      [19_350, { kind: 'start' }],
    ]);
  });

  it('is not blamed for beats that the supervisor slept through', () => {
    const { kinds, state } = live([
      [0, TICK],
      [120_000, { kind: 'tick', sleptMs: 119_000 }],
    ]);
    expect(kinds).to.deep.equal(['0 start']);
    expect(state.beatMs).to.equal(119_000);
  });

  it('is stopped for good when it says that it was used wrongly', () => {
    const { done, state } = live([
      [0, TICK],
      [500, exit(2, 'config.yaml: line 3')],
      [99_999, TICK],
    ]);
    expect(done.slice(1)).to.deep.equal([[500, { kind: 'refused', why: 'config.yaml: line 3' }]]);
    expect(state.phase).to.equal('ended');
  });

  it('counts its failures anew after a healthy minute, and says that it runs again', () => {
    const beats = [8, 16, 24, 32, 40, 48, 56].map(s => [s * 1_000, { kind: 'beat' }] as const);
    const { kinds } = live([[0, TICK], [1, exit(1)], [252, TICK], ...beats, [60_251, TICK], [60_252, TICK]]);
    expect(kinds).to.deep.equal(['0 start', '1 failed', '252 start', '60252 recovered']);
  });

  it('is reported once a minute while it keeps failing, with the count and its last words', () => {
    let state = supervised(0);
    const told: (readonly [number, ProcessAction])[] = [];
    let starts = 0;
    for (let at = 0; at < 600_000; at += 500) {
      const next = step(state, state.phase === 'running' ? exit(1, `try ${starts}`) : TICK, at, RULES, 0.5);
      state = next.state;
      starts += next.actions.filter(({ kind }) => kind === 'start').length;
      told.push(...next.actions.filter(({ kind }) => kind === 'failed').map(action => [starts, action] as const));
    }
    expect(told).to.have.length(10);
    for (const [count, action] of told)
      expect(action).to.include({ kind: 'failed', failures: count, why: `ended with code 1: try ${count}` });
  });

  it('ends cleanly when it is stopped, uncleanly when it must be killed or fails on the way', () => {
    const stop: ProcessEvent = { kind: 'stop', killAtMs: 2_500 };
    for (const how of [exit(0), exit(143), exit(130), exit(null, '', 'SIGTERM')])
      expect(
        live([
          [0, TICK],
          [1, stop],
          [2, how],
        ]).kinds,
      ).to.deep.equal(['0 start', '1 signal']);
    expect(
      live([
        [0, TICK],
        [1, stop],
        [2_499, TICK],
        [2_500, TICK],
        [2_501, exit(null, '', 'SIGKILL')],
      ]).done.slice(1),
    ).to.deep.equal([
      [1, { kind: 'signal', signal: 'SIGTERM' }],
      [2_500, { kind: 'signal', signal: 'SIGKILL' }],
      [2_501, { kind: 'unclean', why: 'did not stop in time and was killed' }],
    ]);
    expect(
      live([
        [0, TICK],
        [1, stop],
        [2, exit(1, 'rollback failed')],
      ]).done.at(-1),
    ).to.deep.equal([2, { kind: 'unclean', why: 'ended with code 1: rollback failed' }]);
  });

  it('never has a second one beside one that cannot be killed; a stop gives up on it', () => {
    const stuck: [number, ProcessEvent][] = [
      [0, TICK],
      [10_000, TICK],
      [15_000, TICK],
      [17_000, TICK],
      [600_000, TICK],
    ];
    expect(live(stuck).kinds).to.deep.equal(['0 start', '10000 signal', '15000 signal']);
    const given = live([...stuck, [600_001, { kind: 'stop', killAtMs: 600_500 }], [600_500, TICK]]);
    expect(given.done.at(-1)).to.deep.equal([600_500, { kind: 'unclean', why: 'cannot be killed' }]);
  });

  it('obeys its laws whatever happens when', () => {
    const events = fc.array(
      fc.tuple(
        fc.oneof(fc.nat(3_000), fc.nat(70_000)),
        fc.oneof(
          { weight: 4, arbitrary: fc.constant(TICK) },
          { weight: 3, arbitrary: fc.constant<ProcessEvent>({ kind: 'beat' }) },
          { weight: 4, arbitrary: fc.constantFrom(exit(1), exit(0), exit(null, '', 'SIGKILL')) },
          { weight: 1, arbitrary: fc.constantFrom<ProcessEvent>({ kind: 'last' }, { kind: 'stop', killAtMs: 0 }) },
        ),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(events, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (steps, chance) => {
        let state: ProcessRecord = supervised(0);
        let at = 0;
        let alive = false;
        let asked = false;
        const starts: number[] = [];
        for (const [wait, event] of steps) {
          at += wait;
          if (event.kind === 'exited') {
            if (!alive) continue; // what does not run does not end
            alive = false;
          }
          if (event.kind === 'stop' || event.kind === 'last') asked = true;
          const next = step(state, event, at, RULES, chance);
          state = next.state;
          for (const action of next.actions) {
            if (action.kind === 'start') {
              expect(alive, 'two at a time').to.equal(false);
              expect(asked, 'started after the stop').to.equal(false);
              alive = true;
              starts.push(at);
            }
            if (action.kind === 'signal') expect(alive, 'signal to nobody').to.equal(true);
          }
          expect(nextMs(state, RULES)).not.to.be.NaN;
          if (state.phase === 'waiting' && state.failures >= 5)
            expect(state.dueMs - state.startedMs).to.be.at.least(30_000);
        }
        // After five quick failures no two starts are within 30 s: among any seven starts in a row
        // 30 s pass.
        for (let n = 6; n < starts.length; n++) expect(starts[n]! - starts[n - 6]!).to.be.at.least(30_000);
      }),
      { numRuns: 500 },
    );
  });
});
