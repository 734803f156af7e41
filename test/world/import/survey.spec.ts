import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../../lib/errors.js';
import { importFile } from '../../../lib/world/import/sources.js';
import { surveyFile, type Survey } from '../../../lib/world/import/survey.js';
import { csvRow, openFolder, zipOf } from './files.js';

const NOW = Date.UTC(2024, 1, 2);
const TWO_ROWS = csvRow(0, 10) + csvRow(1, 11);

describe('looking at files before they are imported', () => {
  let folder: ReturnType<typeof openFolder>;
  beforeEach(() => (folder = openFolder()));
  afterEach(() => folder.remove());

  const survey = async (path: string): Promise<readonly Survey[]> => {
    const { candles } = await importFile(path);
    const surveys: Survey[] = [];
    for (const file of candles) surveys.push(await surveyFile(file, NOW, () => undefined));
    return surveys;
  };
  const refusal = async (path: string): Promise<string> => {
    const error: unknown = await survey(path).catch((found: unknown) => found);
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).to.equal(2);
    return error.message.replaceAll(/\S*crypto-bot-import-\w+\//g, '');
  };

  const rowsAndPairs = (surveys: readonly Survey[]) => surveys.map(({ rows, file }) => [file.symbol, rows]);

  it('reads a plain file, a gzipped one, and the one-minute members of an archive', async () => {
    expect(rowsAndPairs(await survey(folder.write('XBTUSD_1.csv', TWO_ROWS)))).to.deep.equal([['BTC/USD', 2]]);
    expect(rowsAndPairs(await survey(folder.write('XDGEUR_1.csv.gz', gzipSync(TWO_ROWS))))).to.deep.equal([
      ['DOGE/EUR', 2],
    ]);
    const zip = zipOf({
      'Q1/XBTUSD_1.csv': TWO_ROWS,
      'Q1/XBTUSD_5.csv': TWO_ROWS,
      'Q1/': '',
      'readme.txt': 'hello',
      'ETHXBT_1.csv': csvRow(0, 1),
    });
    const path = folder.write('Kraken_OHLCVT_Q1.zip', zip);
    expect(rowsAndPairs(await survey(path))).to.deep.equal([
      ['BTC/USD', 2],
      ['ETH/BTC', 1],
    ]);
    expect((await importFile(path)).skipped).to.equal(2); // XBTUSD_5.csv and readme.txt; a folder is no file
  });

  it('takes files with other line ends, without a last one, and with blank trade counts', async () => {
    const text = TWO_ROWS.replaceAll('\n', '\r\n').replace(',3\r', ',\r').trimEnd();
    const [found] = await survey(folder.write('XBTUSD_1.csv', text));
    expect(found!.rows).to.equal(2);
    expect(found!.bad.size).to.equal(0);
    expect([found!.from, found!.to]).to.deep.equal([Date.UTC(2024, 0, 31, 23, 0), Date.UTC(2024, 0, 31, 23, 1)]);
  });

  it('counts the bad rows by reason, with their lines', async () => {
    const text = [
      '1706742000,10,11,9,10,1,1',
      '1706742060,0,11,9,10,1,1',
      '1706742120,10,9.9,9,10,1,1',
      '1706742121,10,11,9,10,1,1',
      '1706742180,x,11,9,10,1,1',
      '1706742240,10,11,9,10,1,few',
      '4706742240,10,11,9,10,1,1',
      '60,10,11,9,10,1,1',
    ].join('\n');
    const [{ bad, rows }] = (await survey(folder.write('XBTUSD_1.csv', text))) as [Survey];
    expect(rows).to.equal(8);
    expect(Object.fromEntries(bad)).to.deep.equal({
      price: { count: 2, lines: [2, 5] },
      high: { count: 1, lines: [3] },
      time: { count: 1, lines: [4] },
      trades: { count: 1, lines: [6] },
      future: { count: 1, lines: [7] },
      early: { count: 1, lines: [8] },
    });
  });

  const cases: readonly (readonly [what: string, name: string, bytes: string | Buffer, message: RegExp])[] = [
    ['a file for an unknown pair', 'NOSUCH_1.csv', TWO_ROWS, /^NOSUCH_1\.csv: unknown pair "NOSUCH"/],
    ['another timeframe', 'XBTUSD_60.csv', TWO_ROWS, /^XBTUSD_60\.csv: holds candles of 60 minutes/],
    ['a name that is not Kraken’s', 'prices.txt', TWO_ROWS, /^prices\.txt: the name is not that of a candle file/],
    ['an empty file', 'XBTUSD_1.csv', '', /^XBTUSD_1\.csv: is empty/],
    ['too few columns', 'XBTUSD_1.csv', '1706742000,10,11\n', /line 1: 3 columns instead of 7: "1706742000,10,11"/],
    ['too many columns', 'XBTUSD_1.csv', '1706742000,10,11,9,10,10.2,1,1\n', /line 1: 8 columns instead of 7/],
    [
      'a header',
      'XBTUSD_1.csv',
      `time,open,high,low,close,volume,trades\n${TWO_ROWS}`,
      /line 1: the first column is no time/,
    ],
    ['times in milliseconds', 'XBTUSD_1.csv', '1706742000000,10,11,9,10,1,1\n', /line 1: the time is not in seconds/],
    [
      'a truncated file',
      'XBTUSD_1.csv',
      TWO_ROWS.slice(0, -20),
      /line 2: \d columns instead of 7; the file may be truncated/,
    ],
    ['a file without lines', 'XBTUSD_1.csv', Buffer.alloc(9_000), /line 1 does not end: this is no CSV file/],
    ['a truncated gzip', 'XBTUSD_1.csv.gz', gzipSync(TWO_ROWS).subarray(0, -9), /\.gz: it is truncated/],
    ['what is no gzip', 'XBTUSD_1.csv.gz', TWO_ROWS, /\.gz: its compressed data are damaged/],
    [
      'a truncated archive',
      'x.zip',
      zipOf({ 'XBTUSD_1.csv': TWO_ROWS }).subarray(0, -30),
      /^x\.zip: cannot be read as a zip archive/,
    ],
    [
      'a damaged member',
      'x.zip',
      zipOf({ 'XBTUSD_1.csv': TWO_ROWS }, { checksumError: 1 }),
      /checksum of XBTUSD_1\.csv differs/,
    ],
    [
      'an archive without candles',
      'x.zip',
      zipOf({ 'XBTUSD_5.csv': TWO_ROWS }),
      /^x\.zip: no PAIR_1\.csv among its 1 file/,
    ],
    [
      'an archive with an unknown pair',
      'x.zip',
      zipOf({ 'a/NOSUCH_1.csv': TWO_ROWS }),
      /^x\.zip: a\/NOSUCH_1\.csv: unknown pair/,
    ],
    [
      'an archive whose names steer the terminal',
      'x.zip',
      zipOf({ '\u001b[2J/NOSUCH_1.csv': TWO_ROWS }),
      /^x\.zip: \?\[2J\/NOSUCH_1\.csv: unknown pair/,
    ],
    [
      'an archive that points outside',
      'x.zip',
      zipOf({ '../XBTUSD_1.csv': TWO_ROWS }),
      /cannot be read as a zip archive \(invalid relative path/,
    ],
  ];
  for (const [what, name, bytes, message] of cases)
    it(`refuses ${what}`, async () => expect(await refusal(folder.write(name, bytes))).to.match(message));

  it('refuses what is not there and what is no file', async () => {
    expect(await refusal('/nonexistent/XBTUSD_1.csv')).to.equal('/nonexistent/XBTUSD_1.csv: there is no such file.');
    expect(await refusal('/tmp')).to.match(/^\/tmp: is no file/);
  });
});
