import { expect } from 'chai';
import { gzipSync } from 'node:zlib';
import { UserError } from '../../../lib/errors.js';
import { importFile } from '../../../lib/world/import/sources.js';
import { surveyFile, type Survey } from '../../../lib/world/import/survey.js';
import { csvRow, openFolder, zipOf } from './files.js';

const NOW = Date.UTC(2024, 1, 2);
const TWO_ROWS = csvRow(0, 10) + csvRow(1, 11);
/** So many rows, so many minutes apart. */
const every = (minutes: number, rows: number): string =>
  Array.from({ length: rows }, (_, i) => csvRow(i * minutes, 10)).join('');
/** An archive that says that it began on another disk. */
const splitEnd = (zip: Buffer): Buffer => {
  zip.writeUInt16LE(1, zip.length - 18);
  return zip;
};

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

  it('leaves out the members of an archive that cannot be used, and says why', async () => {
    const path = folder.write(
      'Q1.zip',
      zipOf({
        'a/XBTUSD_1.csv': TWO_ROWS,
        'a/NOSUCH_1.csv': TWO_ROWS,
        'a/XBTUSD.d_1.csv': TWO_ROWS,
        'a/TSLAxEUR_1.csv': TWO_ROWS,
        '\u001b[2J/NOPAIR_1.csv': TWO_ROWS,
        'ETHUSD_1.csv': { text: TWO_ROWS, method: 9 },
        'ETHEUR_1.csv': { text: TWO_ROWS, method: 12 },
        'ADAUSD_1.csv': { text: TWO_ROWS, method: 77 },
        'ADAEUR_1.csv': { text: TWO_ROWS, isEncrypted: true },
        'XDGUSD_1.csv': TWO_ROWS,
      }),
    );
    const { candles, leftOut, skipped } = await importFile(path);
    expect(candles.map(({ symbol }) => symbol)).to.deep.equal(['BTC/USD', 'DOGE/USD']);
    expect(skipped).to.equal(0);
    expect(leftOut.map(({ name, symbol }) => [name.slice(path.length), symbol])).to.deep.equal([
      [': a/NOSUCH_1.csv', null],
      [': a/XBTUSD.d_1.csv', null],
      [': a/TSLAxEUR_1.csv', null],
      [': ?[2J/NOPAIR_1.csv', null],
      [': ETHUSD_1.csv', 'ETH/USD'],
      [': ETHEUR_1.csv', 'ETH/EUR'],
      [': ADAUSD_1.csv', 'ADA/USD'],
      [': ADAEUR_1.csv', 'ADA/EUR'],
    ]);
    const packing = leftOut.slice(4).map(({ reason }) => /is packed with (.*), which/.exec(reason.message)?.[1]);
    expect(packing).to.deep.equal(['deflate64', 'bzip2', 'method 77', 'a password']);
    expect(leftOut[4]!.reason.message).to.contain('Unpack the archive with another program (7z x, unzip)');
  });

  it('reads members whatever folder they name, gzipped ones as well', async () => {
    const packed = { text: gzipSync(TWO_ROWS) };
    const members = { '../XBTUSD_1.csv': TWO_ROWS, '/etc/ETHUSD_1.csv': TWO_ROWS, 'XDGUSD_1.csv.gz': packed };
    expect(rowsAndPairs(await survey(folder.write('x.zip', zipOf(members))))).to.deep.equal([
      ['BTC/USD', 2],
      ['ETH/USD', 2],
      ['DOGE/USD', 2],
    ]);
  });

  it('finds the minutes of which bad rows stand', async () => {
    const text = csvRow(0, 10) + csvRow(1, -1) + csvRow(2, 10).replace('17', '99') + csvRow(5, 10);
    const [{ damaged }] = (await survey(folder.write('XBTUSD_1.csv', text))) as [Survey];
    const minutes = damaged.map(({ from, to }) => [from, to].map(at => (at - Date.UTC(2024, 0, 31, 23)) / 60_000));
    expect(minutes).to.deep.equal([
      [1, 1],
      [2, 4],
    ]);
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
    ['a name that is not Kraken’s', 'prices.txt', TWO_ROWS, /^prices\.txt: not a Kraken candle file name/],
    ['an empty file', 'XBTUSD_1.csv', '', /^XBTUSD_1\.csv: is empty/],
    ['too few columns', 'XBTUSD_1.csv', '1706742000,10,11\n', /line 1: 3 columns instead of 7: "1706742000,10,11"/],
    ['one column', 'XBTUSD_1.csv', '1706742000;10;11\n', /line 1: 1 column instead of 7: /],
    ['too many columns', 'XBTUSD_1.csv', '1706742000,10,11,9,10,10.2,1,1\n', /line 1: 8 columns instead of 7/],
    [
      'a header',
      'XBTUSD_1.csv',
      `time,open,high,low,close,volume,trades\n${TWO_ROWS}`,
      /line 1: the first column is not a time/,
    ],
    ['times in milliseconds', 'XBTUSD_1.csv', '1706742000000,10,11,9,10,1,1\n', /line 1: the time is not in seconds/],
    [
      'a truncated file',
      'XBTUSD_1.csv',
      TWO_ROWS.slice(0, -20),
      /line 2: \d columns? instead of 7; the file may be truncated/,
    ],
    ['a file without lines', 'XBTUSD_1.csv', Buffer.alloc(9_000), /line 1 does not end: not a CSV file/],
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
      zipOf({ 'XBTUSD_1.csv': { text: TWO_ROWS, checksumError: 1 } }),
      /^x\.zip: XBTUSD_1\.csv: cannot be read \(its checksum differs/,
    ],
    [
      'an archive without candles',
      'x.zip',
      zipOf({ 'XBTUSD_5.csv': TWO_ROWS }),
      /^x\.zip: no PAIR_1\.csv among its 1 file/,
    ],
    [
      'the last of several parts of an archive',
      'x.zip',
      splitEnd(zipOf({ 'XBTUSD_1.csv': TWO_ROWS })),
      /^x\.zip: is the last part of an archive that was split.*\nJoin it/,
    ],
    [
      'a part of an archive that was split',
      'Kraken_OHLCVT.zip.part00',
      'PK',
      /^Kraken_OHLCVT\.zip\.part00: is one part of an archive that was split.*\n.*cat Kraken_OHLCVT\.zip\.part\* > Kraken_OHLCVT\.zip;/,
    ],
    ['a part by its number', 'x.zip.001', 'PK', /^x\.zip\.001: is one part.*\n.*cat x\.zip\.\* > x\.zip;/],
    ['a dark pool', 'XBTUSD.d_1.csv', TWO_ROWS, /^XBTUSD\.d_1\.csv: "XBTUSD\.d" is a dark pool, not the market itself/],
    ['a tokenized stock', 'AAPLxUSD_1.csv', TWO_ROWS, /^AAPLxUSD_1\.csv: "AAPLxUSD" is a tokenized stock, not a coin/],
    [
      '5-minute rows without a timeframe in the name',
      'XBTUSD.csv',
      every(5, 4),
      /^XBTUSD\.csv: its rows are 5 minutes apart/,
    ],
    ['5-minute rows named as one', 'XBTUSD_1.csv', every(5, 12), /^XBTUSD_1\.csv: its rows are 5 minutes apart/],
  ];
  for (const [what, name, bytes, message] of cases)
    it(`refuses ${what}`, async () => expect(await refusal(folder.write(name, bytes))).to.match(message));

  it('refuses a missing file and a folder', async () => {
    expect(await refusal('/nonexistent/XBTUSD_1.csv')).to.equal('/nonexistent/XBTUSD_1.csv: there is no such file.');
    expect(await refusal('/tmp')).to.match(/^\/tmp: is not a file/);
  });
});
