import { expect } from 'chai';
import { createColors } from 'picocolors';
import { repeatKeyOf } from '../../lib/ops/repeat-key.js';
import { readableLine } from '../../lib/ops/line.js';
import { cut, plain } from '../../lib/ops/plain.js';
import { redactor } from '../../lib/ops/redact.js';

const colours = createColors(false);
const RECORD = { name: 'scanner', level: 40, time: '2026-04-01T12:30:05.007Z', v: 0, pid: 1, hostname: 'h' };
const asIs = (text: string) => text;

describe('a line on a terminal', () => {
  it('shows time, level, who, market, text and fields in columns', () => {
    expect(
      readableLine({ ...RECORD, market: 'BTC/USD', msg: 'stale book', ageMs: 1500, why: 'no answer' }, colours),
    ).to.equal('12:30:05.007 WARN  scanner   BTC/USD   stale book (ageMs=1500, why="no answer")');
  });

  it('shows an error, and its stack where it is grave', () => {
    const err = {
      name: 'DriverException',
      code: '23505',
      message: 'duplicate key',
      stack: '    at a (x.js:1:2)\n    at b',
    };
    expect(readableLine({ ...RECORD, level: 50, msg: 'not stored', err }, colours)).to.equal(
      '12:30:05.007 ERROR scanner   not stored: DriverException 23505 duplicate key\n    at a (x.js:1:2)\n    at b',
    );
    expect(readableLine({ ...RECORD, msg: 'not stored', err }, colours)).not.to.include('\n');
  });

  it('lets no text from outside move the cursor, break the line or turn the writing round', () => {
    const hostile = 'x\u001b[2J\r\n\u0007\u202e\u0000y';
    const line = readableLine(
      { ...RECORD, market: hostile, msg: hostile, [hostile]: hostile, err: { message: hostile } },
      colours,
    );
    expect(line).to.match(/^[\x20-\x7e]*$/);
    expect(line).to.include('x\\u{1b}[2J\\u{d}\\u{a}\\u{7}\\u{202e}\\u{0}y');
  });

  it('survives a record that is not one', () => {
    expect(readableLine({ level: 'x', time: 'never' }, colours)).to.include('--:--:--.---');
  });
});

describe('what a line may hold', () => {
  it('cuts a text at 300 characters, after its secrets are gone', () => {
    const secret = 'correct-horse-battery';
    const shown = cut(`${'x'.repeat(295)}${secret}`, redactor([secret]));
    expect(shown).to.equal(`${'x'.repeat(295)}***`); // 298 characters: a cut first would have left "corre"
    expect(cut('y'.repeat(1_000_000), asIs))
      .to.have.length(300)
      .and.match(/^y{299}…$/);
  });

  it('keeps of a database error its code, constraint and table, not the statement and its values', () => {
    const error = Object.assign(new Error("insert into trade values ('4,711 USD') - duplicate key value"), {
      name: 'UniqueConstraintViolationException',
      code: '23505',
      constraint: 'trade_open',
      table: 'simulated_trade',
      query: "insert into trade values ('4,711 USD')",
      detail: 'Key (market)=(4,711 USD) already exists.',
    });
    const shown = plain({ err: error }, asIs) as { err: Record<string, string> };
    expect(shown.err).to.include({
      code: '23505',
      constraint: 'trade_open',
      table: 'simulated_trade',
      message: 'duplicate key value',
    });
    expect(JSON.stringify(shown)).not.to.include('4,711');
  });

  it('shows causes of errors, and no other object that hangs on them', () => {
    const error = new Error('outer', { cause: new TypeError('inner') });
    Object.assign(error, { config: { headers: { 'API-Key': 'abc' } } });
    const shown = plain(error, asIs) as { cause: { name: string; message: string }; stack: string };
    expect(shown).to.have.keys('name', 'message', 'stack', 'cause');
    expect(shown.cause).to.include({ name: 'TypeError', message: 'inner' });
    expect(shown.stack).to.match(/^Error: outer\n\s+at /);
  });

  it('takes cycles, getters that throw, numbers that JSON lacks and endless lists', () => {
    const cyclic: Record<string, unknown> = {
      nan: NaN,
      big: 10n,
      apiKey: 'abc',
      none: undefined,
      many: Array(1_000).fill(7),
    };
    cyclic.self = cyclic;
    cyclic.trap = Object.defineProperty({}, 'x', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    const shown = plain(cyclic, asIs) as Record<string, unknown>;
    expect(shown).to.include({ nan: 'NaN', big: '10', apiKey: '***', none: null, trap: '[unreadable]' });
    expect(shown.many).to.have.length(51);
    expect(JSON.stringify(shown)).to.have.length.below(5_000);
  });
});

describe('what counts as the same line', () => {
  it('is a warning of the same market, text and error, whatever its numbers', () => {
    const first = repeatKeyOf(40, { market: 'BTC/USD', err: { name: 'E', message: 'after 12 ms' } }, 'try 1 failed');
    expect(
      repeatKeyOf(40, { market: 'BTC/USD', err: { name: 'E', message: 'after 7.5 ms' } }, 'try 22 failed'),
    ).to.equal(first);
    expect(
      repeatKeyOf(40, { market: 'ETH/USD', err: { name: 'E', message: 'after 12 ms' } }, 'try 1 failed'),
    ).not.to.equal(first);
    expect(
      repeatKeyOf(40, { market: 'BTC/USD', err: { name: 'F', message: 'after 12 ms' } }, 'try 1 failed'),
    ).not.to.equal(first);
  });

  it('is never another trade of the same minute', () => {
    const closed = (pnl: number) => repeatKeyOf(30, { market: 'BTC/USD', pnl }, 'closed');
    expect(closed(1)).not.to.equal(closed(2));
    expect(closed(1)).to.equal(closed(1));
  });

  it('is what has the same key, of whatever market, and whatever numbers are in that key', () => {
    const of = (repeatKey: unknown, market = 'A') => repeatKeyOf(40, { repeatKey, market }, `text of ${market}`);
    expect(of('exchange down')).to.equal(of('exchange down', 'B'));
    expect(of('the exchange is left alone for 61 s: 1,024 requests')).to.equal(
      of('the exchange is left alone for 7.5 s: 12 requests', 'B'),
    );
    expect(of('ray id 8f2ab3c4, -1.5e-7')).to.equal(of('ray id 91d2e3ff, 12'));
    expect(of('refused')).not.to.equal(of('accepted'));
  });

  it('is not what differs in a number of a key that is a list: line 3 of an edit is not line 4', () => {
    const of = (...repeatKey: readonly (string | number)[]) => repeatKeyOf(40, { repeatKey }, 'text');
    expect(of('edit', 7, 3)).to.equal(of('edit', 7, 3));
    expect(new Set([of('edit', 7, 3), of('edit', 7, 4), of('edit', 8, 3)])).to.have.length(3);
    expect(of('edit', 7, 'found 850')).to.equal(of('edit', 7, 'found 85'));
  });
});
