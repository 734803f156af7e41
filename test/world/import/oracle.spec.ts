import { expect } from 'chai';
import fc from 'fast-check';
import type { Client } from 'pg';
import { MINUTE_MS } from '../../../lib/units.js';
import { loadFile } from '../../../lib/world/import/load.js';
import { importFile } from '../../../lib/world/import/sources.js';
import { surveyFile } from '../../../lib/world/import/survey.js';
import { ensurePartitions, lockMarket } from '../../../lib/world/store/candles/market.js';
import { storedByWords, type OracleMinute, type OracleRow } from '../../oracle/import.js';
import { openScratch, START, within } from '../store/candles/candles.js';
import { openFolder } from './files.js';
import { casesOf } from '../../support/runs.js';

const RULES = { maxQuietMinutes: 4, maxJump: 0.5 };
const NOW = START + 10_000 * MINUTE_MS;

/** How a row that is no candle can look. */
const BAD = [
  (time: number) => `${time},10,9,8,10,1,1`,
  (time: number) => `${time},10,11,9,0,5,7`,
  (time: number) => `${time},10,11,9,10,-1,1`,
  (time: number) => `${time},10,11,9,10,1,-2`,
];
/** How its time can be of no use. */
const LOST = [0, 4_706_742_060, START / 1_000 + 7];

const lineOf = ({ minute, close, kind }: OracleRow, i: number): string => {
  const time = minute === null ? LOST[i % LOST.length]! : START / 1_000 + minute * 60;
  if (kind === 'bad' && minute !== null) return BAD[i % BAD.length]!(time);
  return kind === 'quiet'
    ? `${time},${close},${close},${close},${close},0,0`
    : `${time},${close},${close + 1},${close / 2},${close},2,3`;
};

const row = fc.record({
  step: fc.constantFrom(1, 1, 1, 2, 3, 4, 5, 6, 9),
  close: fc.constantFrom(10, 11, 14, 16, 24, 40, 100),
  kind: fc.constantFrom('traded', 'traded', 'traded', 'traded', 'other', 'other'),
  other: fc.nat(1),
  file: fc.nat(2),
});
/**
 * The rows of a market in up to three files: contiguous stretches or interleaved, each in the order
 * of time or the reverse; with bad rows or with such that say that nothing was traded.
 */
const market = fc
  .record({
    rows: fc.array(row, { minLength: 1, maxLength: 30 }),
    isCut: fc.boolean(),
    isReversed: fc.boolean(),
    isDamaged: fc.boolean(),
  })
  .map(({ rows, isCut, isReversed, isDamaged }) => {
    const files: OracleRow[][] = [[], [], []];
    let minute = 0;
    let last = 10;
    rows.forEach(({ step, close, kind: drawn, other, file }, i) => {
      minute += step;
      const kind = drawn === 'traded' ? drawn : isDamaged ? (['bad', 'lost'] as const)[other]! : 'quiet';
      const at = isCut ? [2, 0, 1][Math.floor((3 * i) / rows.length)]! : file;
      if (kind === 'lost') files[at]!.push({ minute: null, close, kind: 'bad' });
      else files[at]!.push({ minute, close: kind === 'quiet' ? last : close, kind });
      if (kind === 'traded') last = close;
    });
    const filled = files.filter(file => file.some(({ kind }) => kind !== 'bad'));
    return isReversed ? filled.map(file => file.toReversed()) : filled;
  });

describe('imported files, recomputed from the semantics by a naive second implementation', () => {
  let client: Client;
  let close: () => Promise<void>;
  let folder: ReturnType<typeof openFolder>;
  let markets = 0;
  before(async () => {
    ({ client, close } = await openScratch());
    await ensurePartitions(client, START, NOW);
    folder = openFolder();
  });
  after(async () => {
    folder.remove();
    await close();
  });

  const load = async (coin: string, rows: readonly OracleRow[]) => {
    // Kraken's files have no header and no first row without a usable time: such a file is refused.
    const { candles } = await importFile(folder.write(`${coin}USD_1.csv`, rows.map(lineOf).join('\n')));
    const survey = await surveyFile(candles[0]!, NOW, () => undefined);
    return within(client, () => loadFile(client, survey, RULES, NOW, () => undefined));
  };
  const storedOf = async (coin: string): Promise<Map<number, OracleMinute>> => {
    const { rows } = await client.query<{ minute: number; text: OracleMinute }>(
      `SELECT ((extract(epoch FROM timestamp) - $2) / 60)::int AS minute,
         close || CASE WHEN quiet THEN 'q' WHEN suspect THEN '!' ELSE '' END AS text
       FROM market_data WHERE cryptocurrency_id = $1 ORDER BY timestamp`,
      [await lockMarket(client, `${coin}/USD`), START / 1_000],
    );
    return new Map(rows.map(({ minute, text }) => [minute, text]));
  };
  const ascending = (stored: ReadonlyMap<number, OracleMinute>) => [...stored].sort(([a], [b]) => a - b);

  it('leave the same minutes, whatever their order, and importing them again changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(market, async files => {
        const [one, other] = [`C${++markets}`, `C${++markets}`];
        for (const file of files) await load(one, file);
        for (const file of files.toReversed()) await load(other, file);
        const wanted = ascending(storedByWords(files, RULES));
        expect([...(await storedOf(one))]).to.deep.equal(wanted);
        expect([...(await storedOf(other))], 'in the other order').to.deep.equal(wanted);
        for (const file of files) expect(await load(one, file)).to.include({ inserted: 0, revised: 0, withdrawn: 0 });
        expect([...(await storedOf(one))], 'again').to.deep.equal(wanted);
      }),
      { numRuns: casesOf(20) },
    );
  });
});
