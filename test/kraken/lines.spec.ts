import { expect } from 'chai';
import fc from 'fast-check';
import { lineReader } from '../../lib/kraken/lines.js';

interface Read {
  readonly line: number;
  readonly columns: number;
  readonly values: readonly number[];
  readonly text: string;
}

const read = (text: string, width: number, pieceBytes: number): readonly Read[] => {
  const rows: Read[] = [];
  const reader = lineReader(width, row =>
    rows.push({ line: row.line, columns: row.columns, values: [...row.values], text: row.text() }),
  );
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.piece(Buffer.from(bytes.subarray(at, at + pieceBytes)));
  reader.end();
  return rows;
};

describe('lines of numbers', () => {
  it('are read as Number reads them, to the last bit', () => {
    const decimal = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.tuple(fc.nat(10 ** 9), fc.nat(10 ** 8)).map(([whole, part]) => `${whole}.${String(part).padStart(8, '0')}`),
      fc.constantFrom('0', '0.1', '.5', '5.', '00012.5000', '1e-7', '123456789012345678', '0.000000000000000000001'),
    );
    fc.assert(
      fc.property(
        fc.array(decimal, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 50 }),
        (texts, bytes) => {
          const [row] = read(`${texts.join(',')}\n`, texts.length, bytes);
          expect(row!.values).to.deep.equal(texts.map(Number));
        },
      ),
    );
  });

  it('are the same wherever the text is cut into pieces', () => {
    const text = '\ufeff1,2.5,3\r\n\n4,,6\n7,8\n9,10,11,12\nlast,-1,1';
    for (let bytes = 1; bytes <= text.length + 2; bytes++) {
      const rows = read(text, 3, bytes);
      expect(rows.map(({ line, columns }) => [line, columns])).to.deep.equal([
        [1, 3],
        [3, 3],
        [4, 2],
        [5, 4],
        [6, 3],
      ]);
      expect(rows[0]!.values).to.deep.equal([1, 2.5, 3]);
      expect(rows[1]!.values).to.deep.equal([4, NaN, 6]);
      expect(rows[4]!.values).to.deep.equal([NaN, -1, 1]);
      expect(rows[4]!.text).to.equal('last,-1,1');
    }
  });

  it('hold no number where JavaScript alone would see one', () => {
    expect(read('0x10, ,Infinity,1_0,1e,--1,"1"\n', 7, 100)[0]!.values).to.deep.equal(Array(7).fill(NaN));
  });

  it('are refused when one does not end', () => {
    expect(() => read('1'.repeat(5_000), 1, 5_000)).to.throw(RangeError, 'line 1 does not end');
  });
});
