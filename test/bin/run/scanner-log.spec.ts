import { expect } from 'chai';
import { describeFailures, lateText, recoveredText } from '../../../bin/run/scanner-log.js';
import { MOMENTUM_SETUP } from '../../../lib/strategy/setup.js';

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
    expect(lateText(late.slice(0, 1), timeOf, 'loose')).to.equal(
      '1 opportunity of strategy loose of minute 3 found too late to buy, on B/USD',
    );
  });
});

describe('what the scanner says of failures of a strategy', () => {
  it('is where in its file and what, and that it was switched off', () => {
    const lines: string[] = [];
    const note = (_: unknown, text?: string) => void lines.push(text!);
    const error = new Error('no idea');
    const placeOf = (one: Error) => (one === error ? 'strategies/x.ts:4:11' : null);
    const setup = { ...MOMENTUM_SETUP, name: 'mine', strategy: { ...MOMENTUM_SETUP.strategy, placeOf } };
    const failures = [
      { market: 0, at: MINUTE, error, isLast: false },
      { market: 0, at: 2 * MINUTE, error: new Error('elsewhere'), isLast: true },
      { market: 0, at: 2 * MINUTE, error, isLast: true, isExit: true as const },
    ];
    const signal = { setup, failures, decision: new Uint8Array(0), opportunities: [], exits: null };
    const log = { debug: note, info: note, warn: note, error: note };
    describeFailures(log, signal, ['BTC/USD'], timeOf);
    expect(lines).to.deep.equal([
      'strategy mine failed on the minute minute 1: strategies/x.ts:4:11: no idea',
      'strategy mine failed on the minute minute 2: elsewhere',
      'strategy mine failed three times in a row: it decides nothing on this market until its file changes, or the next start',
      'strategy mine failed on the minute minute 2: strategies/x.ts:4:11: no idea',
      'the exit of strategy mine failed three times in a row: it sells nothing on this market until its file changes, or the next start',
    ]);
  });
});
