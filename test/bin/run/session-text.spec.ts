import { expect } from 'chai';
import { elapsedText, summaryText } from '../../../bin/run/session-text.js';

describe('the last line of a run', () => {
  const session = { balance: 10_000, currency: 'USD', opportunities: 1, bought: 2, sold: 3, profit: 12.5, open: 1 };

  it('says what was found, bought and sold, and where the portfolio stands', () => {
    expect(summaryText({ ...session, equity: 10_012.5 })).to.equal(
      '1 opportunity, 2 buys, 3 sales for +12.50 USD, 1 open, equity 10,012.50 USD',
    );
    expect(summaryText({ ...session, currency: null, opportunities: 0, bought: 1, sold: 1, equity: null })).to.equal(
      '0 opportunities, 1 buy, 1 sale for +12.50, 1 open',
    );
  });

  it('says how long it was to run', () => {
    expect([12_000, 90_000, 360_000].map(elapsedText)).to.deep.equal([
      '--for 12 s has elapsed',
      '--for 90 s has elapsed',
      '--for 6 min has elapsed',
    ]);
  });
});
