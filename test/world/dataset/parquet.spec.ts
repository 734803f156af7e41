import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Block } from '../../../lib/training/block.js';
import type { Column } from '../../../lib/training/columns.js';
import { FileToRead } from '../../../lib/world/dataset/file-to-read.js';
import { packPages, pagesOf, unpackPages } from '../../../lib/world/dataset/pages.js';
import { parquetOf, readParquet } from '../../../lib/world/dataset/parquet.js';
import { duckdb } from '../../support/duckdb.js';
import { casesOf } from '../../support/runs.js';

const TEXTS = Array.from({ length: 9 }, (_, n) => `text-${n}`);
const columns: readonly Column[] = [
  { name: 'market', type: 'text', role: 'key' },
  { name: 'open_time', type: 'time', role: 'key' },
  { name: 'number', type: 'double', role: 'feature' },
  { name: 'count', type: 'integer', role: 'feature' },
  { name: 'flag', type: 'boolean', role: 'feature' },
  { name: 'known_since', type: 'time', role: 'record' },
  { name: 'reason', type: 'text', role: 'record', texts: TEXTS },
  { name: 'single', type: 'text', role: 'record', texts: ['the only one'] },
].map(column => ({ ...column, unit: null, meaning: '', knownAt: 'open_time' }) as Column);
const START = Date.UTC(2026, 1, 1);

/** Values and nulls (NaN), in runs and mixed, or none at all. */
const valuesOf = (rows: number, value: fc.Arbitrary<number>) => {
  const mixed = fc.array(fc.oneof(value, fc.constant(NaN)), { minLength: rows, maxLength: rows });
  const full = fc.array(value, { minLength: rows, maxLength: rows });
  const same = fc.oneof(value, fc.constant(NaN)).map(one => Array<number>(rows).fill(one));
  return fc.oneof(mixed, full, same);
};
const day = (date: number) =>
  fc.integer({ min: 1, max: 60 }).chain(rows =>
    fc
      .record({
        number: valuesOf(rows, fc.double({ noNaN: true })),
        count: valuesOf(rows, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
        flag: valuesOf(rows, fc.integer({ min: 0, max: 1 })),
        known_since: valuesOf(rows, fc.integer({ min: 0, max: 4e12 })),
        reason: valuesOf(rows, fc.integer({ min: 0, max: TEXTS.length - 1 })),
        single: valuesOf(rows, fc.constant(0)),
      })
      .map((values): Block => {
        const open = Array.from({ length: rows }, (_, row) => START + date * 86_400_000 + row * 60_000);
        const lists = Object.entries({ open_time: open, ...values });
        return {
          symbol: 'BTC/USD',
          date: new Date(open[0]!).toISOString().slice(0, 10),
          rows,
          values: new Map(lists.map(([name, list]) => [name, Float64Array.from(list)])),
        };
      }),
  );

describe('a Parquet file that is joined from the pages of days', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-parquet-'));
  const path = join(folder, 'part-0.parquet');
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('holds every value and every null of them, for its own reader and for DuckDB', async () => {
    const groups = fc.integer({ min: 1, max: 5 }).chain(days =>
      fc.record({
        blocks: fc.tuple(...Array.from({ length: days }, (_, n) => day(n))),
        cut: fc.integer({ min: 0, max: days }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(groups, async ({ blocks, cut }) => {
        const pages = blocks.map(block => unpackPages(Buffer.from(packPages(pagesOf(block, columns)))));
        const rowGroups = [pages.slice(0, cut), pages.slice(cut)].filter(group => group.length > 0);
        writeFileSync(path, Buffer.concat([...parquetOf('BTC/USD', rowGroups, columns)]));
        const all = (name: string) => blocks.flatMap(({ values }) => [...values.get(name)!]);
        const names = columns.map(({ name }) => name).filter(name => name !== 'market');

        const file = new FileToRead(path);
        const read: ReadonlyMap<string, Float64Array>[] = [];
        const coded = columns.map(column => (column.name === 'market' ? { ...column, texts: ['BTC/USD'] } : column));
        for await (const values of readParquet(file, coded)) read.push(values);
        file.close();
        expect(read).to.have.length(rowGroups.length);
        for (const name of names) expect(read.flatMap(values => [...values.get(name)!])).to.deep.equal(all(name));

        const rows =
          await duckdb(`select market, epoch_ms(open_time)::double as open_time, number, count::double as count, flag,
          epoch_ms(known_since)::double as known_since, reason, single from '${path}' order by open_time`);
        const plain = (name: string): unknown[] => {
          const texts = columns.find(column => column.name === name)!.texts;
          return all(name).map(value =>
            Number.isNaN(value) ? null : name === 'flag' ? value === 1 : texts ? texts[value] : value,
          );
        };
        for (const name of names)
          expect(
            rows.map(row => row[name]),
            name,
          ).to.deep.equal(plain(name));
        expect(new Set(rows.map(({ market }) => market))).to.deep.equal(new Set(['BTC/USD']));
      }),
      { numRuns: casesOf(20) },
    );
  });
});
