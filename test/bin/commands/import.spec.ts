import { expect } from 'chai';
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
          bad: { price: { count: 1, reason: 'a price is not a number above 0', lines: [2] } },
        },
      ],
      skipped: [],
    });
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

  it('rolls back the file under way when it is stopped, and says which', async () => {
    const first = folder.write('LTCUSD_1.csv', csvRow(0, 10));
    const second = folder.write('DOTUSD_1.csv', csvRow(0, 10) + csvRow(1, 10));
    const stop = new AbortController();
    // Both files are looked at, then the first is stored; its progress is the first that comes in rows: 1.
    const { said, terminal } = listen(stop.signal, done => {
      if (done === 1) stop.abort();
    });
    const error: unknown = await importCommand([first, second], { config }, terminal).catch((found: unknown) => found);
    expect(error).to.be.instanceOf(Aborted);
    expect(said.err).to.match(/Stopped: nothing of \S*DOTUSD_1\.csv was stored\. The files before it are stored\./);
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
