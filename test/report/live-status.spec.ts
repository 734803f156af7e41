import { expect } from 'chai';
import { createColors } from 'picocolors';
import { renderLive } from '../../bin/report/live.js';
import { OPEN_GATE, type GateState } from '../../lib/exchange/request-budget.js';
import type { HeldTrade } from '../../lib/portfolio/restore.js';
import { liveStatus, type LiveProcess, type LiveRecord } from '../../lib/report/live-status.js';
import { diskSpace } from '../../lib/ops/disk.js';
import { minute, risk } from '../support/broker.js';

const NOW = minute(100);

const process = (role: LiveProcess['role'], over: Partial<LiveProcess> = {}): LiveProcess => ({
  role,
  pid: 1,
  host: 'here',
  codeVersion: '1',
  startedAt: new Date(NOW - 3_600_000),
  silentMs: 5_000,
  lagMs: 1_000,
  stoppedAt: null,
  stop: null,
  lastError: null,
  lastErrorAt: null,
  counters: {},
  ...over,
});
const both = [process('positions'), process('scanner')];

const record = (over: Partial<LiveRecord> = {}): LiveRecord => ({
  run: {
    id: 3,
    mode: 'simulated',
    startedAt: new Date(minute(0)),
    initialBalance: 10_000,
    configurationId: 5,
    clockSpeed: 1,
    currency: 'USD',
  },
  strategy: 'momentum',
  portfolio: null,
  shadows: [],
  settledUntil: null,
  realized: 0,
  closedTrades: 0,
  pending: 0,
  processes: both,
  exchange: 'kraken',
  gate: null,
  metrics: null,
  now: NOW,
  ...over,
});

/**
 * 2 of 4 coins left, bought at 100 with a fee of 1.6; the stop trails, the first of three targets
 * was taken.
 */
const held = (over: Partial<HeldTrade> = {}): HeldTrade => ({
  symbol: 'AAA/BTC',
  trade: {
    number: 7,
    entryAt: minute(3),
    entryPrice: 100,
    size: 4,
    remaining: 2,
    entryQuoteRate: 2,
    ...({
      entryCosts: { fee: 1.6, halfSpread: 0, slippage: 0 },
      risk: risk(),
      stop: 101,
      stopReason: 'trailing_stop',
      trailingActive: true,
    } as const),
    nextLevel: 1,
    ambiguous: false,
    exits: [],
  },
  opportunity: { at: minute(2), close: 100, score: 0.5, values: {} },
  highest: 103,
  lastPrice: 102,
  observedAt: minute(9),
  ...over,
});

const room = (freeBytes: number) => ({ disk: diskSpace('/data', freeBytes) });
const gate = (over: Partial<GateState>): GateState => ({ ...OPEN_GATE, ...over });
const healthOf = (over: Partial<LiveRecord>) => {
  const { health, reasons } = liveStatus(record(over));
  return [health, ...reasons];
};

describe('how a live run stands', () => {
  it('names what is held and cannot be traded, marked at its last price', () => {
    const portfolio = { cash: 9_000, held: [held({ suspendedSince: minute(50) })] };
    expect(healthOf({ portfolio })).to.deep.equal([
      'degraded',
      'AAA/BTC cannot be traded since 2026-01-01 00:50 UTC: the position is suspended at its last price',
    ]);
    const { trades, portfolio: worth } = liveStatus(record({ portfolio }));
    expect(trades[0]).to.include({ suspendedSince: '2026-01-01T00:50:00Z', lastPrice: 102 });
    expect(worth.openValue).to.equal(408); // 2 · 102 · 2
  });

  it('names the pauses of entries with their ends', () => {
    const portfolio = {
      cash: 9_000,
      held: [],
      pauses: [
        { reason: 'stop_guard', symbol: null, until: minute(90) },
        { reason: 'low_profit_market', symbol: 'AAA/BTC', until: minute(120) + 30_000 },
      ] as const,
    };
    const status = liveStatus(record({ portfolio }));
    expect(status.health).to.equal('ok');
    expect(status.pauses).to.deep.equal([
      { protection: 'stop_guard', symbol: null, until: '2026-01-01T01:30:00Z' },
      { protection: 'low_profit_market', symbol: 'AAA/BTC', until: '2026-01-01T02:00:30Z' },
    ]);
    const lines = renderLive(status, createColors(false), 100).split('\n');
    expect(lines.filter(line => line.includes(' until '))).to.deep.equal([
      'Entries pause  all markets until 2026-01-01 01:30 UTC: stop guard',
      '               AAA/BTC until 2026-01-01 02:00 UTC: low profit market',
    ]);
    expect(liveStatus(record({})).pauses).to.deep.equal([]);
  });

  it('is computed from cash and the positions at their last prices', () => {
    const status = liveStatus(
      record({ portfolio: { cash: 9_000, held: [held()] }, realized: 12, settledUntil: new Date(minute(9)) }),
    );
    // 2 · 102 · 2 = 408; 2 · 2 · (102 − 100) − 1.6 · 2/4 = 7.2, of 2 · 100 · 2 = 400
    expect(status.portfolio).to.deep.equal({
      cash: 9_000,
      openValue: 408,
      equity: 9_408,
      realized: 12,
      unrealized: 7.2,
      closedTrades: 0,
      pending: 0,
      settledUntil: '2026-01-01T00:09:00Z',
    });
    expect(status.trades).to.deep.equal([
      {
        symbol: 'AAA/BTC',
        number: 7,
        entryTime: '2026-01-01T00:03:00Z',
        entryPrice: 100,
        remaining: 2,
        lastPrice: 102,
        observedAt: '2026-01-01T00:09:00Z',
        suspendedSince: null,
        stop: 101,
        trailing: true,
        nextTarget: 103, // the second level: 3 %
        unrealized: 7.2,
        unrealizedRatio: 7.2 / 400,
      },
    ]);
  });

  it('knows no result of a trade whose price was not seen yet, nor a target where the ladder is done', () => {
    const { trade } = held();
    const status = liveStatus(
      record({ portfolio: { cash: 1, held: [held({ lastPrice: null, trade: { ...trade, nextLevel: 3 } })] } }),
    );
    expect(status.trades[0]).to.include({ unrealized: null, unrealizedRatio: null, nextTarget: null });
    expect(status.portfolio).to.include({ openValue: 400, unrealized: 0 });
  });

  it('is the initial balance before anything has happened', () => {
    expect(liveStatus(record()).portfolio).to.include({ cash: 10_000, equity: 10_000, settledUntil: null });
  });

  it('is ok where both processes are heard of, in time and without a recent error', () => {
    const old = process('scanner', { lastError: 'Kraken: maintenance', lastErrorAt: new Date(NOW - 600_000) });
    expect(healthOf({ processes: [both[0]!, old], gate: OPEN_GATE })).to.deep.equal(['ok']);
  });

  it('is down without the position manager, degraded without the scanner', () => {
    const silent = (role: LiveProcess['role']) => process(role, { silentMs: 600_000 });
    expect(healthOf({ processes: [silent('positions'), both[1]!] })).to.deep.equal([
      'down',
      'the process "positions" has been silent for 10 min: open trades are not being monitored',
    ]);
    expect(healthOf({ processes: [both[0]!] })).to.deep.equal([
      'degraded',
      'the process "scanner" has not reported yet: no opportunities are found',
    ]);
    expect(healthOf({ processes: [silent('positions'), silent('scanner')] })[0]).to.equal('down');
    expect(liveStatus(record({ processes: [silent('scanner')] })).processes[0]).to.include({ alive: false });
  });

  const stopped = (role: LiveProcess['role'], at: number, reason = 'stopped on request', requested = true) =>
    process(role, { silentMs: 1_000, stoppedAt: new Date(minute(at)), stop: { reason, requested } });

  it('says of a process that ended in order when that was, as soon as it has', () => {
    const text = 'the process "scanner" was stopped at 2026-01-01 01:39 UTC: no opportunities are found';
    expect(healthOf({ processes: [both[0]!, stopped('scanner', 99)] })).to.deep.equal(['degraded', text]);
    expect(liveStatus(record({ processes: [stopped('scanner', 99)] })).processes[0]).to.include({ alive: false });
  });

  it('is stopped, not down, once all its processes were asked to end: since when, why, and what is left open', () => {
    const processes = [stopped('positions', 98), stopped('scanner', 97, '--for 6 s has elapsed')];
    const portfolio = { cash: 9_000, held: [held()] };
    expect(healthOf({ processes, portfolio, gate: gate({}), ...room(0) })).to.deep.equal([
      'stopped',
      'since 2026-01-01 01:38 UTC: stopped on request',
      '1 open trade is not monitored until it is started again',
    ]);
    expect(liveStatus(record({ processes })).stopped).to.deep.equal({
      at: new Date(minute(98)),
      reason: 'stopped on request',
    });
    expect(healthOf({ processes: [stopped('scanner', 97)] })[0]).to.equal('stopped'); // it ran alone
    expect(liveStatus(record()).stopped).to.equal(null);
  });

  it('is down where a process ended without a stop request, or fell silent', () => {
    const killed = stopped('positions', 98, 'the process that started it was killed', false);
    expect(healthOf({ processes: [killed, stopped('scanner', 98)] })).to.deep.equal([
      'down',
      'the process "positions" ended at 2026-01-01 01:38 UTC (the process that started it was killed): open trades are not being monitored',
      'the process "scanner" was stopped at 2026-01-01 01:38 UTC: no opportunities are found',
    ]);
    const silent = process('positions', { silentMs: 600_000 });
    expect(healthOf({ processes: [silent, stopped('scanner', 98)] })[0]).to.equal('down');
    expect(healthOf({ processes: [] })[0]).to.equal('down');
  });

  it('is degraded while the exchange is not asked, and says for how much longer of our time', () => {
    const breaker = {
      phase: 'open',
      failures: 0,
      since: NOW * 60 - 60_000,
      pauseMs: 3_660_000,
      reason: 'HTTP 503',
    } as const;
    const { run } = record();
    // the exchange's clock is 60 times as fast: an hour of it is left, a minute of ours
    expect(healthOf({ run: { ...run, clockSpeed: 60 }, gate: gate({ breaker }) })).to.deep.equal([
      'degraded',
      'requests to the exchange are paused (for another 60 s): HTTP 503',
    ]);
    expect(healthOf({ gate: gate({ breaker: { ...breaker, phase: 'probing' } }) })[1]).to.contain('probe request');
  });

  it('is degraded by a disk without room', () => {
    expect(healthOf(room(5e9))).to.deep.equal(['ok']);
    expect(healthOf(room(1.5e8))).to.deep.equal([
      'degraded',
      'the disk has 150 MB left at /data: nothing is bought until there are 200',
    ]);
  });

  it('is degraded by what is late and by an error of the last ten minutes', () => {
    const late = process('scanner', { lagMs: 240_000, lastError: 'timeout', lastErrorAt: new Date(NOW - 30_000) });
    expect(healthOf({ processes: [both[0]!, late] })).to.deep.equal([
      'degraded',
      'the process "scanner" is 4 min behind the market',
      'the process "scanner" had an error 30 s ago: timeout',
    ]);
  });

  it('counts the requests of the last minute by what they were for', () => {
    const spent = [
      [NOW - 61_000, 'exits'],
      [NOW - 59_000, 'exits'],
      [NOW, 'candles'],
    ] as const;
    const { requests } = liveStatus(record({ gate: gate({ spent }) }));
    expect(requests).to.include({ perMinute: 60, silentForMs: 0 });
    expect(requests!.spent).to.deep.equal({ exits: 1, held: 0, candles: 1, universe: 0, warm_up: 0 });
  });
});
