import { expect } from 'chai';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import { createColors } from 'picocolors';
import { importCommand } from '../../../bin/commands/import.js';
import type { Terminal } from '../../../bin/terminal.js';
import { Aborted, UserError } from '../../../lib/errors.js';
import { csvRow, openFolder, zipOf } from '../../world/import/files.js';
import { openScratch } from '../../world/store/candles/candles.js';

const listen = (signal: AbortSignal, progress: (done: number) => void = () => undefined) => {
  const said = { out: '', err: '' };
  const terminal: Terminal = {
    out: text => (said.out += `${text}\n`),
    err: text => (said.err += `${text}\n`),
    colours: createColors(false),
    width: 100,
    signal,
    progress: () => ({ at: progress, stop: () => undefined }),
  };
  return { said, terminal };
};

describe('bot import', () => {
  let client: Client;
  let close: () => Promise<void>;
  let folder: ReturnType<typeof openFolder>;
  let config: string;
  before(async () => {
    const scratch = await openScratch();
    ({ client, close } = scratch);
    folder = openFolder();
    const { user, password, host, port, database } = scratch.connection;
    const url = `postgres://${user}:${password}@${encodeURIComponent(host)}:${port}/${database}`;
    config = folder.write('config.yaml', `database:\n  connection_string: ${url}\n`);
  });
  after(async () => {
    folder.remove();
    await close();
  });
  const rowsStored = async (symbol: string): Promise<number> => {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int FROM market_data JOIN cryptocurrency ON id = cryptocurrency_id WHERE symbol = $1',
      [symbol],
    );
    return rows[0]!.count;
  };

  it('stores several files at once and sums up each of them, its bad rows by reason and line', async () => {
    const plain = folder.write('XBTUSD_1.csv', csvRow(0, 10) + csvRow(2, 12) + csvRow(3, -1));
    const zip = folder.write('Q1.zip', zipOf({ 'a/XDGEUR_1.csv': csvRow(0, 2), 'a/XDGEUR_5.csv': csvRow(0, 2) }));
    const { said, terminal } = listen(new AbortController().signal);
    await importCommand([plain, zip], { config }, terminal);
    const lines = said.out.split('\n').map(line => line.replace(/\S*crypto-bot-import-\w+\//g, '').trim());
    expect(lines[0]!.split(/ {2,}/)).to.deep.equal(
      'file market rows stored revised unchanged quiet gaps suspect twice bad from to (UTC)'.split(/ (?!\()/),
    );
    expect(lines[1]!.split(/ {2,}/)).to.deep.equal([
      'XBTUSD_1.csv',
      'BTC/USD',
      '3',
      '3',
      '0',
      '0',
      '1',
      '0',
      '0',
      '0',
      '1',
      '2024-01-31 23:00',
      '2024-01-31 23:02',
    ]);
    expect(lines[2]).to.match(/^Q1\.zip: a\/XDGEUR_1\.csv +DOGE\/EUR +1 +1 /);
    expect(lines).to.include('XBTUSD_1.csv: 1 row: a price is not a number above 0 (line 3)');
    expect(lines).to.include('Q1.zip: 1 other file in it was left out (only PAIR_1.csv is read).');
    expect([await rowsStored('BTC/USD'), await rowsStored('DOGE/EUR')]).to.deep.equal([3, 1]);
  });

  it('gives one document on request', async () => {
    const path = folder.write('ETHUSD_1.csv', csvRow(0, 10) + csvRow(1, -1));
    const { said, terminal } = listen(new AbortController().signal);
    await importCommand([path], { config, json: true }, terminal);
    expect(JSON.parse(said.out)).to.deep.equal({
      files: [
        {
          file: path,
          symbol: 'ETH/USD',
          from: '2024-01-31T23:00:00.000Z',
          to: '2024-01-31T23:00:00.000Z',
          rows: 2,
          stored: 1,
          revised: 0,
          unchanged: 0,
          quiet: 0,
          gaps: 0,
          suspect: 0,
          duplicates: 0,
          withdrawn: 0,
          bad: { price: { count: 1, reason: 'a price is not a number above 0', lines: [2] } },
        },
      ],
      leftOut: [],
      skipped: [],
      notChosen: 0,
      absent: [],
    });
  });

  const linesOf = (text: string) =>
    text.split('\n').map(line => line.replace(/\S*crypto-bot-import-\w+\//g, '').trim());
  const refusal = async (paths: readonly string[], options = {}): Promise<readonly string[]> => {
    const { terminal } = listen(new AbortController().signal);
    const error: unknown = await importCommand(paths, { config, ...options }, terminal).catch(
      (found: unknown) => found,
    );
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).to.equal(2);
    return linesOf(error.lines.join('\n'));
  };
  /** Members of an archive as Kraken makes them. */
  const archive = {
    'Q/TRXUSD_1.csv': csvRow(0, 10) + csvRow(1, 11),
    'Q/TRXAED_1.csv': '',
    'Q/FOOBAR_1.csv': csvRow(0, 10),
    'Q/TRXUSD.d_1.csv': csvRow(0, 10),
    'Q/XBTUSD1_1.csv': csvRow(0, 10),
    'Q/XBTAUSD_1.csv': csvRow(0, 10),
    'Q/TRXEUROP_1.csv': csvRow(0, 10) + csvRow(1, -1) + csvRow(2, 10),
    'Q/TRXEUR_1.csv': `${csvRow(0, 10)}1706742060,10`,
    'Q/TRXGBP_1.csv': { text: csvRow(0, 10), checksumError: 1 },
    'Q/TRXXBT_1.csv': { text: csvRow(0, 10), method: 9 },
    'Q/TRXUSD_5.csv': csvRow(0, 10),
  };

  it('takes of an archive what can be used, and lists what is left out with the reasons', async () => {
    const zip = folder.write('Kraken.zip', zipOf(archive));
    const { said, terminal } = listen(new AbortController().signal);
    await importCommand([zip], { config }, terminal);
    const lines = linesOf(said.out);
    const all = lines.find(line => line.startsWith('all '))!.split(/ {2,}/);
    expect(all.slice(0, 4)).to.deep.equal(['all 4 files', '4 markets', '7', '6']);
    expect(lines).to.include('Kraken.zip: Q/TRXEUROP_1.csv: 1 row: a price is not a number above 0 (line 2)');
    const from = lines.indexOf('Kraken.zip: 6 files were left out:');
    expect(lines.slice(from + 1, from + 7)).to.deep.equal([
      'unknown pair (1): Q/FOOBAR_1.csv',
      'dark pool (1): Q/TRXUSD.d_1.csv',
      'Q/TRXXBT_1.csv: is packed with deflate64, which cannot be read here.',
      'no candle in it (1): Q/TRXAED_1.csv',
      'Q/TRXEUR_1.csv: line 2: 2 columns instead of 7; the file may be truncated: "1706742060,10".',
      'Q/TRXGBP_1.csv: cannot be read (its checksum differs: the archive is damaged).',
    ]);
    expect(lines).to.include('Kraken.zip: 1 other file in it was left out (only PAIR_1.csv is read).');
    for (const [symbol, rows] of [
      ['TRX/USD', 2],
      ['BTC/USD1', 1],
      ['BTC/AUSD', 1],
      ['TRX/EUROP', 2],
      ['TRX/EUR', 0],
      ['TRX/GBP', 0],
    ] as const)
      expect(await rowsStored(symbol), symbol).to.equal(rows);
  });

  it('lists the same in a document, and takes only the markets that are named', async () => {
    const zip = folder.write('Kraken2.zip', zipOf(archive));
    const { said, terminal } = listen(new AbortController().signal);
    const symbols = ['TRXUSD', 'TRXEUR', 'XBTAUSD', 'ADA/USD'];
    await importCommand([zip], { config, symbols, json: true }, terminal);
    const document = JSON.parse(said.out) as Record<string, unknown> & {
      readonly files: readonly Record<string, unknown>[];
    };
    expect(document.files.map(({ symbol, unchanged }) => [symbol, unchanged])).to.deep.equal([
      ['TRX/USD', 2],
      ['BTC/AUSD', 1],
    ]);
    const text = 'line 2: 2 columns instead of 7; the file may be truncated: "1706742060,10".';
    expect({ ...document, files: null }).to.deep.equal({
      files: null,
      leftOut: [{ archive: zip, file: `${zip}: Q/TRXEUR_1.csv`, reason: 'damaged', text }],
      skipped: [{ file: zip, members: 1 }],
      notChosen: 7,
      absent: ['ADA/USD'],
    });
  });

  it('refuses an archive of which nothing can be used, and one without the markets that are named', async () => {
    const bad = folder.write('bad.zip', zipOf({ 'FOOBAR_1.csv': csvRow(0, 1), 'TRXAED_1.csv': '' }));
    expect(await refusal([bad])).to.deep.equal([
      'bad.zip: FOOBAR_1.csv: unknown pair "FOOBAR".',
      'The name must begin with a pair as Kraken writes it: XBTUSD_1.csv, XDGEUR_1.csv, ETHXBT_1.csv.',
      'bad.zip: TRXAED_1.csv: is empty. Expected at least one candle.',
      'Nothing was imported.',
    ]);
    const zip = folder.write('Kraken3.zip', zipOf(archive));
    expect(await refusal([zip], { symbols: ['TRX/CHF'] })).to.deep.equal([
      '--symbols: no file is of TRX/CHF; there are files of TRX/AED, TRX/EUR, TRX/GBP, TRX/USD, TRX/EUROP.',
      'Nothing was imported.',
    ]);
  });

  it('takes several files of a market where they agree', async () => {
    const first = folder.write('KSMUSD_1.csv', csvRow(0, 10) + csvRow(1, 11));
    const again = folder.write('KSMUSD_1 (2).csv', csvRow(1, 11) + csvRow(2, 12));
    const zip = folder.write('ksm.zip', zipOf({ 'KSMUSD_1.csv': csvRow(5, 15) }));
    const { said, terminal } = listen(new AbortController().signal);
    await importCommand([first, again, zip], { config, json: true }, terminal);
    expect(await rowsStored('KSM/USD')).to.equal(6);
    expect(said.out).to.contain('"leftOut": []');
  });

  it('refuses two files of a market that hold different rows for a minute, before anything is stored', async () => {
    const one = folder.write('ATOMUSD_1.csv', csvRow(0, 10) + csvRow(1, 11) + csvRow(2, 12));
    mkdirSync(join(dirname(one), 'other'), { recursive: true });
    const other = folder.write('other/ATOMUSD_1.csv', csvRow(2, 12) + csvRow(1, 11.5));
    expect(await refusal([one, other])).to.deep.equal([
      'other/ATOMUSD_1.csv: holds another row for 2024-01-31 23:01 than ATOMUSD_1.csv: both are ATOM/USD.',
      'Import the correct one; the other can be imported afterwards, as a revision.',
      'Nothing was imported.',
    ]);
    expect(await rowsStored('ATOM/USD')).to.equal(0);
  });

  it('leaves out members of archives that contradict each other or a file that is named', async () => {
    const row = csvRow(0, 10);
    const named = folder.write('NEARUSD_1.csv', row);
    const one = folder.write(
      'n1.zip',
      zipOf({ 'NEARUSD_1.csv': csvRow(0, 11), 'DASHUSD_1.csv': row, 'XTZUSD_1.csv': row }),
    );
    const two = folder.write('n2.zip', zipOf({ 'XXTZUSD_1.csv': row, 'DASHUSD_1.csv': csvRow(0, 12) }));
    const { said, terminal } = listen(new AbortController().signal);
    await importCommand([named, one, two], { config, json: true }, terminal);
    const { leftOut } = JSON.parse(said.out) as { leftOut: { file: string; reason: string }[] };
    expect(leftOut.map(({ file, reason }) => `${file.replace(/.*\//, '')} ${reason}`)).to.deep.equal([
      'n1.zip: NEARUSD_1.csv contradiction',
      'n1.zip: DASHUSD_1.csv contradiction',
      'n2.zip: DASHUSD_1.csv contradiction',
    ]);
    expect([await rowsStored('NEAR/USD'), await rowsStored('DASH/USD'), await rowsStored('XTZ/USD')]).to.deep.equal([
      1, 0, 1,
    ]);
  });

  it('sums up many files in a line, and names those with bad rows', async () => {
    const members = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`M${i}USD_1.csv`, csvRow(0, 10) + (i === 7 ? csvRow(1, -1) : '')]),
    );
    const { said, terminal } = listen(new AbortController().signal);
    await importCommand([folder.write('many.zip', zipOf(members))], { config }, terminal);
    const lines = linesOf(said.out);
    expect(lines.slice(1, 3).map(line => line.split(/ {2,}/).slice(0, 3))).to.deep.equal([
      ['many.zip: M7USD_1.csv', 'M7/USD', '2'],
      ['all 60 files', '60 markets', '61'],
    ]);
    expect(lines.slice(3)).to.deep.equal([
      '',
      'Rows that were not stored; their minutes are gaps unless another row covers them:',
      'many.zip: M7USD_1.csv: 1 row: a price is not a number above 0 (line 2)',
      '',
    ]);
  });

  it('stores each member of an archive wholly or not at all', async () => {
    const zip = folder.write(
      'stop.zip',
      zipOf({ 'QNTUSD_1.csv': csvRow(0, 10), 'QTUMUSD_1.csv': csvRow(0, 10) + csvRow(1, 10) }),
    );
    const stop = new AbortController();
    let rows = 0;
    // Both members are looked at, then the first is stored; the second ends with its third row in
    // all.
    const { said, terminal } = listen(stop.signal, done => {
      if (done === 1) rows++;
      if (rows > 0) stop.abort();
    });
    const error: unknown = await importCommand([zip], { config }, terminal).catch((found: unknown) => found);
    expect(error).to.be.instanceOf(Aborted);
    expect(said.err).to.match(
      /^Stopped: nothing of \S*stop\.zip: QTUMUSD_1\.csv was stored\. The file before it is stored\.$/m,
    );
    expect([await rowsStored('QNT/USD'), await rowsStored('QTUM/USD')]).to.deep.equal([1, 0]);
  });

  it('stores nothing at all if any of the files is wrong, and names every wrong one', async () => {
    const good = folder.write('SOLUSD_1.csv', csvRow(0, 10));
    const cut = folder.write('XRPUSD_1.csv', `${csvRow(0, 10)}1706742060,10`);
    const empty = folder.write('ADAUSD_1.csv', '');
    const { terminal } = listen(new AbortController().signal);
    const error: unknown = await importCommand([good, cut, empty], { config }, terminal).catch(
      (found: unknown) => found,
    );
    expect(error).to.be.instanceOf(UserError);
    const { lines, exitCode } = error as UserError;
    expect(exitCode).to.equal(2);
    expect(lines[0]).to.match(/XRPUSD_1\.csv, line 2: 2 columns instead of 7; the file may be truncated/);
    expect(lines.at(-2)).to.match(/ADAUSD_1\.csv: is empty/);
    expect(lines.at(-1)).to.equal('Nothing was imported.');
    expect(await rowsStored('SOL/USD')).to.equal(0);
  });

  it('refuses a file without a row that can be stored', async () => {
    const late = folder.write(
      'EOSUSD_1.csv',
      '1706742017,10,11,9,10,1,1\n1706742060,0,11,9,10,1,1\n1706742077,9,9,9,9,1,1\n',
    );
    expect(await refusal([late])).to.deep.equal([
      'EOSUSD_1.csv: all of its 3 rows are bad: the time is not a whole minute (line 1); a price is not a number above 0 (line 2).',
      'Expected at least one candle that can be stored.',
      'Nothing was imported.',
    ]);
  });

  it('rolls back the file under way when it is stopped, and says which', async () => {
    const first = folder.write('LTCUSD_1.csv', csvRow(0, 10));
    const second = folder.write('DOTUSD_1.csv', csvRow(0, 10) + csvRow(1, 10));
    const stop = new AbortController();
    // Both files are looked at, then the first is stored; its progress is the first that comes in
    // rows: 1.
    const { said, terminal } = listen(stop.signal, done => {
      if (done === 1) stop.abort();
    });
    const error: unknown = await importCommand([first, second], { config }, terminal).catch((found: unknown) => found);
    expect(error).to.be.instanceOf(Aborted);
    expect(said.err).to.match(/Stopped: nothing of \S*DOTUSD_1\.csv was stored\. The file before it is stored\./);
    expect([await rowsStored('LTC/USD'), await rowsStored('DOT/USD')]).to.deep.equal([1, 0]);
  });

  it('stores nothing when it is stopped while the files are looked at', async () => {
    const path = folder.write('BNBUSD_1.csv', csvRow(0, 10));
    const { said, terminal } = listen(AbortSignal.abort());
    const error: unknown = await importCommand([path], { config }, terminal).catch((found: unknown) => found);
    expect(error).to.be.instanceOf(Aborted);
    expect(said.err).to.equal('Stopped: nothing was imported.\n');
    expect(await rowsStored('BNB/USD')).to.equal(0);
  });
});
