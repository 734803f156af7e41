import { expect } from 'chai';
import { BREAKER_RULES, failed } from '../../../../lib/exchange/breaker.js';
import { budgetOf, tryAcquire, OPEN_GATE, type GateState } from '../../../../lib/exchange/request-budget.js';
import { KRAKEN } from '../../../../lib/kraken/index.js';
import { openStore, type Store } from '../../../../lib/world/store/index.js';
import { openLive } from '../../../../lib/world/store/live/index.js';
import { query } from '../fixtures.js';
import { openLiveScene } from './scene.js';

const BUDGET = budgetOf(KRAKEN.limits);

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

describe('a state that processes share', () => {
  let scene: Scene;
  let stores: Store[];
  before(async () => {
    scene = await openLiveScene();
    stores = await Promise.all([1, 2, 3, 4].map(() => openStore(scene.database.connection, { poolSize: 1 })));
  });
  after(async () => {
    await Promise.all(stores.map(store => store.close()));
    await scene.close();
  });

  const shared = <S>(name: string) => stores.map(store => openLive(store, scene.database.connection).shared<S>(name));

  it('loses no change of four that change it at once', async () => {
    const add = (before: number | null) => ({ state: (before ?? 0) + 1, result: before });
    const seen = await Promise.all(
      shared<number>('count').flatMap(state => Array.from({ length: 25 }, () => state.update(add))),
    );
    // every value from none to 99 was seen by exactly one
    expect(seen.map(value => value ?? 0).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 100 }, (_, i) => i));
  }).timeout(30_000);

  it('reads the same clock for all', async () => {
    const clocks = await Promise.all(
      shared<number>('clock').map(s => s.update((_, now) => ({ state: now, result: now }))),
    );
    const [{ now } = {}] = await query(
      scene.database.connection,
      'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
    );
    for (const clock of clocks) expect(Number(now) - clock).to.be.within(0, 10_000);
  });

  it('lets one request a second go, whichever process asks', async () => {
    const rules = { ...BUDGET, intervalMs: 300_000 };
    const candidates = [{ rank: 'candles' as const, cost: 1, pair: null }];
    const entries = await Promise.all(
      shared<GateState>('kraken').flatMap((state, i) =>
        Array.from({ length: 5 }, () =>
          state.update((before, now) => {
            const entered = tryAcquire(before ?? OPEN_GATE, `p${i}`, candidates, now, rules, BREAKER_RULES);
            return { state: entered.state, result: entered.entry.kind };
          }),
        ),
      ),
    );
    expect(entries.filter(kind => kind === 'go')).to.have.length(1);
    expect(entries.filter(kind => kind === 'wait')).to.have.length(19);
  });

  it('silences all when one was locked out', async () => {
    const [one, other] = shared<GateState>('lockout');
    const lockout = { kind: 'lockout' as const, message: 'EGeneral:Temporary lockout', retryAfterMs: null };
    await one!.update((before, now) => ({
      state: { ...OPEN_GATE, breaker: failed((before ?? OPEN_GATE).breaker, now, lockout, false, BREAKER_RULES) },
      result: null,
    }));
    const entry = await other!.update((before, now) => {
      const candidates = [{ rank: 'exits' as const, cost: 1, pair: null }];
      const entered = tryAcquire(before ?? OPEN_GATE, 'other', candidates, now, BUDGET, BREAKER_RULES);
      return { state: entered.state, result: entered.entry };
    });
    expect(entry).to.include({ kind: 'silent', reason: 'EGeneral:Temporary lockout' });
  });

  it('is not kept from the others by a process that stopped in the middle of a change', async () => {
    const [one, other] = shared<number>('stopped');
    const outer = await one!.update(before => ({ state: (before ?? 0) + 1, result: 'first' }));
    expect(outer).to.equal('first');
    // the other one changes it while the first is still thinking
    let overtaken: Promise<unknown> | undefined;
    let thoughts = 0;
    const result = await one!.update(before => {
      thoughts++;
      overtaken ??= other!.update(state => ({ state: (state ?? 0) + 10, result: null }));
      return { state: (before ?? 0) + 1, result: before };
    });
    await overtaken;
    expect(thoughts).to.be.within(1, 2);
    expect([1, 11]).to.include(result);
    expect(await one!.update(state => ({ state: state!, result: state }))).to.equal(12); // 1 + 10 + 1, in either order
  });
});
