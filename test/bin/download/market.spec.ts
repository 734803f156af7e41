import { expect } from 'chai';
import type { Client } from 'pg';
import { downloadMarket, type Downloading } from '../../../bin/download/market.js';
import { Aborted } from '../../../lib/errors.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { PublicTrade, TradesAnswer } from '../../../lib/exchange/ports.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { readDownloads } from '../../../lib/world/store/downloads.js';
import { marketIn, openScratch, START, stored } from '../../world/store/candles/candles.js';

const minute = (n: number) => START + n * MINUTE_MS;
const trade = (n: number, price: number, id: number | null = null): PublicTrade => ({
  id,
  at: minute(n),
  price,
  size: 1,
  side: null,
});
const page = (trades: readonly PublicTrade[], rejected = 0): TradesAnswer => ({
  trades,
  rejected,
  last: String(BigInt(trades.at(-1)?.at ?? 0) * 1_000_000n),
});

describe('the download of a market', () => {
  let client: Client;
  let close: () => Promise<void>;
  let count = 0;
  before(async () => ({ client, close } = await openScratch()));
  after(() => close());

  /**
   * Downloads the minutes 0 to 10 from an exchange that answers so, one after the other, and in the
   * end always with the last.
   */
  const download = async (...answers: readonly (TradesAnswer | Error)[]) => {
    const symbol = `COIN${++count}/USD`;
    const cursors: string[] = [];
    const said: string[] = [];
    const world: Downloading = {
      exchange: {
        trades: (_, cursor) => {
          const answer = answers[Math.min(cursors.length, answers.length - 1)]!;
          cursors.push(cursor);
          return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
        },
      },
      store: act => act(client),
      rules: { maxQuietMinutes: 240, maxJump: 0.5 },
      err: text => said.push(text),
      signal: new AbortController().signal,
      speed: 100_000,
    };
    const order = { symbol, from: minute(0), to: minute(10), next: minute(0) };
    const outcome = await downloadMarket(world, order, true, () => undefined).catch((error: unknown) => error);
    return { outcome, asked: cursors.length, said, rows: await stored(client, await marketIn(client, symbol)) };
  };

  it('accepts that nothing was traded after two equal answers', async () => {
    const first = page([trade(0, 10, 1), trade(2, 11, 2)]);
    const { rows, asked } = await download(first, page([]), page([trade(5, 12, 3), trade(10, 13, 4)]));
    expect(rows).to.equal('0:10 1:10q 2:11 3:11q 4:11q 5:12 6:12q 7:12q 8:12q 9:12q');
    expect(asked).to.equal(3);
    expect((await download(first, page([]))).rows).to.equal(
      '0:10 1:10q 2:11 3:11q 4:11q 5:11q 6:11q 7:11q 8:11q 9:11q',
    );
  });

  it('leaves out the minutes of a page that stays bad, and says which', async () => {
    const bad = page([trade(2, 11), trade(5, 12)], 1);
    const { outcome, rows } = await download(
      page([trade(0, 10), trade(2, 11)]),
      bad,
      bad,
      bad,
      page([trade(7, 13), trade(10, 1)]),
    );
    expect(rows).to.equal('0:10 1:10q 7:13 8:13q 9:13q');
    expect(outcome).to.deep.include({
      leftOut: [{ from: minute(2), to: minute(6), reason: "1 of the trades in the exchange's answer cannot be used" }],
      first: minute(0),
      trades: 2,
    });
  });

  it('uses a page that was bad only once', async () => {
    const good = page([trade(0, 10), trade(10, 11)]);
    const { outcome, rows } = await download(page([trade(0, 10), trade(9, 11)], 1), good);
    expect(rows).to.equal('0:10 1:10q 2:10q 3:10q 4:10q 5:10q 6:10q 7:10q 8:10q 9:10q');
    expect(outcome).to.deep.include({ leftOut: [] });
  });

  it('waits for an exchange that is away, and gives up when it does not come back', async () => {
    const away = new ExchangeFailure('temporary', 'maintenance');
    const { rows, said } = await download(away, away, away, page([trade(0, 10), trade(10, 11)]));
    expect(rows).to.match(/^0:10 1:10q/);
    expect(said).to.deep.equal(['The exchange: maintenance; trying again in 1 s.']);
    const { outcome, asked } = await download(page([trade(0, 10), trade(4, 11)]), away);
    expect(outcome).to.equal(away);
    expect(asked).to.equal(18); // a page, then a question and sixteen more tries
    const left = (await readDownloads(client)).find(({ symbol }) => symbol === `COIN${count}/USD`);
    expect(left).to.include({ from: minute(0), to: minute(10), next: minute(4) });
  });

  it('does not ask again for what asking does not mend', async () => {
    const gone = new ExchangeFailure('market', 'no more listed');
    expect((await download(gone)).asked).to.equal(1);
    expect((await download(new Aborted())).outcome).to.be.instanceOf(Aborted);
  });

  it('gives up an exchange whose pages do not advance', async () => {
    const { outcome } = await download(page([trade(0, 10), trade(4, 11)]), page([trade(3, 11)]));
    expect(outcome).to.be.instanceOf(ExchangeFailure).with.property('message').that.contains('do not advance');
  });
});
