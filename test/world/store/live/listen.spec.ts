import { expect } from 'chai';
import { setTimeout } from 'node:timers/promises';
import type { Subscription } from 'rxjs';
import { listen, type ListenOptions, type Nudge } from '../../../../lib/world/store/live/listen.js';
import type { Connection } from '../../../../lib/world/database/index.js';
import { walk } from '../../../support/walk.js';
import { query } from '../fixtures.js';
import { openProxy } from './proxy.js';
import { openLiveScene, scanOf } from './scene.js';

type Scene = Awaited<ReturnType<typeof openLiveScene>>;

const LISTENERS = `from pg_stat_activity where application_name like 'crypto-bot listens%' and datname = current_database()`;

describe('listening', () => {
  let scene: Scene;
  let heard: Nudge[];
  let subscription: Subscription;
  beforeEach(async () => {
    scene = await openLiveScene();
    heard = [];
  });
  afterEach(async () => {
    subscription.unsubscribe();
    await scene.close();
  });

  const start = (options: ListenOptions = {}, connection: Connection = scene.database.connection) => {
    subscription = listen(connection, 'opportunity', { reconnectMs: 50, ...options }).subscribe(nudge =>
      heard.push(nudge),
    );
  };
  const until = async (what: () => boolean, ms = 8_000) => {
    for (let waited = 0; !what() && waited < ms; waited += 10) await setTimeout(10);
    expect(what(), JSON.stringify(heard)).to.equal(true);
  };
  const kinds = () => heard.map(({ kind }) => kind);
  const notify = () => query(scene.database.connection, `notify opportunity, '42'`);

  it('hears of opportunities once they are stored, and of nothing where there are none', async () => {
    start();
    await until(() => heard.length === 1);
    const tape = walk(5, 30);
    const n = (tape.opportunities[0]!.at - tape.start) / 60_000;
    for (let i = 0; i <= n; i++) await scene.live.saveScan(scene, scanOf(tape, i, scene.ids));
    await until(() => heard.length === 2);
    expect(heard).to.deep.equal([
      { kind: 'connected', payload: '' },
      { kind: 'notified', payload: String(scene.runId) },
    ]);
    expect((await scene.live.pending(scene.runId, scene.ids)).get('momentum')).to.have.length.above(0);
  });

  it('goes on after the server has dropped the connection, and says that something may have been missed', async () => {
    start();
    await until(() => heard.length === 1);
    await query(scene.database.connection, `select pg_terminate_backend(pid) ${LISTENERS}`);
    await until(() => heard.length === 2);
    await notify();
    await until(() => heard.length === 3);
    expect(kinds()).to.deep.equal(['connected', 'connected', 'notified']);
  });

  it('detects a dead connection that was never closed', async () => {
    const proxy = await openProxy(scene.database.connection);
    start({ heartbeatMs: 100 }, proxy.connection);
    await until(() => heard.length === 1);
    proxy.freeze();
    await notify(); // lost: a listener that relies on it alone would wait for ever
    await until(() => heard.length === 2); // an answer may take 3 s
    await notify();
    await until(() => heard.length === 3);
    expect(kinds()).to.deep.equal(['connected', 'connected', 'notified']);
    expect(proxy.count()).to.equal(2);
    subscription.unsubscribe();
    await proxy.close();
  });

  it('waits for a database that is not there yet, and leaves no connection behind', async () => {
    const { connection } = scene.database;
    const late = { ...connection, database: `${connection.database}_late` };
    start({}, late);
    await setTimeout(200);
    expect(heard).to.deep.equal([]);
    await query(connection, `create database ${late.database}`);
    await until(() => heard.length === 1);
    subscription.unsubscribe();
    await query(connection, `drop database ${late.database} with (force)`);
    start();
    await until(() => heard.length === 2);
    subscription.unsubscribe();
    for (let tries = 0; tries < 100; tries++) {
      if ((await query(connection, `select pid ${LISTENERS}`)).length === 0) return;
      await setTimeout(20);
    }
    expect.fail('a connection is left');
  });
});
