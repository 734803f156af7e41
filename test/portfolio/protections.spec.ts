import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { marketOf } from '../../lib/market.js';
import { BookBroker } from '../../lib/portfolio/book-broker.js';
import { REJECTION_REASONS, type PositionEvent } from '../../lib/portfolio/events.js';
import { EXIT_REASON } from '../../lib/portfolio/exit-rule.js';
import { pausesAt } from '../../lib/portfolio/history.js';
import { emptyPortfolio } from '../../lib/portfolio/portfolio.js';
import { PROTECTION_REASONS, type ProtectionSettings } from '../../lib/portfolio/protection-catalogue.js';
import { withProtectionTable } from '../../lib/portfolio/protection-doc.js';
import { restorePortfolio, stateOf, type PortfolioState } from '../../lib/portfolio/restore.js';
import { readSettings } from '../../lib/settings/read.js';
import { restartReason } from '../../lib/settings/restart.js';
import { keys } from '../../lib/settings/schema.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';
import { bidding, bookOf } from '../support/book.js';
import { candle, free, minute, opportunity, play, risk } from '../support/broker.js';
import { unprotected } from '../support/protections.js';
import { defaultSettings } from '../support/settings.js';

const protectedBy = (over: Partial<ProtectionSettings>) =>
  risk({ cooldownMs: 0, takeProfitLevels: [], protections: { ...unprotected, ...over } });

/** What became of each opportunity: its reason, or the minute of its entry. */
const endings = (events: readonly PositionEvent[]): (string | number)[] =>
  events.flatMap((event): (string | number)[] => {
    if (event.kind === 'opened') return [(event.at - minute(0)) / MINUTE_MS];
    return event.kind === 'rejected' ? [event.reason] : [];
  });

/**
 * Every entry costs 500 at 100, a stop at 98 takes 10 of 10,000. In the minutes of `crashes` (of the
 * first market) the price falls to 97 for a moment, in those of `rises` it goes up to 105.
 */
const story = (
  over: Partial<ProtectionSettings>,
  crashes: readonly number[],
  entries: readonly (readonly [number, number?])[],
  minutes = 30,
) => {
  const candles = Array.from({ length: minutes }, (_, n) => [
    candle(n, 100, 100, crashes.includes(n) ? 97 : 100, 100),
    candle(n, 100, 100, crashes.includes(n) ? 97 : 100, 100, 1),
  ]).flat();
  const opportunities = entries.map(([at, market = 0]) => opportunity(at - 1, market));
  return play({ candles, opportunities, risk: protectedBy(over) });
};

describe('the protections', () => {
  it('are judged after the cooldown and before the size, in this order', () =>
    expect(REJECTION_REASONS).to.deep.equal([
      'already_open',
      'cooldown',
      'stop_guard',
      'max_drawdown',
      'daily_loss_limit',
      'low_profit_market',
      'max_open_positions',
      'size_too_small',
      'no_depth',
    ]));

  it('have reasons in the form that the database accepts, and keys that take effect at once', () => {
    for (const reason of PROTECTION_REASONS) expect(reason).to.match(EXIT_REASON);
    const own = [...keys.keys()].filter(key => key.startsWith('risk_management.protections.'));
    expect(own).to.have.length(12);
    for (const key of own) expect(restartReason(key), key).to.equal(null);
  });

  it('are off by default, and read in ratios and milliseconds', () => {
    expect(defaultSettings.risk.protections).to.deep.equal(unprotected);
    const { protections } = readSettings(
      `risk_management:
  protections:
    stop_guard: { stops: 3, within_minutes: 30, pause_minutes: 45, per_market: true }
    max_drawdown: { percentage: 2, within_hours: 6, pause_minutes: 90 }
    daily_loss_limit: { percentage: 1.5 }
    low_profit_market: { trades: 4, within_hours: 12, minimum_percentage: -1, pause_minutes: 600 }`,
      'config.yaml',
      {},
    ).settings.risk;
    expect(protections).to.deep.equal({
      stopGuard: { stops: 3, withinMs: 30 * MINUTE_MS, pauseMs: 45 * MINUTE_MS, perMarket: true },
      maxDrawdown: { depth: 0.02, withinMs: 6 * HOUR_MS, pauseMs: 90 * MINUTE_MS },
      dailyLossLimit: { loss: 0.015 },
      lowProfitMarket: { trades: 4, withinMs: 12 * HOUR_MS, minimum: -0.01, pauseMs: 600 * MINUTE_MS },
    });
  });

  it('are described in docs/semantics.md as they declare it (else: npm run write:docs)', () => {
    const page = readFileSync(new URL('../../docs/semantics.md', import.meta.url), 'utf8');
    expect(withProtectionTable(page)).to.equal(page);
    expect(page).to.match(/^\| `daily_loss_limit` \| the equity at a minute’s close is /m);
  });
});

describe('stop_guard', () => {
  const guard = { stops: 2, withinMs: 10 * MINUTE_MS, pauseMs: 5 * MINUTE_MS, perMarket: false };
  // bought and sold at the stop in minutes 1 and 3: the exits are at the closes, minutes 2 and 4
  const entries = [[1], [3], [4], [4, 1], [8], [9]] as const;

  it('keeps back every entry from the last of the stops until the pause is over', () => {
    const { events } = story({ stopGuard: guard }, [1, 3], entries);
    expect(endings(events)).to.deep.equal([1, 3, 'stop_guard', 'stop_guard', 'stop_guard', 9]);
    const off = story({}, [1, 3], entries);
    expect(endings(off.events)).to.deep.equal([1, 3, 4, 4, 'already_open', 'already_open']);
  });

  it('counts each market alone if configured', () => {
    const { events } = story({ stopGuard: { ...guard, perMarket: true } }, [1, 3], entries);
    expect(endings(events)).to.deep.equal([1, 3, 'stop_guard', 4, 'stop_guard', 9]);
    const each = story({ stopGuard: { ...guard, perMarket: true } }, [1, 3], [[1], [3, 1], [4], [4, 1]]);
    expect(endings(each.events)).to.deep.equal([1, 3, 4, 4]);
  });

  it('does not count stops that lie further apart, nor a stop that was raised to a gain', () => {
    expect(endings(story({ stopGuard: guard }, [1, 12], [[1], [12], [13]]).events)).to.deep.equal([1, 12, 13]); // 11 minutes
    expect(endings(story({ stopGuard: guard }, [1, 11], [[1], [11], [12]]).events)).to.deep.equal([
      1,
      11,
      'stop_guard',
    ]);
    const candles = [candle(0, 100, 100, 100, 100), candle(1, 100, 105, 100, 105), candle(2, 105, 105, 103, 104), candle(3, 104, 104, 104, 104)]; // prettier-ignore
    const gained = play({
      candles,
      opportunities: [opportunity(0), opportunity(2)],
      risk: protectedBy({ stopGuard: { ...guard, stops: 1 } }),
    });
    expect(gained.events.map(({ kind }) => kind)).to.deep.equal(['opened', 'stop_raised', 'exited', 'opened']);
  });
});

describe('max_drawdown', () => {
  it('keeps back entries while equity was that far under its highest in the window, and for the pause after', () => {
    const fall = { depth: 0.0009, withinMs: 10 * MINUTE_MS, pauseMs: 3 * MINUTE_MS };
    // 10,000 at the close of minute 0, that is minute 1; 9,990 from minute 2 on, under it until minute 11
    const entries = [[1], [2], [11], [13], [14]] as const;
    expect(endings(story({ maxDrawdown: fall }, [1], entries).events)).to.deep.equal([1, 'max_drawdown', 'max_drawdown', 'max_drawdown', 14]); // prettier-ignore
    const deeper = { ...fall, depth: 0.0011 };
    expect(endings(story({ maxDrawdown: deeper }, [1], [[1], [2]]).events)).to.deep.equal([1, 2]);
  });
});

describe('daily_loss_limit', () => {
  it('keeps back entries until the next 00:00 UTC', () => {
    const last = DAY_MS / MINUTE_MS;
    const candles = [0, 1, 2, last - 1, last].map(n => candle(n, 100, 100, n === 1 ? 97 : 100, 100));
    const opportunities = [0, 1, last - 2, last - 1].map(n => opportunity(n));
    const limited = (loss: number) => play({ candles, opportunities, risk: protectedBy({ dailyLossLimit: { loss } }) });
    expect(endings(limited(0.0009).events)).to.deep.equal([1, 'daily_loss_limit', 'daily_loss_limit', last]);
    expect(endings(limited(0.0011).events).slice(0, 2)).to.deep.equal([1, 2]);
  });
});

describe('low_profit_market', () => {
  it('keeps back a market whose last trades made too little of their stakes', () => {
    const low = { trades: 2, withinMs: HOUR_MS, minimum: -0.01, pauseMs: 5 * MINUTE_MS };
    const entries = [[1], [3], [4], [4, 1], [9]] as const;
    expect(endings(story({ lowProfitMarket: low }, [1, 3], entries).events)).to.deep.equal([1, 3, 'low_profit_market', 4, 9]); // prettier-ignore
    // both trades lost 2 %
    const enough = { ...low, minimum: -0.021 };
    expect(endings(story({ lowProfitMarket: enough }, [1, 3], [[1], [3], [4]]).events)).to.deep.equal([1, 3, 4]);
    const apart = { ...low, withinMs: MINUTE_MS };
    expect(endings(story({ lowProfitMarket: apart }, [1, 3], [[1], [3], [4]]).events)).to.deep.equal([1, 3, 4]);
  });
});

describe('a protection of a live portfolio', () => {
  const MARKETS = ['AAA/USD', 'BBB/USD'].map(marketOf);
  const at100 = bookOf([[99, 1e6]], [[100, 1e6]]);
  const terms = {
    risk: protectedBy({ stopGuard: { ...unprotected.stopGuard, stops: 1, pauseMs: 5 * MINUTE_MS } }),
    costs: free,
  };
  const brokerOf = (portfolio: ReturnType<typeof emptyPortfolio>) =>
    new BookBroker(portfolio, new Float64Array(2).fill(NaN), () => 1);
  const enter = (broker: BookBroker, market: number, at: number, given = terms) => {
    broker.found([{ ...opportunity(0, market), at: at - MINUTE_MS - 1_000 }], at);
    return endings(broker.look(new Map([[market, at100]]), at, given));
  };
  /** A portfolio that was stopped out half a minute after minute 2. */
  const stopped = () => {
    const broker = brokerOf(emptyPortfolio(MARKETS, 10_000));
    enter(broker, 0, minute(2));
    broker.look(new Map([[0, bidding([97, 1e6])]]), minute(2) + 30_000, terms);
    expect(broker.held).to.deep.equal([]);
    return broker;
  };

  it('knows a stop once its minute has closed', () => {
    expect(enter(stopped(), 1, minute(2) + 50_000))
      .to.have.length(1)
      .and.not.to.include('stop_guard');
    expect(enter(stopped(), 1, minute(3))).to.deep.equal(['stop_guard']);
    expect(enter(stopped(), 1, minute(7) + 29_999)).to.deep.equal(['stop_guard']);
    expect(enter(stopped(), 1, minute(7) + 30_000)).not.to.include('stop_guard');
  });

  it('goes on after a restart on other lanes, and says until when it pauses', () => {
    const { portfolio } = stopped();
    const pauses = pausesAt(portfolio.history, terms.risk, minute(3));
    expect(pauses).to.deep.equal([{ reason: 'stop_guard', symbol: null, until: minute(7) + 30_000 }]);
    const state = JSON.parse(JSON.stringify(stateOf(portfolio, () => 0, undefined, pauses))) as PortfolioState;
    expect(state.pauses).to.deep.equal(pauses);
    const wider = ['AAA/EUR', 'AAA/USD', 'BBB/USD'].map(marketOf);
    const past = { entered: 1, stoppedAt: new Map<string, number>(), pending: [] };
    const restored = restorePortfolio(state, wider, past);
    expect(restored.history).to.deep.equal(portfolio.history);
    expect(enter(brokerOf(restored), 2, minute(6))).to.deep.equal(['stop_guard']);
  });

  it('ends its pause when it is switched off, and then remembers nothing', () => {
    const broker = stopped();
    expect(enter(broker, 1, minute(3), { risk: protectedBy({}), costs: free })).not.to.include('stop_guard');
    expect(broker.portfolio.history).to.deep.equal({ closes: [], markedUntil: null, states: {} });
  });

  it('keeps no more than it needs', () => {
    const broker = stopped();
    const { history } = broker.portfolio;
    const horizon = terms.risk.protections.stopGuard.withinMs + 5 * MINUTE_MS;
    broker.look(new Map(), minute(2) + horizon, terms);
    expect(history.closes).to.have.length(1);
    broker.look(new Map(), minute(4) + horizon, terms);
    expect(history.closes).to.have.length(0);
  });
});
