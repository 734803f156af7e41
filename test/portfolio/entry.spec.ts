import { expect } from 'chai';
import { marketOf } from '../../lib/market.js';
import { isTooSmall } from '../../lib/portfolio/fills.js';
import { candle, free, minute, opportunity, play, quiet, risk } from '../support/broker.js';
import { MINUTE_MS } from '../../lib/units.js';

const flat = (n: number, market = 0, price = 100) => candle(n, price, price, price, price, market);
const kinds = (events: readonly { kind: string; reason?: string }[]) =>
  events.map(({ kind, reason }) => reason ?? kind);

describe('entries', () => {
  it('buys at the open of the next candle, not at the close that was judged', () => {
    const { events } = play({
      candles: [candle(0, 90, 99, 90, 99), candle(1, 101, 101.5, 100, 100)],
      opportunities: [opportunity(0)],
    });
    expect(events[0]).to.include({ kind: 'opened', at: minute(1) });
    expect(events[0]!.kind === 'opened' && events[0]!.trade).to.include({ entryPrice: 101, size: 4.95049504 }); // 500 / 101 rounded down to 1e-8
  });

  it('pays half the spread and the slippage, then the fee on the fill price', () => {
    const costs = { takerFee: 0.004, spread: 0.0005, slippage: 0.0002 };
    const { events, broker } = play({ candles: [flat(0), flat(1)], opportunities: [opportunity(0)], costs });
    const { trade } = events[0] as Extract<(typeof events)[0], { kind: 'opened' }>;
    expect(trade.entryPrice).to.be.closeTo(100 * (1 + 0.00025 + 0.0002), 1e-12); // 100.045
    expect(trade.size).to.equal(4.99775101); // 500 / 100.045 = 4.9977510120…, rounded down to 1e-8
    expect(trade.entryCosts.fee).to.be.closeTo(0.004 * 4.99775101 * 100.045, 1e-9);
    expect(trade.entryCosts.halfSpread).to.be.closeTo(4.99775101 * 100 * 0.00025, 1e-9);
    expect(trade.entryCosts.slippage).to.be.closeTo(4.99775101 * 100 * 0.0002, 1e-9);
    expect(broker.portfolio.cash).to.be.closeTo(10_000 - trade.size * 100.045 - trade.entryCosts.fee, 1e-9);
  });

  it('spends no more than cash can pay with its fee', () => {
    const costs = { ...free, takerFee: 0.01 };
    const { events, broker } = play({
      candles: [flat(0), flat(1)],
      opportunities: [opportunity(0)],
      risk: risk({ maxPositionSize: 1 }),
      costs,
    });
    const { trade } = events[0] as Extract<(typeof events)[0], { kind: 'opened' }>;
    expect(trade.size).to.equal(99.00990099); // 10,000 / 1.01 / 100
    expect(broker.portfolio.cash).to.be.closeTo(0, 1e-5).and.to.be.at.least(0);
  });

  it('buys as much as makes the way to the first stop cost the configured share of equity, and no more than a position may cost', () => {
    const sizeWith = (over: Parameters<typeof risk>[0], values = {}) => {
      const opportunities = [{ ...opportunity(0), values }];
      const { events } = play({
        candles: [flat(0), flat(1)],
        opportunities,
        risk: risk({ maxPositionSize: 1, ...over }),
      });
      return events[0]!.kind === 'opened' && events[0]!.trade.size;
    };
    expect(sizeWith({ riskPerTrade: 0.01 })).to.equal(50); // 1 % of 10,000 is 50 times the 2 down to 98
    expect(sizeWith({ riskPerTrade: 0.01, atrStop: { multiple: 2 } }, { atr: 0.5 })).to.equal(100); // capped by the cash
    expect(sizeWith({ riskPerTrade: 0.01, atrStop: { multiple: 2 } }, { atr: 0.8 })).to.equal(62.5); // 100 / 1.6
    expect(sizeWith({ riskPerTrade: 0.01, maxPositionSize: 0.05 })).to.equal(5);
    expect(sizeWith({ riskPerTrade: null })).to.equal(100);
  });

  it('takes equity once a minute: two entries of the same minute have the same notional', () => {
    const { events } = play({
      candles: [flat(0), flat(0, 1), flat(1), flat(1, 1)],
      opportunities: [opportunity(0), opportunity(0, 1)],
    });
    expect(events.map(event => event.kind === 'opened' && event.trade.size)).to.deep.equal([5, 5]);
  });

  it('prefers the higher score, then the symbol, when places are few', () => {
    const candles = [0, 1].flatMap(n => [flat(n), flat(n, 1), flat(n, 2)]);
    const opportunities = [opportunity(0, 1, 0.7), opportunity(0, 0, 0.5), opportunity(0, 2, 0.5)];
    const { events } = play({ candles, opportunities, risk: risk({ maxOpenPositions: 2 }) });
    expect(
      events.map(event => [
        event.kind,
        event.kind === 'opened' ? event.trade.market : event.kind === 'rejected' && event.opportunity.market,
      ]),
    ).to.deep.equal([
      ['opened', 1],
      ['opened', 0],
      ['rejected', 2],
    ]);
  });

  it('rejects what is open already, before any other reason', () => {
    const { events } = play({
      candles: [flat(0), flat(1), flat(2)],
      opportunities: [opportunity(0), opportunity(1)],
      risk: risk({ maxOpenPositions: 1 }),
    });
    expect(kinds(events)).to.deep.equal(['opened', 'already_open']);
  });

  it('rejects for the cooldown after a stop until its last minute is over', () => {
    // stopped by the candle of minute 1: exit time minute 2; the cooldown of 3 minutes ends at
    // minute 5
    const candles = [flat(0), candle(1, 100, 100, 97, 98), ...[2, 3, 4, 5, 6].map(n => flat(n, 0, 98))];
    const cooldown = { risk: risk({ cooldownMs: 3 * MINUTE_MS }), candles };
    expect(kinds(play({ ...cooldown, opportunities: [opportunity(0), opportunity(3)] }).events)).to.deep.equal(
      ['opened', 'stop_loss', 'cooldown'].map(k => (k === 'stop_loss' ? 'exited' : k)),
    );
    expect(kinds(play({ ...cooldown, opportunities: [opportunity(0), opportunity(4)] }).events)).to.deep.equal([
      'opened',
      'exited',
      'opened',
    ]);
  });

  it('does not cool down after a trade that reached its last target', () => {
    const candles = [flat(0), candle(1, 100, 106, 100, 106), flat(2, 0, 106), flat(3, 0, 106)];
    const { events } = play({ candles, opportunities: [opportunity(0), opportunity(2)] });
    expect(kinds(events)).to.deep.equal(['opened', 'exited', 'exited', 'exited', 'opened']);
  });

  it('frees a place in the minute after an exit, not in the same minute', () => {
    const candles = [flat(0), flat(0, 1), flat(1), flat(1, 1), candle(2, 100, 100, 97, 98), flat(2, 1), flat(3, 1)];
    const one = risk({ maxOpenPositions: 1 });
    expect(
      kinds(play({ candles, opportunities: [opportunity(0), opportunity(1, 1)], risk: one }).events),
    ).to.deep.equal(['opened', 'max_open_positions', 'exited']);
    expect(
      kinds(play({ candles, opportunities: [opportunity(0), opportunity(2, 1)], risk: one }).events),
    ).to.deep.equal(['opened', 'exited', 'opened']);
  });

  it('rejects a size under the minimum amount or cost, and a size of zero', () => {
    const story = { candles: [flat(0), flat(1)], opportunities: [opportunity(0)] };
    const aaa = marketOf('AAA/USD');
    const of = (over: object) => kinds(play({ ...story, markets: [{ ...aaa, ...over }] }).events);
    expect(of({ minimumAmount: 5.1 })).to.deep.equal(['size_too_small']);
    expect(of({ minimumAmount: 5 })).to.deep.equal(['opened']);
    expect(of({ minimumCost: 500.01 })).to.deep.equal(['size_too_small']);
    expect(of({ amountStep: 10 })).to.deep.equal(['size_too_small']);
    expect(isTooSmall(Infinity, 1e-320, marketOf('AAA/USD'))).to.equal(true);
  });

  it('rounds the size down to the market’s step', () => {
    const { events } = play({
      candles: [flat(0), flat(1, 0, 99)],
      opportunities: [opportunity(0)],
      markets: [{ ...marketOf('AAA/USD'), amountStep: 0.1 }],
    });
    expect(events[0]!.kind === 'opened' && events[0]!.trade.size).to.equal(5); // 500 / 99 = 5.0505…
  });

  it('waits over a quiet candle and fills at the next that is traded within 90 s', () => {
    const { events } = play({ candles: [flat(0), quiet(1, 100), flat(2)], opportunities: [opportunity(0)] });
    expect(events.map(({ kind, at }) => [kind, at])).to.deep.equal([['opened', minute(2)]]);
  });

  it('expires once the next open is more than 90 s after the close that was judged', () => {
    const candles = [flat(0), quiet(1, 100), quiet(2, 100), flat(3)];
    expect(play({ candles, opportunities: [opportunity(0)] }).events.map(({ kind, at }) => [kind, at])).to.deep.equal([
      ['expired', minute(3)],
    ]);
    const gap = [flat(0), flat(3), flat(1, 1), flat(2, 1)];
    expect(kinds(play({ candles: gap, opportunities: [opportunity(0)] }).events)).to.deep.equal(['expired']);
  });

  it('closes at the end what is open at its last close, less costs, and expires what waits', () => {
    const costs = { takerFee: 0, spread: 0.002, slippage: 0.001 };
    const { broker } = play({
      candles: [flat(0), flat(1), flat(1, 1)],
      opportunities: [opportunity(0), opportunity(1, 1)],
      costs,
    });
    const { events, equity } = broker.finish(minute(2), { risk: risk(), costs });
    expect(kinds(events)).to.deep.equal(['expired', 'exited']);
    const last = events[1] as Extract<(typeof events)[0], { kind: 'exited' }>;
    expect(last.exit).to.include({ reason: 'end_of_data', at: minute(2), price: 100 * (1 - 0.001 - 0.001) });
    expect(equity).to.equal(broker.portfolio.cash);
  });

  it('values a market quoted in another currency at that currency’s last known price', () => {
    const markets = ['BTC/USD', 'ETH/BTC'].map(marketOf);
    const candles = [
      flat(0, 0, 50_000),
      candle(0, 0.05, 0.05, 0.05, 0.05, 1),
      candle(1, 50_000, 60_000, 50_000, 60_000),
      candle(1, 0.05, 0.05, 0.05, 0.05, 1),
    ];
    const { events, broker, settlement } = play({ candles, markets, opportunities: [opportunity(0, 1)] });
    const { trade } = events[0] as Extract<(typeof events)[0], { kind: 'opened' }>;
    expect(trade).to.include({ size: 0.2, entryQuoteRate: 50_000 }); // 500 USD / (0.05 BTC · 50,000 USD)
    expect(settlement.equity[1]).to.be.closeTo(9_500 + 0.2 * 0.05 * 60_000, 1e-9); // marked at the minute's closing rate
    expect(broker.finish(minute(2), { risk: risk(), costs: free }).equity).to.be.closeTo(10_100, 1e-9);
  });
});
