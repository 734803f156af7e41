import { expect } from 'chai';
import type { Client } from 'pg';
import { Aborted } from '../../../lib/errors.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { loadFile, type Loaded } from '../../../lib/world/import/load.js';
import { importFile } from '../../../lib/world/import/sources.js';
import { surveyFile } from '../../../lib/world/import/survey.js';
import { ensurePartitions, lockMarket } from '../../../lib/world/store/candles/market.js';
import { openScratch, START, stored, within } from '../store/candles/candles.js';
import { csvRow, openFolder } from './files.js';

const NOW = START + 400 * 1_440 * MINUTE_MS;
const RULES = { maxQuietMinutes: 240, maxJump: 0.5 };

describe('importing a file', () => {
  let client: Client;
  let close: () => Promise<void>;
  let folder: ReturnType<typeof openFolder>;
  before(async () => {
    ({ client, close } = await openScratch());
    folder = openFolder();
  });
  after(async () => {
    folder.remove();
    await close();
  });

  const load = async (name: string, text: string, heard: (rows: number) => void = () => undefined): Promise<Loaded> => {
    const { candles } = await importFile(folder.write(name, text));
    const survey = await surveyFile(candles[0]!, NOW, () => undefined);
    await ensurePartitions(client, survey.from, survey.to);
    return within(client, () => loadFile(client, survey, RULES, NOW, heard));
  };

  it('stores the good rows and the quiet minutes between them, and nothing of the bad ones', async () => {
    const text = csvRow(0, 10) + csvRow(2, -1) + csvRow(4, 12) + csvRow(4 + 241, 13) + csvRow(4 + 241 + 242, 13);
    const counts = await load('ADAUSD_1.csv', text);
    // Minute 1 is quiet, 2 is damaged and 3 behind it; the 240 minutes after minute 4 are quiet,
    // the 241 after 245 a gap.
    expect(counts).to.deep.equal({
      inserted: 4 + 1 + 240,
      revised: 0,
      unchanged: 0,
      quiet: 1 + 240,
      gaps: 2,
      suspects: 0,
      duplicates: 0,
      withdrawn: 0,
    });
    const id = await lockMarket(client, 'ADA/USD');
    expect(await stored(client, id)).to.match(/^0:10 1:10q 4:12 5:12q .* 244:12q 245:13 487:13$/);
  });

  it('takes minutes back that were quiet to an earlier import, once a bad row stands for one of them', async () => {
    await load('ETCUSD_1.csv', csvRow(0, 10) + csvRow(4, 12) + csvRow(6, 13));
    const damaged = csvRow(0, 10) + csvRow(2, -1) + csvRow(8, 14);
    expect(await load('ETCUSD_1.csv', damaged)).to.include({ withdrawn: 2, inserted: 2, revised: 0 });
    const id = await lockMarket(client, 'ETC/USD');
    expect(await stored(client, id)).to.equal('0:10 1:10q 4:12 5:12q 6:13 7:13q 8:14');
    expect(await load('ETCUSD_1.csv', damaged)).to.include({ withdrawn: 0, inserted: 0, revised: 0 });
    // Nor does a file that knows nothing of it make them quiet again; one that has the minute's row
    // does.
    await load('ETCUSD_1.csv', csvRow(0, 10) + csvRow(4, 12));
    expect(await stored(client, id)).to.equal('0:10 1:10q 4:12 5:12q 6:13 7:13q 8:14');
    await load('ETCUSD_1.csv', csvRow(2, 11));
    expect(await stored(client, id)).to.equal('0:10 1:10q 2:11 3:11q 4:12 5:12q 6:13 7:13q 8:14');
  });

  it('changes nothing when the same file is imported again', async () => {
    const text = csvRow(0, 10) + csvRow(2, 12);
    await load('DOTUSD_1.csv', text);
    expect(await load('DOTUSD_1.csv', text)).to.include({ inserted: 0, revised: 0, unchanged: 3, quiet: 1 });
  });

  it('takes rows in any order, and the later of two rows of a minute', async () => {
    const text = csvRow(2, 99) + csvRow(2, 12) + csvRow(0, 10) + csvRow(0, 10);
    expect(await load('SOLUSD_1.csv', text)).to.include({ inserted: 3, duplicates: 2 });
    expect(await stored(client, await lockMarket(client, 'SOL/USD'))).to.equal('0:10 1:10q 2:12');
  });

  it('takes files of many portions, descending ones as well, to the same end', async () => {
    // Every other minute, but for one row: a file whose rows all are two minutes apart is refused.
    const rows = Array.from({ length: 90_000 }, (_, i) => csvRow(i === 1 ? 3 : i * 2, 100 + (i % 50)));
    const heard: number[] = [];
    const up = await load('XRPUSD_1.csv', rows.join(''), done => heard.push(done));
    const down = await load('XLMUSD_1.csv', rows.toReversed().join(''));
    const quiet = 89_999;
    expect(up).to.include({ inserted: 90_000 + quiet, quiet, gaps: 0 });
    expect(down).to.include({ inserted: 90_000 + quiet, quiet, gaps: 0, revised: 0 });
    expect(heard).to.have.length(2);
    expect(heard.at(-1)).to.equal(90_000);
    const digest = async (symbol: string) => {
      const { rows: found } = await client.query<{ digest: string }>(
        `SELECT md5(string_agg(timestamp::text || close || quiet || suspect, ',' ORDER BY timestamp)) AS digest
         FROM market_data WHERE cryptocurrency_id = $1`,
        [await lockMarket(client, symbol)],
      );
      return found[0]!.digest;
    };
    expect(await digest('XLM/USD')).to.equal(await digest('XRP/USD'));
  });

  it('leaves nothing behind when it is stopped', async () => {
    const text = Array.from({ length: 90_000 }, (_, i) => csvRow(i, 10)).join('');
    const stop = (): void => {
      throw new Aborted();
    };
    const error: unknown = await load('LTCUSD_1.csv', text, stop).catch((found: unknown) => found);
    expect(error).to.be.instanceOf(Aborted);
    const { rowCount } = await client.query(`SELECT FROM cryptocurrency WHERE symbol = 'LTC/USD'`);
    expect(rowCount).to.equal(0);
  });
});
