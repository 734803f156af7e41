import { expect } from 'chai';
import { diskSpace, diskTrouble } from '../../lib/ops/disk.js';
import { forecast, type StorageFacts } from '../../lib/ops/forecast.js';
import { DAY_MS, HOUR_MS } from '../../lib/units.js';

const GB = 1e9;
const START = Date.UTC(2026, 0, 1);
/** A run of ten days, that has stored 100 MB in its last day, of which 10 stay for ever. */
const facts = (over: Partial<StorageFacts> = {}): StorageFacts => ({
  bytes: 1 * GB,
  growth: { measuredMs: DAY_MS, passing: 0.09 * GB, lasting: 0.01 * GB, from: START, to: START + 10 * DAY_MS },
  days: 30,
  disk: diskSpace('/data', 50 * GB),
  ...over,
});
const growth = (over: Partial<NonNullable<StorageFacts['growth']>>) => ({ ...facts().growth!, ...over });

describe('how large a database will be', () => {
  it('is what it has, and what is stored until the first month goes', () => {
    // 30 days, and up to 31 more until the month is over: 61 − 10 days at 90 MB
    expect(forecast(facts())).to.deep.equal({
      bytes: 1 * GB,
      perDayBytes: 0.1 * GB,
      unknown: null,
      storageDays: 30,
      atLimitBytes: 1 * GB + 51 * 0.09 * GB,
      inAYearBytes: null,
      disk: facts().disk,
      warnings: [],
    });
  });

  it('is what it has where the first months go already', () => {
    const grown = growth({ to: START + 70 * DAY_MS });
    expect(forecast(facts({ growth: grown })).atLimitBytes).to.equal(1 * GB);
  });

  it('is reported for a year where everything is kept', () => {
    const { atLimitBytes, inAYearBytes } = forecast(facts({ days: null }));
    expect([atLimitBytes, inAYearBytes]).to.deep.equal([null, 1 * GB + 365 * 0.1 * GB]);
  });

  it('is computed from a part of a day, but not from a few minutes', () => {
    const part = forecast(facts({ growth: growth({ measuredMs: 6 * HOUR_MS }) }));
    expect(part.perDayBytes).to.be.closeTo(0.4 * GB, 1);
    const nothing = { perDayBytes: null, atLimitBytes: null, inAYearBytes: null };
    expect(forecast(facts({ growth: growth({ measuredMs: HOUR_MS - 1 }) }))).to.include({
      ...nothing,
      unknown: 'its growth is known once a live run has decided on an hour of minutes',
    });
    expect(forecast(facts({ growth: null }))).to.include({
      ...nothing,
      unknown: 'its growth is not known without a live run',
    });
  });

  it('is warned of where it would not fit beside a gigabyte of room, with the days that are left', () => {
    const fits = 51 * 0.09 * GB + 1 * GB; // what is still to come, and the gigabyte
    const at = (freeBytes: number) => forecast(facts({ disk: diskSpace('/data', freeBytes) })).warnings;
    expect(at(fits + 1)).to.deep.equal([]);
    // 4 GB − 1 GB at 100 MB a day
    expect(at(4 * GB)).to.deep.equal([
      'the disk is too small: the database will have 5.6 GB when minutes of 30 days are kept, and 4.0 GB are free at /data. ' +
        'There is room for 30 more days: keep fewer days (application.market_data_storage_days), follow fewer markets, or move it',
    ]);
    expect(at(0.5 * GB).map(text => text.slice(0, 40))).to.deep.equal([
      'the disk has 500 MB left at /data: below',
      'the disk is too small: the database will',
    ]);
    expect(forecast(facts({ disk: null })).warnings).to.deep.equal([]); // not ours to look at
  });
});

describe('the room on a disk', () => {
  it('is low under a gigabyte, and full under 200 MB', () => {
    const of = (bytes: number) => diskTrouble(diskSpace('/data', bytes));
    expect(of(1 * GB)).to.equal(null);
    expect(of(1 * GB - 1)).to.equal('the disk has 999 MB left at /data: below 200 nothing is bought');
    expect(of(0.2 * GB)).to.equal('the disk has 200 MB left at /data: below 200 nothing is bought');
    expect(of(0.2 * GB - 1)).to.equal('the disk has 199 MB left at /data: nothing is bought until there are 200');
  });
});
