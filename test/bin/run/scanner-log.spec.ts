import { expect } from 'chai';
import { lateText, recoveredText } from '../../../bin/run/scanner-log.js';

const MINUTE = 60_000;
const timeOf = (at: number) => `minute ${at / MINUTE}`;

describe('what the scanner says of its recovery', () => {
  const SYMBOLS = ['BTC/USD', 'ETH/USD', 'SOL/USD'];

  it('is that it has caught up only where every market has', () => {
    expect(recoveredText([], SYMBOLS, null)).to.deep.equal({
      level: 'info',
      text: 'caught up with the exchange; evaluating the strategy from now on',
    });
    expect(recoveredText([1, 2], SYMBOLS, 'SOL/USD: 503').text).to.equal(
      '1 of 3 markets have caught up with the exchange; no decisions yet on ETH/USD, SOL/USD (last: SOL/USD: 503)',
    );
    expect(recoveredText([0, 1, 2], SYMBOLS, null)).to.deep.equal({
      level: 'warn',
      text: 'no market has caught up with the exchange yet: no decisions until it answers',
    });
  });

  it('sums up in a line what was found too late to buy', () => {
    const late = [3, 1, 2].map(minute => ({ symbol: `${'CAB'[minute - 1]}/USD`, at: minute * MINUTE }));
    expect(lateText(late, timeOf)).to.equal(
      '3 opportunities from minute 1 to minute 3 found too late to buy, on A/USD, B/USD, C/USD',
    );
    expect(lateText(late.slice(0, 1), timeOf)).to.equal('1 opportunity of minute 3 found too late to buy, on B/USD');
  });
});
