import { expect } from 'chai';
import { ExchangeFailure, type FailureKind } from '../../lib/exchange/failure.js';
import type { OhlcAnswer, OhlcRow, PublicTrade, TradesAnswer } from '../../lib/exchange/ports.js';
import { Lanes, type LaneAnswer } from '../../lib/market-data/lanes.js';
import { CandleColumns } from '../../lib/market-data/candles.js';
import { EMPTY_SERIES } from '../../lib/market-data/series.js';
import { answer, line, minute, quietRow, row } from './answers.js';
import { RULES } from './played.js';

/** Two seconds after minute `n` closed. */
const after = (n: number) => minute(n + 1) + 2_000;
const start = (last: number | null) => ({
  from: minute(0),
  series: last === null ? EMPTY_SERIES : { at: minute(last), close: 100, good: 100, pending: Number.NaN },
});
const lanesOf = (...last: readonly (number | null)[]) => new Lanes(last.map(start), RULES);
const candles = (market: number, answered: OhlcAnswer, askedAt = Infinity, since = Infinity): LaneAnswer => ({
  kind: 'candles',
  market,
  answer: answered,
  askedAt,
  since,
});
const takes = (lanes: Lanes, n: number, ...answers: readonly LaneAnswer[]) =>
  lanes
    .take(
      answers.map(each => (each.kind === 'candles' ? { ...each, askedAt: Math.min(each.askedAt, after(n)) } : each)),
      after(n),
    )
    .map(line);
const due = (lanes: Lanes, n: number) => lanes.due(after(n), 10, () => 0).map(({ market }) => market);
const failed = (market: number, kind: FailureKind): LaneAnswer => ({
  kind: 'failed',
  market,
  of: 'ohlc',
  failure: new ExchangeFailure(kind, kind),
});
const trade = (n: number, second: number, price: number, size = 1): PublicTrade => ({
  id: null,
  at: minute(n) + second * 1_000,
  price,
  size,
  side: null,
});
const page = (trades: readonly PublicTrade[], n: number, over: Partial<TradesAnswer> = {}): LaneAnswer => ({
  kind: 'trades',
  market: 0,
  askedAt: after(n),
  page: { trades, last: `${trades.at(-1)?.at ?? 0}000000`, rejected: 0, ...over },
});

describe('lanes', () => {
  it('ask from the last minute that was traded, and some minutes back for revisions', () => {
    const lanes = lanesOf(9);
    expect(takes(lanes, 12, candles(0, answer([row(9), row(10), quietRow(11), quietRow(12)])))).to.deep.equal([
      'tape 10 tqq',
    ]);
    expect(lanes.due(after(13), 1, () => 0)).to.deep.equal([{ market: 0, since: minute(8) }]); // five before 13
    const quiet = Array.from({ length: 20 }, (_, i) => quietRow(10 + i));
    expect(takes(lanes, 29, candles(0, answer(quiet)))).to.deep.equal(['tape 13 ' + 'q'.repeat(17)]);
    expect(lanes.due(after(30), 1, () => 0)).to.deep.equal([{ market: 0, since: minute(10) }]); // the last trade
  });

  it('have nothing to ask before a minute is settled', () => {
    const lanes = lanesOf(9);
    expect(lanes.due(minute(11) + 1_999, 1, () => 0)).to.deep.equal([]);
    expect(lanes.isCaughtUp(minute(11) + 1_999)).to.equal(true);
    expect(lanes.due(minute(11) + 2_000, 1, () => 0)).to.have.length(1);
    expect(lanes.isCaughtUp(minute(11) + 2_000)).to.equal(false);
  });

  it('leave a minute for the next time that was not settled yet when it was asked for', () => {
    const lanes = lanesOf(9);
    const late = candles(0, answer([row(10), row(11)]), after(11) - 1);
    expect(takes(lanes, 11, late)).to.deep.equal(['tape 10 t']);
    expect(due(lanes, 11)).to.deep.equal([0]);
  });

  it('begin a market of which nothing is known with its first row', () => {
    expect(takes(lanesOf(null), 5, candles(0, answer([row(3), row(4), row(5)])))).to.deep.equal(['tape 3 ttt']);
  });

  it('give a revision out as such, once, and never on a tape again', () => {
    const lanes = lanesOf(9);
    takes(lanes, 10, candles(0, answer([row(10)])));
    const settled = row(10, 100, { volume: 2 });
    expect(takes(lanes, 11, candles(0, answer([settled, row(11)])))).to.deep.equal(['revised 0 10', 'tape 11 t']);
    expect(takes(lanes, 12, candles(0, answer([settled, row(11), row(12)])))).to.deep.equal(['tape 12 t']);
  });

  it('believe a late trade in a quiet minute, and not the claim that a traded one was quiet', () => {
    const lanes = lanesOf(9);
    takes(lanes, 11, candles(0, answer([quietRow(10), row(11)])));
    const again = [row(10), quietRow(11), row(12)];
    expect(takes(lanes, 12, candles(0, answer(again)))).to.deep.equal(['revised 0 10', 'tape 12 t']);
  });

  it('compare all that the exchange has once an hour: what was seen wrongly and then vanished, and what was given up', () => {
    const lanes = lanesOf(null);
    const upTo = (n: number) => Array.from({ length: n + 1 }, (_, i) => row(i));
    const ask = (n: number) => lanes.due(after(n), 1, () => 0)[0]!.since;
    const told = (n: number, rows: readonly OhlcRow[]) => {
      const since = ask(n);
      const asked = rows.filter(({ at }) => at >= since);
      return takes(lanes, n, candles(0, answer(asked), after(n), since));
    };
    told(9, upTo(9));
    told(10, [...upTo(9), row(10, 100, { volume: 0.5 })]);
    for (let n = 11; n < 58; n++) told(n, upTo(n).toSpliced(10, 1)); // the first five of these should have held minute 10
    expect(ask(58)).to.equal(minute(53)); // five before 58
    told(58, upTo(58));
    expect(ask(59)).to.equal(minute(0)); // it is 01:00:02: no minute is an hour old yet
    expect(told(59, upTo(59))).to.deep.equal(['revised 0 10', 'tape 59 t']);
    expect(told(60, upTo(60))).to.deep.equal(['tape 60 t']);
    for (let n = 61; n < 119; n++) told(n, upTo(n));
    expect(told(119, upTo(119))).to.deep.equal(['confirmed 0 0-60', 'tape 119 t']);
  });

  it('confirm nothing by an answer that is old itself, or that claims that a traded minute was quiet', () => {
    const lanes = lanesOf(null);
    const upTo = (n: number) => Array.from({ length: n + 1 }, (_, i) => row(i));
    const told = (n: number, answered: OhlcAnswer) => takes(lanes, n, candles(0, answered, after(n), minute(0)));
    told(100, answer(upTo(100)));
    expect(told(120, answer(upTo(90)))).to.deep.equal(['confirmed 0 0-31']); // it is of minute 91
    const quiet = upTo(180).toSpliced(50, 1, quietRow(50));
    expect(told(180, answer(quiet))).to.deep.equal([
      'confirmed 0 0-50',
      'confirmed 0 51-101',
      `tape 101 ${'t'.repeat(80)}`,
    ]);
  });

  it('compare the markets one after the other in the course of an hour', () => {
    const lanes = lanesOf(...Array.from({ length: 120 }, () => null));
    const rows = [row(0), row(1)];
    takes(lanes, 1, ...lanes.due(after(1), 120, () => 0).map(({ market }) => candles(market, answer(rows))));
    const compared = Array.from({ length: 68 }, (_, i) => {
      const n = 2 + i;
      const asked = lanes.due(after(n), 120, () => 0).filter(({ since }) => since === minute(0));
      const since = new Map(asked.map(({ market, since }) => [market, since]));
      takes(
        lanes,
        n,
        ...Array.from({ length: 120 }, (_, market) =>
          candles(market, answer([row(n)], { newest: minute(n + 1) }), after(n), since.get(market)),
        ),
      );
      return asked.length;
    }).slice(8); // before, five minutes back is further
    expect(Math.max(...compared)).to.equal(2); // 120 markets in 60 minutes
    expect(compared.reduce((sum, each) => sum + each, 0)).to.be.within(118, 122);
  });

  it('compare what was stored before a start with the first answer', () => {
    const stored = new CandleColumns(4);
    for (const n of [0, 1, 2]) stored.push(minute(n), 100, 100, 100, 100, 1, 2, 100);
    const series = { at: minute(2), close: 100, good: 100, pending: Number.NaN };
    const given = new Set([minute(0), minute(1), minute(2)]);
    const lanes = new Lanes(
      [{ series, from: minute(0), stored: { candles: stored, before: EMPTY_SERIES, given } }],
      RULES,
    );
    const { since } = lanes.due(after(90), 1, () => 0)[0]!;
    expect(since).to.be.at.most(minute(0));
    const rows = Array.from({ length: 91 }, (_, n) => (n === 1 ? row(1, 101) : row(n)));
    expect(takes(lanes, 90, candles(0, answer(rows), after(90), since))).to.deep.equal([
      'revised 0 1',
      'confirmed 0 0-3',
      `tape 3 ${'t'.repeat(88)}`,
    ]);
  });

  it('let trades confirm what was not before candles could reach it no more', () => {
    const stored = new CandleColumns(4);
    for (const n of [0, 1, 2]) stored.push(minute(n), 100, 100, 100, 100, 1, 1, 100);
    const series = { at: minute(2), close: 100, good: 100, pending: Number.NaN };
    const start = {
      series,
      from: minute(0),
      stored: { candles: stored, before: EMPTY_SERIES, given: new Set<number>() },
    };
    const everything = (n: number) => Array.from({ length: 720 }, (_, i) => row(n - 719 + i, 100, { trades: 1 }));
    const beginning = [trade(0, 5, 100), trade(1, 5, 103, 2), trade(2, 5, 100), trade(3, 5, 100)];

    const longAway = new Lanes([start], RULES); // minute 3 is out of reach too
    takes(longAway, 800, candles(0, answer(everything(800))));
    expect(longAway.repair(after(800))?.sinceNs).to.equal(`${minute(0) - 1}999999`);
    const page1 = [...beginning, ...Array.from({ length: 300 }, (_, i) => trade(4 + i, 0, 100))];
    expect(takes(longAway, 800, page(page1, 800))).to.deep.equal([
      'revised 0 1',
      'confirmed 0 0-3',
      `tape 3 ${'t'.repeat(198)}`, // 201 is 600 minutes before the newest
    ]);

    const justInReach = new Lanes([start], RULES); // minute 3 is not
    expect(takes(justInReach, 721, candles(0, answer(everything(721))))).to.deep.equal([]);
    expect(justInReach.repair(after(721))?.sinceNs).to.equal(`${minute(0) - 1}999999`);
    expect(takes(justInReach, 721, page(beginning, 721))).to.deep.equal(['revised 0 1', 'confirmed 0 0-3']);
    expect(justInReach.repair(after(721))).to.equal(null);
    expect(takes(justInReach, 722, candles(0, answer([...everything(721), row(722)])))).to.deep.equal([
      `tape 3 ${'t'.repeat(720)}`,
    ]);
  });

  it('look twice at every minute, however many come at once', () => {
    const lanes = lanesOf(9);
    const rows = Array.from({ length: 30 }, (_, i) => (i === 3 ? quietRow(13) : row(10 + i)));
    takes(lanes, 39, candles(0, answer(rows)));
    expect(lanes.due(after(40), 1, () => 0)).to.deep.equal([{ market: 0, since: minute(10) }]);
    rows[3] = row(13);
    expect(takes(lanes, 40, candles(0, answer([...rows, row(40)])))).to.deep.equal(['revised 0 13', 'tape 40 t']);
    expect(lanes.due(after(41), 1, () => 0)).to.deep.equal([{ market: 0, since: minute(36) }]); // five before 41
  });

  it('count a bad row once, however often it is served', () => {
    const lanes = lanesOf(9);
    const rejected = [
      { reason: 'high' as const, at: minute(9) },
      { reason: 'duplicate' as const, at: minute(9) },
    ];
    expect(takes(lanes, 10, candles(0, answer([row(10)], { rejected })))).to.deep.equal([
      'trouble 0 high',
      'trouble 0 duplicate',
      'tape 10 t',
    ]);
    expect(takes(lanes, 11, candles(0, answer([row(11)], { rejected })))).to.deep.equal(['tape 11 t']);
  });

  it('flatten a suspect minute on the tape and keep its values for the store', () => {
    const lanes = lanesOf(9);
    const [event] = lanes.take(
      [candles(0, answer([row(10), row(11, 300), quietRow(12, 300), row(13)]), after(13))],
      after(13),
    );
    expect(line(event!)).to.equal('tape 10 tsqt');
    if (event?.kind !== 'tape') throw new Error('no tape');
    expect([...event.tape.close]).to.deep.equal([100, 100, 100, 100]);
    expect([...event.tape.volume]).to.deep.equal([1, 0, 0, 1]);
    const { candles: rows } = event.rows[0]!;
    expect([...rows.close.subarray(0, 4)]).to.deep.equal([100, 300, 100, 100]);
    expect([...rows.suspect.subarray(0, 4)]).to.deep.equal([0, 1, 0, 0]);
  });

  it('let a market wait for a missing minute while the others go on, and fill it later', () => {
    const lanes = lanesOf(9, 9);
    const whole = [row(10), row(11), row(12)];
    expect(takes(lanes, 11, candles(0, answer([row(10), row(11)])), candles(1, answer([row(11)])))).to.deep.equal([
      'tape 10 tt/..',
    ]);
    expect(takes(lanes, 12, candles(0, answer([row(12)])), candles(1, answer(whole)))).to.deep.equal([
      'late 10 ../tt',
      'tape 12 t/t',
    ]);
  });

  it('turn to trades for a minute that candles lack three times, and back to candles behind it', () => {
    const lanes = lanesOf(9);
    for (const n of [11, 12]) takes(lanes, n, candles(0, answer([row(11), row(12)].slice(0, n - 10))));
    expect(lanes.repair(after(12))).to.equal(null);
    takes(lanes, 13, candles(0, answer([row(11), row(12), row(13)])));
    expect(due(lanes, 13)).to.deep.equal([]);
    expect(lanes.repair(after(13))).to.deep.equal({ market: 0, sinceNs: `${minute(10) - 1}999999` });
    const trades = [trade(10, 1, 100), trade(10, 59, 101), trade(11, 5, 100), trade(12, 5, 100)];
    expect(takes(lanes, 13, page(trades, 13))).to.deep.equal(['tape 10 t']);
    expect(lanes.repair(after(13))).to.equal(null);
    expect(due(lanes, 13)).to.deep.equal([0]);
  });

  it('turn to trades at once for what is out of the reach of candles, page by page', () => {
    const lanes = lanesOf(9);
    const latest = Array.from({ length: 719 }, (_, i) => row(31 + i));
    expect(takes(lanes, 749, candles(0, answer(latest)))).to.deep.equal([]); // 10 to 30 are gone, 750 is forming
    expect(lanes.repair(after(749))?.sinceNs).to.equal(`${minute(10) - 1}999999`);
    expect(takes(lanes, 749, page([trade(10, 0, 100), trade(12, 0, 100), trade(12, 30, 102)], 749))).to.deep.equal([
      'tape 10 tq',
    ]);
    expect(lanes.repair(after(749))?.sinceNs).to.equal(`${minute(12) + 30_000 - 1}999999`);
    const rest = [
      trade(12, 30, 102),
      trade(12, 45, 101, 3),
      ...Array.from({ length: 200 }, (_, i) => trade(13 + i, 0, 100)),
    ];
    const [event] = lanes.take([page(rest, 749)], after(749));
    expect(line(event!)).to.equal('tape 12 ' + 't'.repeat(138)); // 150 is 600 minutes before 750
    if (event?.kind !== 'tape') throw new Error('no tape');
    expect([event.tape.open[0], event.tape.high[0], event.tape.close[0], event.tape.volume[0]]).to.deep.equal([
      100,
      102,
      101,
      5, // 1 + 1 of the first page and 3 of the second
    ]);
    expect(event.rows[0]!.source).to.equal('trades');
    expect(due(lanes, 749)).to.deep.equal([0]);
  });

  it('take two empty pages of trades for silence', () => {
    const lanes = lanesOf(9);
    takes(lanes, 749, candles(0, answer([], { newest: minute(750) })));
    expect(takes(lanes, 749, page([], 749))).to.deep.equal([]);
    expect(takes(lanes, 749, page([], 749))).to.deep.equal(['tape 10 ' + 'q'.repeat(140)]);
  });

  it('give up a hole that is too long, that cannot be filled, or that takes too long to fill, and say so', () => {
    const tooLong = lanesOf(0);
    const days = RULES.maxMinutes + 601;
    expect(takes(tooLong, days, candles(0, answer([row(days - 1), row(days)])))).to.deep.equal([
      'gap 0 1-4920',
      'tape 4920 tt',
    ]);

    const unfillable = lanesOf(9);
    const rows = [row(11), row(12), row(13)];
    for (let i = 0; i < RULES.maxMisses; i++) takes(unfillable, 13, candles(0, answer(rows)));
    for (let i = 0; i < RULES.maxTries; i++) {
      expect(unfillable.repair(after(13))).not.to.equal(null);
      takes(unfillable, 13, page([trade(10, 0, 100)], 13, { rejected: 1 }));
    }
    expect(unfillable.repair(after(13))).to.equal(null);
    expect(takes(unfillable, 13, candles(0, answer(rows)))).to.deep.equal(['gap 0 10-11', 'tape 11 ttt']);

    const slow = lanesOf(9);
    for (let i = 0; i < RULES.maxMisses; i++) takes(slow, 13, candles(0, answer(rows)));
    expect(slow.repair(after(13) + RULES.timeoutMs - 1)).not.to.equal(null);
    expect(slow.repair(after(13) + RULES.timeoutMs)).to.equal(null);
  });

  it('leave a suspect minute right behind a gap out of the tape, and quiet ones after it', () => {
    const lanes = lanesOf(0);
    const n = RULES.maxMinutes + 602;
    const events = takes(lanes, n, candles(0, answer([row(n - 2, 300), quietRow(n - 1, 300), row(n, 301)])));
    expect(events).to.deep.equal([`gap 0 1-${n - 2}`, `tape ${n - 2} ..t`]);
  });

  it('take the own price of a row without trades right behind a gap, since no close is before it', () => {
    const lanes = lanesOf(0);
    const n = RULES.maxMinutes + 602;
    const rows = [quietRow(n - 2, 120), quietRow(n - 1, 125), row(n, 121)];
    const events = lanes.take([candles(0, answer(rows), after(n))], after(n));
    const closes = events.flatMap(event => (event.kind === 'tape' ? [...event.tape.close] : []));
    expect(closes).to.deep.equal([120, 120, 121]);
  });

  it('leave a market alone that the exchange does not know, longer each time, and forget it when it answers', () => {
    const lanes = lanesOf(9);
    const askedIn: number[] = [];
    for (let n = 10; n < 50; n++)
      if (due(lanes, n).length > 0) {
        askedIn.push(n);
        takes(lanes, n, failed(0, 'market'));
      }
    expect(askedIn).to.deep.equal([10, 11, 13, 17, 25, 41]); // after 1, 2, 4, 8, 16 minutes
    expect(due(lanes, 57)).to.deep.equal([0]);
    takes(lanes, 57, candles(0, answer(Array.from({ length: 48 }, (_, i) => row(10 + i)))));
    takes(lanes, 58, failed(0, 'market'));
    expect(due(lanes, 59)).to.deep.equal([0]);
  });

  it('ask again the next minute after any other failure', () => {
    const lanes = lanesOf(9);
    takes(lanes, 10, failed(0, 'temporary'));
    expect(due(lanes, 10)).to.deep.equal([0]);
  });

  it('put a market that has waited for half of the reach before any rank', () => {
    const lanes = lanesOf(9, 399);
    const [first] = lanes.due(after(400), 1, market => (market === 1 ? 0 : 9));
    expect(first?.market).to.equal(0);
  });
});
