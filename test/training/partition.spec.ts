import { expect } from 'chai';
import { FILE_SPANS, pathOf, placeOf } from '../../lib/training/partition.js';
import { DAY_MS } from '../../lib/units.js';

describe('the place of a file in a dataset', () => {
  const day = (...[year, month, date]: [number, number, number]) => Date.UTC(year, month - 1, date);

  it('is named by its market and the day, month or year that it holds', () => {
    expect(FILE_SPANS.map(span => pathOf('BTC/USD', '2025-12-31', span, 'parquet'))).to.deep.equal([
      'data/symbol=BTC-USD/date=2025-12-31/part-0.parquet',
      'data/symbol=BTC-USD/month=2025-12/part-0.parquet',
      'data/symbol=BTC-USD/year=2025/part-0.parquet',
    ]);
    const places = FILE_SPANS.map(span => placeOf(pathOf('BTC/USD', '2025-12-31', span, 'csv'), span, 'csv'));
    expect(places).to.deep.equal([
      { symbol: 'BTC/USD', from: day(2025, 12, 31), to: day(2026, 1, 1) },
      { symbol: 'BTC/USD', from: day(2025, 12, 1), to: day(2026, 1, 1) },
      { symbol: 'BTC/USD', from: day(2025, 1, 1), to: day(2026, 1, 1) },
    ]);
    // A leap year
    expect(placeOf('data/symbol=A-B/month=2024-02/part-0.csv', 'month', 'csv')).to.deep.include({
      to: day(2024, 2, 1) + 29 * DAY_MS,
    });
  });

  it('is none of a file of another span or format, of a day that there is not, or elsewhere', () => {
    for (const path of [
      'data/symbol=BTC-USD/year=2025/part-0.parquet',
      'data/symbol=BTC-USD/month=2025-13/part-0.csv',
      'data/symbol=BTC-USD/month=2025/part-0.csv',
      'data/symbol=BTC-USD/month=2025-12-01/part-0.csv',
      'data/symbol=BTC-USD/month=2025-12/part-1.csv',
      'symbol=BTC-USD/month=2025-12/part-0.csv',
      'data/symbol=BTC/month=2025-12/part-0.csv',
      'data/../data/symbol=BTC-USD/month=2025-12/part-0.csv',
    ])
      expect(placeOf(path, 'month', 'csv'), path).to.equal(null);
    expect(placeOf('data/symbol=BTC-USD/date=2025-02-30/part-0.csv', 'day', 'csv')).to.equal(null);
  });
});
