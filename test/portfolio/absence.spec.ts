import { expect } from 'chai';
import { marketOf } from '../../lib/market.js';
import { AbsenceBroker, type Left, type MadeUp } from '../../lib/portfolio/absence.js';
import { markMinutes } from '../../lib/portfolio/history.js';
import { minutesAfter } from '../../lib/portfolio/missed-minutes.js';
import type { Opportunity, PositionEvent, Trade } from '../../lib/portfolio/events.js';
import type { TradeStretch } from '../../lib/portfolio/missed-trades.js';
import { emptyPortfolio, type Portfolio } from '../../lib/portfolio/portfolio.js';
import type { ProtectionSettings } from '../../lib/portfolio/protection-catalogue.js';
import type { RiskSettings } from '../../lib/settings/settings.js';
import { type Candle } from '../../lib/tape.js';
import { tapeOf } from '../support/tape.js';
import { DAY_MS } from '../../lib/units.js';
import { candle, free, minute, opportunity, quiet, risk } from '../support/broker.js';
import { unprotected } from '../support/protections.js';
import { settingsOf } from '../support/settings.js';

const SECOND = 1_000;
const [AAA, BBB, EURUSD] = [0, 1, 2];
const MARKETS = ['AAA/USD', 'BBB/EUR', 'EUR/USD'].map(marketOf);
/**
 * What is held is bought at 100, its stop is at 98, its targets at 101.5, 103 and 105; trailing
 * begins at 102.
 */
const held = (market: number, at: number, over: Partial<Trade> = {}): Trade => ({
  number: 1 + market,
  market,
  opportunity: { ...opportunity(0), market },
  entryAt: at,
  entryPrice: 100,
  size: 5,
  entryCosts: { fee: 0, halfSpread: 0, slippage: 0 },
  entryQuoteRate: 1,
  remaining: 5,
  risk: risk(),
  stop: 98,
  highest: 100,
  trailingActive: false,
  nextLevel: 0,
  ambiguous: false,
  exits: [],
  stopReason: over.trailingActive ? 'trailing_stop' : 'stop_loss',
  ...over,
});

interface Scene {
  readonly trades?: readonly Trade[];
  readonly seenAt?: number;
  readonly settledUntil?: number;
  readonly waiting?: readonly Opportunity[];
  readonly pending?: readonly Opportunity[];
  readonly rateNow?: number;
  readonly risk?: RiskSettings;
  readonly everySeconds?: number;
}

const absent = ({ trades = [], seenAt = minute(3), waiting = [], pending = [], ...scene }: Scene) => {
  const portfolio: Portfolio = { ...emptyPortfolio(MARKETS, 9_500), open: [...trades], pending: [...pending] };
  for (const { market } of trades) portfolio.lastPrice[market] = 100;
  const observedAt = Float64Array.from(MARKETS, () => seenAt);
  const left: Left = { portfolio, observedAt, settledUntil: scene.settledUntil ?? seenAt, waiting };
  const base = settingsOf('{}');
  const positionCheckIntervalMs = (scene.everySeconds ?? 30) * SECOND;
  const settings = {
    ...base,
    costs: free,
    risk: scene.risk ?? risk(),
    application: { ...base.application, positionCheckIntervalMs },
  };
  return { portfolio, broker: new AbsenceBroker(left, settings, () => scene.rateNow ?? NaN) };
};

/** A tape of ten minutes or more with these candles. */
const tape = (...candles: readonly Candle[]) =>
  tapeOf([...candles, quiet(0, 1, EURUSD), quiet(9, 1, EURUSD)], MARKETS.length);
/** Trades at seconds of a minute, written as [second, price]. */
const traded = (
  n: number,
  from: number,
  to: number,
  ...rows: readonly (readonly [number, number])[]
): TradeStretch => ({
  from: minute(n) + from * SECOND,
  to: minute(n) + to * SECOND,
  trades: rows.map(([second, price]) => ({ at: minute(n) + second * SECOND, price })),
});
const said = (events: readonly PositionEvent[]): string[] =>
  events.map(event =>
    event.kind === 'exited'
      ? `${event.exit.reason} ${event.exit.size} at ${event.exit.price} after ${(event.at - minute(0)) / SECOND} s`
      : event.kind,
  );
const worth = ({ marks }: MadeUp) =>
  marks.map(({ at, cash, openValue }) => [(at - minute(0)) / 60_000, cash + openValue]);

describe('missed time, made up for', () => {
  describe('by trades', () => {
    it('does at each due moment what a check would have done', () => {
      const { broker } = absent({ trades: [held(AAA, minute(1))] });
      broker.know(AAA, traded(3, 0, 120, [29, 102], [31, 101], [59, 104], [61, 100], [89, 102.5]));
      const made = broker.settle(tape(), minute(5));
      expect(said(made.events)).to.deep.equal([
        'take_profit 1.5 at 102 after 210 s',
        'stop_raised',
        'take_profit 2 at 104 after 240 s',
        'stop_raised',
        'trailing_stop 1.5 at 102.5 after 270 s',
      ]);
    });

    it('takes no target that was reached between two checks only, and sells at the lowest price where the stop was', () => {
      const rows = [[10, 120], [12, 97], [14, 90], [16, 100]] as const; // prettier-ignore
      const trade = held(AAA, minute(1));
      const { broker } = absent({ trades: [trade] });
      broker.know(AAA, traded(3, 0, 60, ...rows));
      expect(said(broker.settle(tape(), minute(4)).events)).to.deep.equal(['stop_loss 5 at 90 after 194 s']);
      expect(trade.ambiguous).to.equal(true);
    });

    it('leaves a stop to the check after it, where that one sells by itself', () => {
      const trade = held(AAA, minute(1));
      const { broker } = absent({ trades: [trade] });
      broker.know(AAA, traded(3, 0, 60, [12, 90], [29, 95]));
      expect(said(broker.settle(tape(), minute(4)).events)).to.deep.equal(['stop_loss 5 at 95 after 210 s']);
      expect(trade.ambiguous).to.equal(false);
    });

    it('counts only what was traded after the entry, or after the last look', () => {
      const at = minute(3) + 20 * SECOND;
      const { broker } = absent({ trades: [held(AAA, at)], seenAt: at });
      broker.know(AAA, { ...traded(3, 20, 60, [5, 90], [20, 91], [40, 99]) });
      expect(said(broker.settle(tape(candle(3, 90, 101, 90, 99)), minute(4)).events)).to.deep.equal([]);
    });

    it('does not believe one price that is far from all others', () => {
      const { broker } = absent({ trades: [held(AAA, minute(1))] });
      broker.know(AAA, traded(3, 0, 60, [10, 40], [12, 100], [50, 300], [52, 100]));
      expect(said(broker.settle(tape(), minute(4)).events)).to.deep.equal([]);
    });

    it('sells what a sale had left at the next due moment, whatever the price', () => {
      const unfinished = { reason: 'take_profit' as const, level: 0, size: 1 };
      const { broker } = absent({ trades: [held(AAA, minute(1), { unfinished, nextLevel: 1 })] });
      broker.know(AAA, traded(3, 0, 60, [10, 100.5], [40, 99]));
      expect(said(broker.settle(tape(), minute(4)).events)).to.deep.equal(['take_profit 1 at 100.5 after 210 s']);
    });

    it('goes up to now within a minute that is still under way, and from there on the next time', () => {
      const trade = held(AAA, minute(1));
      const { broker } = absent({ trades: [trade] });
      const until = minute(3) + 45 * SECOND;
      broker.know(AAA, traded(3, 0, 45, [40, 99]));
      const made = broker.settle(tape(), until);
      expect([said(made.events), worth(made)]).to.deep.equal([[], []]);
      expect(broker.missing(until)).to.deep.equal([]);
      broker.know(AAA, traded(3, 45, 120, [46, 97], [47, 99]));
      expect(said(broker.settle(tape(), minute(4)).events)).to.deep.equal(['stop_loss 5 at 97 after 226 s']);
    });
  });

  describe('by candles', () => {
    const settle = (trade: Trade, candles: readonly Candle[], scene: Scene = {}) => {
      const { broker } = absent({ trades: [trade], ...scene });
      return said(broker.settle(tape(...candles), minute(5)).events);
    };

    it('sells all at the low where that is at or under the stop, and says that it does not know', () => {
      const trade = held(AAA, minute(1));
      expect(settle(trade, [candle(3, 100, 110, 97, 105), quiet(4, 105)])).to.deep.equal([
        'stop_loss 5 at 97 after 240 s',
      ]);
      expect(trade.ambiguous).to.equal(true);
    });

    it('sells where the high may have raised the stop above the low before', () => {
      expect(settle(held(AAA, minute(1)), [candle(3, 100, 103, 101, 103), quiet(4, 103)])).to.deep.equal([
        'stop_raised',
        'trailing_stop 5 at 100 after 240 s', // it began at 100
      ]);
    });

    it('takes a target, at itself, where all of the minute was over it', () => {
      const trade = held(AAA, minute(1), { risk: risk({ trailingStop: { activation: 9, offset: 0.5 } }) });
      const rows = [candle(3, 100, 102, 100, 102), candle(4, 102, 104, 102, 104)];
      expect(settle(trade, rows)).to.deep.equal(['take_profit 1.5 at 101.49999999999999 after 300 s']);
      expect(trade.ambiguous).to.equal(true); // the one at 103 may have been reached
    });

    it('takes none in a minute without a check, nor in one that was watched in part', () => {
      const calm = { risk: risk({ trailingStop: { activation: 9, offset: 0.5 } }) };
      const rows = [candle(3, 102, 102.5, 102, 102), candle(4, 102, 102.5, 102, 102)];
      expect(settle(held(AAA, minute(1), calm), rows, { everySeconds: 3_600 })).to.deep.equal([]);
      expect(settle(held(AAA, minute(1), calm), rows.slice(0, 1), { seenAt: minute(3) + 1 })).to.deep.equal([]);
    });

    it('goes on from a quiet minute as from any other', () => {
      expect(settle(held(AAA, minute(1)), [quiet(3, 100), candle(4, 100, 100, 97.5, 98)])).to.deep.equal([
        'stop_loss 5 at 97.5 after 300 s',
      ]);
    });
  });

  describe('where nothing is known', () => {
    it('keeps the minutes with the stop of their time, takes no target meanwhile, and sells once their low is known', () => {
      const trade = held(AAA, minute(1));
      const { broker, portfolio } = absent({ trades: [trade] });
      broker.settle(tape(candle(4, 102, 102, 101.8, 102)), minute(5));
      const low = { at: minute(5), price: 101.8 }; // since then
      expect(trade.unseen).to.deep.equal([{ from: minute(3), to: minute(4), stop: 98, low }]);
      expect([trade.ambiguous, trade.exits.length, trade.stop > 100]).to.deep.equal([true, 0, true]);
      const later = (...candles: Candle[]) => said(broker.makeUpUnseen(tape(...candles), minute(6)));
      expect(later(candle(4, 102, 102, 90, 102))).to.deep.equal([]); // not of that minute
      expect(later(candle(3, 100, 100, 98.1, 100))).to.deep.equal([]);
      expect([trade.unseen, portfolio.open.length]).to.deep.equal([undefined, 1]);
      trade.unseen = [{ from: minute(3), to: minute(4), stop: 98 }];
      expect(later(candle(3, 100, 100, 97.9, 100))).to.deep.equal(['trailing_stop 5 at 97.9 after 240 s']);
    });

    it('sells at the lowest price since, where the high of what was not seen raises the stop over it', () => {
      // The high of 102 makes a stop of 100.98.
      const after = (low: number) => {
        const trade = held(AAA, minute(1));
        const { broker } = absent({ trades: [trade] });
        const rows = [candle(4, 101, 101.2, low, 101.2), candle(5, 101.2, 101.3, 101.1, 101.3)];
        expect(said(broker.settle(tape(...rows), minute(6)).events)).to.deep.equal([]);
        const events = said(broker.makeUpUnseen(tape(candle(3, 101.5, 102, 101.4, 101.5)), minute(6)));
        return { trade, events };
      };
      const under = after(100.5);
      expect(under.events).to.deep.equal(['stop_raised', 'trailing_stop 5 at 100.5 after 300 s']);
      expect([under.trade.ambiguous, under.trade.remaining]).to.deep.equal([true, 0]);
      const over = after(100.99);
      expect(over.events).to.deep.equal(['stop_raised']);
      expect([over.trade.unseen, over.trade.remaining]).to.deep.equal([undefined, 5]);
    });

    it('keeps the rest of a minute under way when it goes on, and gives it up after a day', () => {
      const trade = held(AAA, minute(1));
      const { broker } = absent({ trades: [trade] });
      const until = minute(3) + 20 * SECOND;
      broker.settle(tape(), until);
      expect(broker.missing(until)).to.deep.equal([AAA]);
      broker.giveUp(until);
      expect(broker.missing(until)).to.deep.equal([]);
      expect(trade.unseen).to.deep.equal([{ from: minute(3), to: until, stop: 98 }]);
      broker.makeUpUnseen(tape(candle(9, 1, 1, 1, 1)), until + DAY_MS);
      expect(trade.unseen).to.have.length(1);
      broker.makeUpUnseen(tape(candle(9, 1, 1, 1, 1)), until + DAY_MS + 1);
      expect(trade.unseen).to.equal(undefined);
    });
  });

  describe('with what waits', () => {
    const flat = [2, 3, 4, 5].map(n => candle(n, 100, 100, 100, 100));

    it('buys at the open of the first minute that was missed as a whole, never in one that was watched in part', () => {
      const seenAt = minute(3) + 2 * SECOND;
      const found = opportunity(2);
      for (const scene of [{ pending: [found] }, { waiting: [found] }]) {
        const { broker, portfolio } = absent({ ...scene, seenAt });
        expect(said(broker.settle(tape(...flat), minute(5)).events)).to.deep.equal(['opened']);
        expect(portfolio.open.map(({ entryAt }) => entryAt)).to.deep.equal([minute(4)]);
      }
    });

    it('buys what was found meanwhile at the next open, and lets what is too old expire', () => {
      const { broker, portfolio } = absent({ waiting: [opportunity(3), opportunity(4)], seenAt: minute(3) });
      const made = broker.settle(tape(...flat.slice(0, 3)), minute(5) + 1);
      expect(made.events.map(({ at }) => at)).to.deep.equal([minute(4)]);
      expect(portfolio.pending.map(({ at }) => at)).to.deep.equal([minute(4)]); // that waits for a live book
      const late = absent({ pending: [opportunity(0)], seenAt: minute(3) });
      expect(said(late.broker.settle(tape(...flat), minute(5)).events)).to.deep.equal(['expired']);
    });

    it('watches what it buys from its entry on', () => {
      const { broker } = absent({ waiting: [opportunity(3)], seenAt: minute(3) });
      const rows = [candle(3, 100, 100, 100, 100), candle(4, 100, 100, 97, 100)];
      expect(said(broker.settle(tape(...rows), minute(5)).events)).to.deep.equal([
        'opened',
        'stop_loss 4.75 at 97 after 300 s',
      ]);
    });
  });

  describe('with protections', () => {
    // what is held is sold at 97 in minute 3: 15 of 10,000 are lost, marked at the close of that minute
    const fallen = [
      candle(2, 100, 100, 100, 100),
      candle(3, 100, 100, 97, 97),
      ...[4, 5, 6].map(n => candle(n, 97, 97, 97, 97)),
    ];
    const made = (over: Partial<ProtectionSettings>) => {
      const protections = { ...unprotected, ...over };
      const terms = risk({ cooldownMs: 0, protections });
      const { broker, portfolio } = absent({ trades: [held(AAA, minute(1))], waiting: [opportunity(4)], risk: terms });
      broker.settle(tape(...fallen), minute(3));
      const { events } = broker.settle(tape(...fallen), minute(6));
      const [, last] = events.map(event => (event.kind === 'rejected' ? event.reason : event.kind));
      return { last, history: portfolio.history };
    };

    it('keeps back what waits, after a stop or a loss in the minutes before', () => {
      expect(made({}).last).to.equal('opened');
      expect(made({ stopGuard: { ...unprotected.stopGuard, stops: 1 } }).last).to.equal('stop_guard');
      const fall = made({ maxDrawdown: { ...unprotected.maxDrawdown, depth: 0.0001 } });
      expect([fall.last, fall.history.markedUntil]).to.deep.equal(['opened', minute(6)]); // the first mark is after the fall
      expect(made({ lowProfitMarket: { ...unprotected.lowProfitMarket, trades: 1 } }).last).to.equal(
        'low_profit_market',
      );
    });

    it('knows what equity was before', () => {
      const protections = { ...unprotected, dailyLossLimit: { loss: 0.001 } };
      const terms = risk({ cooldownMs: 0, protections });
      const scene = { trades: [held(AAA, minute(1))], waiting: [opportunity(4)], risk: terms };
      const { broker, portfolio } = absent(scene);
      markMinutes(portfolio.history, { from: minute(3), to: minute(3), equity: 10_000 }, terms);
      const { events } = broker.settle(tape(...fallen), minute(6));
      expect(events.map(event => (event.kind === 'rejected' ? event.reason : event.kind))).to.deep.equal([
        'exited',
        'daily_loss_limit',
      ]);
    });
  });

  describe('in other currencies', () => {
    const rates = [candle(2, 1.1, 1.1, 1.1, 1.1, EURUSD), candle(3, 1.2, 1.2, 1.2, 1.2, EURUSD)];
    const trade = () => held(BBB, minute(1), { entryQuoteRate: 1.1 });

    it('sells at the rate known before the minute, and marks at the rate of its close', () => {
      const one = absent({ trades: [trade()] });
      one.broker.know(BBB, traded(3, 0, 60, [10, 97], [11, 97]));
      const [event] = one.broker.settle(tape(...rates), minute(4)).events;
      expect(event).to.have.nested.property('exit.quoteRate', 1.1);
      const other = absent({ trades: [trade()] });
      other.broker.know(BBB, traded(3, 0, 60, [10, 99]));
      expect(worth(other.broker.settle(tape(...rates), minute(4)))).to.deep.equal([[4, 9_500 + 5 * 99 * 1.2]]);
    });

    it('uses the last known rate where no candle has one, and lets exits wait without any', () => {
      const live = absent({ trades: [trade()], rateNow: 1.3 });
      live.broker.know(BBB, traded(3, 0, 60, [10, 97], [11, 97]));
      const [event] = live.broker.settle(
        tapeOf([quiet(0, 100, AAA), quiet(9, 100, AAA)], MARKETS.length),
        minute(4),
      ).events;
      expect(event).to.have.nested.property('exit.quoteRate', 1.3);
      const none = absent({ trades: [trade()] });
      none.broker.know(BBB, traded(3, 0, 60, [10, 97], [11, 97]));
      expect(
        none.broker.settle(tapeOf([quiet(0, 100, AAA), quiet(9, 100, AAA)], MARKETS.length), minute(4)).events,
      ).to.deep.equal([]);
    });
  });

  it('is marked minute by minute, over midnight too, each once', () => {
    const seenAt = minute(1438) + 2 * SECOND;
    const { broker } = absent({ trades: [held(AAA, minute(1))], seenAt });
    broker.know(AAA, { from: seenAt, to: minute(1442), trades: [{ at: minute(1439) + 1, price: 101 }] });
    const made = broker.settle(tape(quiet(1441, 1, EURUSD)), minute(1441) + 5 * SECOND);
    expect(worth(made)).to.deep.equal([
      [1439, 9_500 + 500],
      [1440, 9_500 + 505],
      [1441, 9_500 + 505],
    ]);
    expect(minutesAfter(minute(1439), minute(1441))).to.deep.equal([minute(1440), minute(1441)]);
    expect(minutesAfter(minute(1439) + 1, minute(1440) - 1)).to.deep.equal([]);
  });
});
