import { expect } from 'chai';
import { filter, firstValueFrom } from 'rxjs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { coinChanges, learnCoins } from '../../../bin/run/coins.js';
import { openFacts } from '../../../bin/run/facts.js';
import type { RunWorld } from '../../../bin/run/world.js';
import type { CoinReference } from '../../../lib/seed/coins.js';
import { openLive, type LiveStore } from '../../../lib/world/store/live/index.js';
import type { StoredMarket } from '../../../lib/world/store/index.js';
import { settingsOf } from '../../support/settings.js';
import { openScene, query, type Scene } from '../../world/store/fixtures.js';
import { listed, tell, ticker } from './known.js';

const cap = (name: string) => ({ marketCap: 7e9, at: 5, id: 'x', name });

describe('what a run stores of a market and its coin', () => {
  const row = (symbol: string): StoredMarket => ({ ...listed(symbol), id: 3, isActive: true, sector: null });
  const change = (symbol: string, facts = openFacts(), own = new Map<string, CoinReference>()) =>
    coinChanges([row(symbol)], facts, own)[0]!;

  it('is whether it is traded: not where it is suspended, delisted, or not listed at all', () => {
    for (const [status, isActive] of [
      ['online', true],
      ['cancel_only', false],
      ['delisted', false],
    ] as const) {
      const facts = openFacts();
      tell(facts, [listed('FOO/USD', { status })], {});
      expect(change('FOO/USD', facts).isActive, status).to.equal(isActive);
    }
    expect(change('FOO/USD').isActive).to.equal(false);
  });

  it('is its sizes and turnover, as far as the exchange tells them', () => {
    const facts = openFacts();
    const sizes = { amountStep: 0.01, minimumAmount: 0.1, minimumCost: 5 };
    tell(facts, [listed('FOO/USD', sizes), listed('BAR/EUR')], { 'FOO/USD': ticker(), 'BAR/EUR': ticker() });
    expect(change('FOO/USD', facts)).to.include({ ...sizes, avgDailyVolume: 1e7 }); // 100,000 · 100
    expect(change('BAR/EUR', facts)).not.to.have.property('avgDailyVolume'); // nothing tells what a euro is worth
    expect(change('GONE/USD', facts)).not.to.have.any.keys('amountStep', 'minimumAmount', 'minimumCost');
  });

  it('is its name, as the source of market capitalisations has it now, unless the user calls it otherwise', () => {
    const facts = openFacts();
    facts.takeCaps({ at: 5, caps: new Map([['BTC', cap('Bitcoin Renamed')]]), unmatched: [] });
    expect(change('BTC/USD', facts)).to.include({ name: 'Bitcoin Renamed', sector: 'layer-1' });
    const own = new Map([['BTC', { name: 'Gold', sector: 'payment', coinGeckoId: null } as const]]);
    expect(change('BTC/USD', facts, own)).to.include({ name: 'Gold', sector: 'payment' });
    expect(change('FOO/USD', facts)).not.to.have.property('name');
  });
});

describe('a run that learns of markets and coins', () => {
  let scene: Scene;
  let live: LiveStore;
  let server: Server;
  let lines: string[];
  let answer: readonly [status: number, body: string];
  beforeEach(async () => {
    scene = await openScene();
    live = openLive(scene.store, scene.database.connection, 'momentum');
    lines = [];
    answer = [404, ''];
    server = createServer((_, response) => response.writeHead(answer[0]).end(answer[1]));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await scene.close();
  });

  const world = (): RunWorld => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = settingsOf(`filtering: { market_cap_url: '${url}' }`);
    const say = (...said: readonly unknown[]) => void lines.push(String(said.at(-1)));
    return {
      ...{ store: scene.store, live, mode: 'simulated', now: () => Date.UTC(2026, 0, 1), settings: () => settings },
      log: { info: say, warn: say, debug: say },
      stored: (_: string, act: () => Promise<unknown>) => act(),
    } as unknown as RunWorld;
  };
  const row = async (symbol: string) =>
    (await query(scene.database.connection, `select * from cryptocurrency where symbol = '${symbol}'`))[0]!;
  const until = async (holds: () => Promise<boolean>) => {
    for (let tries = 0; !(await holds()); tries++) {
      if (tries > 200) throw new Error(`in vain: ${lines.join('; ')}`);
      await new Promise(resolve => setTimeout(resolve, 25));
    }
  };

  it('stores which markets came and went though nobody tells what coins are worth', async () => {
    const facts = openFacts();
    tell(facts, [listed('AAA/USD'), listed('BBB/USD', { status: 'delisted' })], {});
    const learning = learnCoins(world(), facts).subscribe();
    try {
      await until(async () => (await row('CCC/USD'))['is_active'] === false);
      expect(await row('AAA/USD')).to.include({ is_active: true });
      expect(await row('BBB/USD')).to.include({ is_active: false });
      await until(() => Promise.resolve(lines.length >= 2));
      expect(lines).to.include('no longer traded on the exchange: BBB/USD, CCC/USD');
      expect(lines).to.include('facts about coins: HTTP 404');
      tell(facts, [listed('AAA/USD'), listed('BBB/USD', { amountStep: 0.5 })], {});
      await until(async () => (await row('BBB/USD'))['is_active'] === true);
      expect(await row('BBB/USD')).to.include({ amount_step: 0.5 });
      await until(() => Promise.resolve(lines.includes('traded on the exchange again: BBB/USD')));
    } finally {
      learning.unsubscribe();
    }
  });

  it('stores what coins are worth and are called, and goes on past an answer that is none', async () => {
    const facts = openFacts();
    tell(facts, [listed('AAA/USD')], { 'AAA/USD': ticker() });
    answer = [
      200,
      JSON.stringify([{ id: 'a', symbol: 'aaa', name: '<b>Ay\u001b[31m</b>', current_price: 99, market_cap: 5e9 }]),
    ];
    const fact = await firstValueFrom(learnCoins(world(), facts).pipe(filter(({ kind }) => kind === 'caps')));
    expect(fact.kind).to.equal('caps');
    expect(await row('AAA/USD')).to.include({ name: 'Ay [31m', market_cap: 5e9 });
    answer = [404, ''];
    const again = openFacts();
    tell(again, [listed('AAA/USD')], { 'AAA/USD': ticker() });
    expect((await firstValueFrom(learnCoins(world(), again))).kind).to.equal('trouble');
    expect(again.caps().get('AAA')).to.include({ marketCap: 5e9 }); // as it was stored
  });
});
