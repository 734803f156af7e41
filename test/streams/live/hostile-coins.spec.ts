import { expect } from 'chai';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { coinChanges, learn, liveFactsOf } from '../../../lib/market-data/directory.js';
import { ExchangeFailure } from '../../../lib/exchange/failure.js';
import type { Ticker } from '../../../lib/exchange/ports.js';
import { marketOf } from '../../../lib/market.js';
import { Cell } from '../../../lib/tape.js';
import { tapeOf } from '../../support/tape.js';
import { HOUR_MS, MINUTE_MS } from '../../../lib/units.js';
import { RULES, type RuleName } from '../../../lib/universe/catalogue.js';
import { Universe } from '../../../lib/universe/universe.js';
import { fetchCoins } from '../../../lib/world/market-caps.js';
import { openLive } from '../../../lib/world/store/live/index.js';
import { settingsOf } from '../../support/settings.js';
import { minute, START } from '../../support/broker.js';
import { openScene, query, type Scene } from '../../world/store/fixtures.js';
import { directoryOf, listed, ticker } from '../../support/listed.js';

const MINUTES = 720;
const END = minute(MINUTES);
const { filtering } = settingsOf(); // at its defaults: 100 million of capitalisation, 5 million a day, 24 hours of history

type Answer = (response: ServerResponse) => void;
const page =
  (...rows: readonly unknown[]): Answer =>
  response =>
    response.end(JSON.stringify(rows));
const coin = (over: object = {}) => ({
  id: 'ay',
  symbol: 'aaa',
  name: 'Ay',
  current_price: 100,
  market_cap: 5e9,
  ...over,
});
const good = page(coin());

interface Story {
  readonly answer?: Answer;
  readonly symbol?: string;
  readonly ticker?: Partial<Ticker>;
  readonly firstCandleAt?: number;
  readonly minutes?: number;
  readonly quiet?: boolean;
}

describe('bad input about coins ends as a stored verdict', () => {
  let scene: Scene;
  let server: Server;
  let answer: Answer;
  before(async () => {
    scene = await openScene();
    server = createServer((_, response) => answer(response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await scene.close();
  });
  beforeEach(() => query(scene.database.connection, 'delete from universe_verdict'));

  /**
   * Judges a market as a run does: from the source's answer and the tickers to the rows of its
   * newest refresh.
   */
  const judged = async (story: Story) => {
    const { symbol = 'AAA/USD', minutes = MINUTES, quiet = false } = story;
    answer = story.answer ?? good;
    let directory = directoryOf([listed(symbol)], { [symbol]: ticker(story.ticker) });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const question = { url, minCap: 5e7, now: () => END, timeoutMs: 150, wait: () => Promise.resolve() };
      directory = learn(directory, { kind: 'caps', answer: await fetchCoins(question), own: new Map() });
    } catch (error) {
      expect(error).to.be.instanceOf(ExchangeFailure); // a run reports it and continues with what it knew
    }
    const { firstCandleAt = START - 48 * HOUR_MS } = story;
    const known = (_: number, at: number) =>
      at < START ? null : liveFactsOf(directory, marketOf(symbol), at, filtering, END);
    const universe = new Universe([{ market: marketOf(symbol), firstCandleAt }], filtering.refreshMs, 'USD', { known });
    const candles = Array.from({ length: minutes }, (_, n) => ({
      market: 0,
      at: END - (minutes - n) * MINUTE_MS,
      open: 100,
      high: 100,
      low: 100,
      close: 100,
      ...(quiet ? { volume: 0, cell: Cell.quiet } : { volume: 7 }),
    }));
    universe.advance(tapeOf(candles, 1), filtering);
    const live = openLive(scene.store, scene.database.connection);
    await live.saveVerdicts(scene.run.id, scene.ids, universe.drainVerdicts());
    const rows = await query(
      scene.database.connection,
      `select rule, value, pass from universe_verdict where timestamp = (select max(timestamp) from universe_verdict)`,
    );
    const rule = (name: RuleName) => {
      const { value, pass } = rows.find(row => row['rule'] === name)!;
      return { value, pass };
    };
    const failed = RULES.filter(name => !rule(name).pass);
    return { rule, failed, directory };
  };
  const UNKNOWN = { value: null, pass: false };

  it('which passes where all is well, so that the rest proves something', async () => {
    const { rule, failed } = await judged({});
    expect(failed).to.deep.equal([]);
    expect(rule('market_cap')).to.deep.equal({ value: 5e9, pass: true });
  });

  const silent: Record<string, Answer> = {
    'is down': response => response.writeHead(503).end(),
    'cuts the line': response => response.destroy(),
    'is slow': () => undefined,
    'begins and never ends': response => response.write('[{"id":'),
    'says it is asked too often': response => response.writeHead(429).end(),
    'answers with a page for people': response => response.end('<html><script>alert(1)</script>'),
    'answers with another shape': response => response.end('{"coins": []}'),
    'answers with rows that are none': page(null, 7, 'x', [], {}, { id: 'ay' }),
    'answers with nothing': page(),
  };
  for (const [what, hostile] of Object.entries(silent))
    it(`of an unknown capitalisation, which fails, where its source ${what}`, async () => {
      const { rule, failed } = await judged({ answer: hostile });
      expect(rule('market_cap')).to.deep.equal(UNKNOWN);
      expect(failed).to.deep.equal(['market_cap']);
    });

  it('of its value where numbers are texts and have exponents', async () => {
    for (const [price, cap] of [
      ['1e2', '5.0E+9'],
      [1e2, 5e9],
      ['100.0', '5000000000'],
    ]) {
      const { rule } = await judged({ answer: page(coin({ current_price: price, market_cap: cap })) });
      expect(rule('market_cap')).to.deep.equal({ value: 5e9, pass: true });
    }
  });

  it('of an unknown capitalisation where a number is absurd, negative or none', async () => {
    for (const cap of [-5e9, '1e400', 'NaN', '5,000,000,000', null, 0, true, 1e16])
      expect(
        (await judged({ answer: page(coin({ market_cap: cap }), coin({ id: 'b', symbol: 'b' })) })).rule('market_cap'),
      ).to.deep.equal(UNKNOWN, String(cap));
  });

  it('of its value, the name stored as one plain line, where a name steers terminals or pages', async () => {
    const hostile = '\u001b]0;x\u0007<img src=x onerror=alert(1)>Ay\u202e\n\u0000';
    const { rule, directory } = await judged({ answer: page(coin({ name: hostile })) });
    expect(rule('market_cap')).to.deep.equal({ value: 5e9, pass: true });
    const [market] = await scene.store.markets();
    const [change] = coinChanges([market!], directory, new Map());
    await openLive(scene.store, scene.database.connection).saveCoins([change!]);
    const [row] = await query(scene.database.connection, `select name from cryptocurrency where id = ${market!.id}`);
    expect(row!['name'])
      .to.match(/^[^\p{C}<>]+$/u)
      .and.to.contain('Ay');
  });

  it('of an unknown capitalisation where two coins of one symbol may be it, never of the larger one', async () => {
    const twins = [coin(), coin({ id: 'copy', market_cap: 9e12 })];
    expect((await judged({ answer: page(...twins) })).rule('market_cap')).to.deep.equal(UNKNOWN);
    const told = [coin(), coin({ id: 'copy', market_cap: 9e12, current_price: 3 })];
    expect((await judged({ answer: page(...told) })).rule('market_cap')).to.deep.equal({ value: 5e9, pass: true });
  });

  it('of an unknown capitalisation where the only coin of its symbol costs something else', async () => {
    expect((await judged({ answer: page(coin({ current_price: 3 })) })).rule('market_cap')).to.deep.equal(UNKNOWN);
  });

  it('of an unknown volume where nothing tells what its currency is worth', async () => {
    const { rule, failed } = await judged({ symbol: 'AAA/BTC' });
    expect(rule('daily_volume')).to.deep.equal(UNKNOWN);
    expect(failed).to.deep.equal(['quote_currency', 'daily_volume']);
  });

  it('of no volume at all where nothing is traded all day', async () => {
    const still = await judged({ ticker: { volume24h: 0, vwap24h: null }, quiet: true });
    expect(still.rule('daily_volume')).to.deep.equal({ value: 0, pass: false });
    expect(still.failed).to.deep.equal(['daily_volume']);
    const untold = await judged({ ticker: { volume24h: null, vwap24h: null, bid: null, ask: null } });
    expect(untold.rule('daily_volume')).to.deep.equal(UNKNOWN);
    expect(untold.rule('spread')).to.deep.equal(UNKNOWN);
  });

  it('of too short a history where a coin was listed an hour ago, and of what an hour cannot tell', async () => {
    const { rule, failed } = await judged({ firstCandleAt: END - HOUR_MS, minutes: 60 });
    expect(rule('history')).to.deep.equal({ value: 1, pass: false });
    expect(failed).to.deep.equal(['volatility', 'history', 'coverage']);
    expect(rule('volatility')).to.deep.equal(UNKNOWN);
    expect(rule('coverage')).to.deep.equal(UNKNOWN);
  });
});
