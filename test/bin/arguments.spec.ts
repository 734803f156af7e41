import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { openPeriod, parseAskedPeriod, parseSpan, parseTime, wholePeriod } from '../../bin/arguments.js';
import { UserError } from '../../lib/errors.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../lib/units.js';

const utc = (text: string): number => Date.parse(`${text}Z`);

describe('times and periods of the command line', () => {
  let clock: SinonFakeTimers;
  before(() => (clock = useFakeTimers({ now: utc('2026-03-14T15:09:26'), toFake: ['Date'] })));
  after(() => clock.restore());

  it('are UTC minutes or days, or named', () => {
    expect(parseTime('--from', '2026-04-01')).to.equal(utc('2026-04-01T00:00'));
    expect(parseTime('--from', '2026-04-01T12:30')).to.equal(utc('2026-04-01T12:30'));
    expect(parseTime('--to', 'now')).to.equal(utc('2026-03-14T15:09'));
    expect(parseTime('--to', 'today')).to.equal(utc('2026-03-14T00:00'));
    expect(parseTime('--from', 'yesterday')).to.equal(utc('2026-03-13T00:00'));
    for (const text of ['toString', 'Today', '', '12:30'])
      expect(() => parseTime('--at', text), text).to.throw(UserError, /--at: found/);
  });

  it('span minutes, hours, days or weeks', () => {
    expect(['90m', '36h', '30d', '2w'].map(text => parseSpan('--last', text))).to.deep.equal([
      90 * MINUTE_MS,
      36 * HOUR_MS,
      30 * DAY_MS,
      14 * DAY_MS,
    ]);
    for (const text of ['0d', '30', 'd', '-1d', '1.5h', '1y', '1000000w'])
      expect(() => parseSpan('--last', text), text).to.throw(UserError, /--last: found/);
  });

  it('begin and end with what is stored where nothing else is said', () => {
    const stored = { first: utc('2026-01-01'), end: utc('2026-02-01') };
    const whole = (options: Parameters<typeof parseAskedPeriod>[0]) => {
      const { from, to } = wholePeriod(parseAskedPeriod(options), stored);
      return [from, to].map(at => new Date(at).toISOString().slice(0, 16));
    };
    expect(whole({})).to.deep.equal(['2026-01-01T00:00', '2026-02-01T00:00']);
    expect(whole({ from: '2026-01-10' })).to.deep.equal(['2026-01-10T00:00', '2026-02-01T00:00']);
    expect(whole({ to: '2026-01-10' })).to.deep.equal(['2026-01-01T00:00', '2026-01-10T00:00']);
    expect(whole({ last: '36h' })).to.deep.equal(['2026-01-30T12:00', '2026-02-01T00:00']);
    expect(whole({ last: '1d', to: '2026-01-10' })).to.deep.equal(['2026-01-09T00:00', '2026-01-10T00:00']);
    expect(whole({ from: '2025-01-01', to: 'today' })).to.deep.equal(['2025-01-01T00:00', '2026-03-14T00:00']);
    expect(() => whole({ from: '2026-02-01' })).to.throw(UserError, /the stored candles end at 2026-02-01T00:00 UTC/);
    expect(() => whole({ from: '2026-01-01', last: '1d' })).to.throw(UserError, /expected one of them/);
    expect(() => whole({ from: '2026-01-02', to: '2026-01-01' })).to.throw(UserError, /is not after --from/);
  });

  it('leave ends open that the stored candles decide by themselves', () => {
    const end = utc('2026-02-01');
    expect(openPeriod({}, end)).to.deep.equal({});
    expect(openPeriod({ to: end }, NaN)).to.deep.equal({ to: end });
    expect(openPeriod({ last: DAY_MS }, end)).to.deep.equal({ from: end - DAY_MS });
  });
});
