import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../../../lib/errors.js';
import { withClient } from '../../../../lib/world/database/connection.js';
import { takeRole } from '../../../../lib/world/store/live/roles.js';
import { saveStops } from '../../../../lib/world/store/live/stops.js';
import { query } from '../fixtures.js';
import { openProxy } from './proxy.js';
import { HOST, openLiveScene } from './scene.js';

const HOLDER = fileURLToPath(new URL('holder.ts', import.meta.url));

type Scene = Awaited<ReturnType<typeof openLiveScene>>;
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (reason: unknown) => reason,
  );

describe('a role', () => {
  let scene: Scene;
  beforeEach(async () => (scene = await openLiveScene()));
  afterEach(() => scene.close());

  const take = (role: 'scanner' | 'positions', timeoutMs = 0) =>
    takeRole(scene.database.connection, role, { timeoutMs });

  it('is held by one process at a time, which is named to the next one', async () => {
    const [scanner, positions] = await Promise.all([take('scanner'), take('positions')]);
    const error = await failure(take('positions'));
    expect(error).to.be.instanceOf(UserError).with.property('exitCode', 1);
    expect((error as UserError).message).to.contain(`"positions" is taken by process ${process.pid} on ${HOST}`);
    await positions.release();
    await (await take('positions')).release();
    await scanner.release();
  });

  it('goes to exactly one of twenty that start together', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => take('scanner')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') await outcome.value.release();
  });

  it('is one of its database: another database has its own', async () => {
    const other = await openLiveScene();
    const [mine, theirs] = await Promise.all([
      take('scanner'),
      takeRole(other.database.connection, 'scanner', { timeoutMs: 0 }),
    ]);
    await Promise.all([mine.release(), theirs.release()]);
    await other.close();
  });

  it('is free as soon as its process was killed', async () => {
    const { connection } = scene.database;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx/esm', HOLDER, JSON.stringify({ connection, role: 'positions' })],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await once(child.stdout, 'data');
    const error = await failure(take('positions'));
    expect((error as UserError).message).to.contain(`process ${child.pid}`);
    child.kill('SIGKILL');
    await (await take('positions', 3_000)).release();
  }).timeout(30_000);

  it('is reported as lost when its session breaks, and not when it was given back', async () => {
    const role = await take('scanner');
    const given = await take('positions');
    let told = false;
    void given.lost.then(() => (told = true));
    await given.release();
    await query(
      scene.database.connection,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'crypto-bot scanner%' and datname = current_database()`,
    );
    await role.lost;
    await setTimeout(20);
    expect(told).to.equal(false);
    await (await take('scanner')).release();
  });

  it('is reported as lost when its session has fallen silent', async () => {
    const proxy = await openProxy(scene.database.connection);
    const role = await takeRole(proxy.connection, 'scanner', { heartbeatMs: 50 });
    proxy.freeze();
    await role.lost;
    await proxy.close();
  });
});

const ASKED = { reason: 'stopped on request', requested: true };
const ALIVE = 'stopped_at = null, stop_reason = null, stop_requested = null';

describe('a heartbeat', () => {
  let scene: Scene;
  before(async () => (scene = await openLiveScene()));
  after(() => scene.close());

  it('says who has a role, since when, how far behind, and what went wrong last', async () => {
    const { live, runId } = scene;
    const beat = { role: 'scanner' as const, codeVersion: '1.2.3', runId, lagMs: null, error: null, counters: {} };
    await live.beat(beat);
    await live.beat({ ...beat, lagMs: 1_234.5, error: 'Kraken: maintenance', counters: { tapes: 7 } });
    await live.beat({ ...beat, lagMs: 10, counters: { tapes: 8 } });
    const [scanner, ...others] = await live.processes();
    expect(others).to.deep.equal([]);
    expect(scanner).to.deep.include({
      role: 'scanner',
      pid: process.pid,
      host: HOST,
      codeVersion: '1.2.3',
      runId,
      lagMs: 10,
      lastError: 'Kraken: maintenance',
      counters: { tapes: 8 },
    });
    expect(scanner!.silentMs).to.be.within(0, 5_000);
    expect(scanner!.heartbeatAt.getTime()).to.be.above(scanner!.startedAt.getTime());

    await live.saveStop('scanner', ASKED);
    const { stoppedAt, stop } = (await live.processes())[0]!;
    expect(stop).to.deep.equal(ASKED);
    expect(stoppedAt!.getTime()).to.be.above(scanner!.heartbeatAt.getTime());
    await live.beat(beat); // one that was under way while it stopped
    expect((await live.processes())[0]!.stoppedAt).to.deep.equal(stoppedAt);
    await live.saveStop('positions', ASKED); // it never was that
    expect(await live.processes()).to.have.length(1);

    const again = (await live.processes())[0]!.startedAt.getTime();
    expect(again).to.be.closeTo(scanner!.startedAt.getTime(), 1_000);
    await query(scene.database.connection, `update process_state set pid = 1, ${ALIVE}`); // one before it
    await live.saveStop('scanner', ASKED); // before its first heartbeat
    expect((await live.processes())[0]).to.include({ pid: process.pid, host: HOST });
    expect((await live.processes())[0]!.stoppedAt).not.to.equal(null);
    for (const change of [`started_at = '2020-01-01Z'`, `pid = 1, started_at = '2020-01-01Z'`]) {
      await query(scene.database.connection, `update process_state set ${change}`); // by one before it, with its pid or another
      await live.beat(beat);
      const [successor] = await live.processes();
      expect(successor).to.include({ pid: process.pid, stoppedAt: null, stop: null });
      expect(successor!.startedAt.getTime()).to.be.closeTo(scanner!.startedAt.getTime(), 5_000);
    }
  });

  it('is followed by the reason of the stop, also where the process could not store it itself', async () => {
    const { live, runId } = scene;
    const explain = (reason: string, ...pids: readonly number[]) =>
      withClient(scene.database.connection, client => saveStops(client, { reason, requested: true }, pids));
    const beat = { codeVersion: '1', runId, lagMs: null, error: null, counters: {} };
    await query(scene.database.connection, 'delete from process_state');
    for (const role of ['scanner', 'positions'] as const) await live.beat({ ...beat, role });
    await live.saveStop('scanner', ASKED);
    await explain('--for 6 s has elapsed');
    const stops = async () => (await live.processes()).map(({ role, stop }) => `${role}: ${stop?.reason ?? 'lives'}`);
    // a process that is not ours, and one that has reported its end
    expect(await stops()).to.have.members(['positions: lives', 'scanner: --for 6 s has elapsed']);
    await explain('another end', process.pid);
    expect(await stops()).to.have.members(['positions: another end', 'scanner: another end']);
    const before = `heartbeat_at = '2020-01-01Z', pid = 1, ${ALIVE}`;
    await query(scene.database.connection, `update process_state set ${before} where role = 'scanner'`);
    await explain('the last end'); // one that was killed before, whose place was ours
    expect(await stops()).to.have.members(['positions: the last end', 'scanner: the last end']);
  });
});
