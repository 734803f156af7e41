import { expect } from 'chai';
import { openPositionDesk, type PositionDesk } from './position-desk.js';

const SPEED = 240;
const START = Date.UTC(2026, 3, 12, 12, 0, 30);
const SYMBOLS = ['DOGE/USD', 'ETH/USD', 'SOL/USD'];
// Nothing but what the exchange does to a market ends a trade.
const SETTINGS = `
exchange: { url: URL, clock_speed: ${SPEED} }
risk_management:
  stop_loss_percentage: 90
  take_profit_levels: [{ percentage: 900, position_percentage: 100 }]
  trailing_stop: { activation_percentage: 900, offset_percentage: 50 }
  max_opportunity_age_seconds: 3600
`;

describe('the position manager, on an exchange that takes a market away', function () {
  this.timeout(90_000);
  let desk: PositionDesk;

  before(async () => {
    desk = await openPositionDesk({ symbols: SYMBOLS, start: START, speed: SPEED, configurations: [SETTINGS] });
    desk.start();
  });
  after(() => desk.close());

  const rows = <Row extends object = Record<string, unknown>>(sql: string) => desk.rows<Row>(sql);
  const held = () => desk.held();
  const waitUntil: PositionDesk['waitUntil'] = (what, is) => desk.waitUntil(what, is);
  const exits = () =>
    rows(
      'select symbol, reason, e.exit_price::float8 as price from partial_exit e join simulated_trade t on t.id = e.trade_id join cryptocurrency c on c.id = cryptocurrency_id',
    );
  const order = (fault: { kind: string; pair: string; status?: string }) =>
    desk.simulated.faults.add(fault, desk.simulated.now());

  it('buys at the books and stores those that it walked', async () => {
    await waitUntil('three trades are open', async () => (await rows('select id from simulated_trade')).length === 3);
    const fills = await rows<{ price: number; size: number; kind: string; book: { asks: [number, number][] } }>(
      `select entry_price::float8 as price, size::float8 as size, kind, order_book as book from simulated_trade t
       join fill_book b on b.run_id = t.run_id and b.cryptocurrency_id = t.cryptocurrency_id and b.timestamp = t.entry_timestamp`,
    );
    expect(fills).to.have.length(3);
    for (const { price, size, kind, book } of fills) {
      let [left, paid] = [size, 0];
      for (const [level, there] of book.asks) {
        const part = Math.min(left, there);
        paid += part * level;
        left -= part;
      }
      expect([kind, price]).to.deep.equal(['entry', price]);
      expect(paid / size).to.be.closeTo(price, 1e-9 * price);
    }
  });

  it('sells nothing for a pause of some minutes, and says so in the state', async () => {
    const fault = order({ kind: 'pair_status', pair: 'ETHUSD', status: 'cancel_only' });
    await waitUntil('it is suspended', async () =>
      (await held()).some(({ suspendedSince }) => suspendedSince !== undefined),
    );
    const suspended = (await held()).filter(({ suspendedSince }) => suspendedSince !== undefined);
    expect(suspended.map(({ symbol }) => symbol)).to.deep.equal(['ETH/USD']);
    desk.simulated.faults.remove(fault);
    await waitUntil('it goes on', () => desk.said.includes('can be traded again'));
    await waitUntil('the state says so', async () =>
      (await held()).every(({ suspendedSince }) => suspendedSince === undefined),
    );
    expect(await exits()).to.deep.equal([]);
  });

  it('sells what is held of a market that went while it was away, and stays away, at its last book, and nothing else', async () => {
    const before = (await held()).find(({ symbol }) => symbol === 'DOGE/USD')!;
    desk.stop();
    order({ kind: 'delisted', pair: 'XDGUSD' });
    desk.start();
    await waitUntil('it has left', async () => (await exits()).length > 0);
    const [exit, ...more] = (await exits()) as { symbol: string; reason: string; price: number }[];
    expect(more).to.deep.equal([]);
    expect(exit).to.include({ symbol: 'DOGE/USD', reason: 'delisted' });
    expect(exit!.price).to.be.within(before.lastPrice! * 0.9, before.lastPrice! * 1.1);
    expect((await held()).map(({ symbol }) => symbol)).to.deep.equal(['ETH/USD', 'SOL/USD']);
    const [trade] = await rows(`select status, exit_timestamp - entry_timestamp > interval '15 minutes' as late
      from simulated_trade t join cryptocurrency c on c.id = cryptocurrency_id where symbol = 'DOGE/USD'`);
    expect(trade).to.deep.equal({ status: 'closed', late: true });
    expect(desk.said.some(line => /^sold .* DOGE at .*delisted/.test(line))).to.equal(true);
  });
});

describe('the position manager, when its configuration is edited', function () {
  this.timeout(60_000);
  let desk: PositionDesk;
  const sized = (percent: number) => `${SETTINGS}  max_position_size_percentage: ${percent}\n`;
  const depthAsked = () => desk.simulated.requests.summary().requests.some(({ endpoint }) => endpoint === 'Depth');

  beforeEach(async () => {
    const configurations = [sized(5), sized(8)];
    desk = await openPositionDesk({ symbols: ['ETH/USD'], start: START, speed: 10, configurations });
  });
  afterEach(() => desk.close());

  it('names the configuration that decided for what it buys, if the edit comes while it waits for an order book', async () => {
    desk.simulated.faults.add({ kind: 'late', endpoint: 'Depth', milliseconds: 1_500 }, desk.simulated.now());
    desk.start();
    await desk.waitUntil('an order book is asked for', depthAsked);
    desk.edit(1);
    await desk.waitUntil('it has bought', async () => (await desk.rows('select id from simulated_trade')).length > 0);
    const [trade] = await desk.rows(
      'select configuration_id, round(size * entry_price / 100) as percent from simulated_trade',
    );
    expect(trade).to.deep.equal({ configuration_id: desk.configurationIds[0], percent: '5' });
  });
});

describe('the position manager, when strategies are added and removed', function () {
  this.timeout(90_000);
  let desk: PositionDesk;
  const list = (...shadows: readonly string[]) =>
    `${SETTINGS.replace('3600', '1800')}\nstrategies: [{ name: momentum, use: momentum }${shadows.map(each => `, ${each}`).join('')}]`;

  before(async () => {
    const configurations = [
      list(),
      list('{ name: tight, use: momentum, wallet: shadow, risk: { stop_loss_percentage: 5 } }'),
    ];
    desk = await openPositionDesk({ symbols: ['ETH/USD'], start: START, speed: SPEED, configurations });
    desk.start();
  });
  after(() => desk.close());

  const statuses = async (strategy: string) =>
    (await desk.rows(`select status from opportunity where strategy = '${strategy}' order by id`)).map(
      row => row['status'],
    );
  const trades = () =>
    desk.rows(
      `select strategy_used as strategy, trade_number as number, status, configuration_id from simulated_trade order by 1`,
    );
  const version = async (): Promise<number> =>
    (await desk.rows(`select version from portfolio_state where strategy = 'momentum'`))[0]!['version'] as number;
  const holds = async (strategy: string) => {
    const [row] = await desk.rows(
      `select jsonb_array_length(state->'held') as held from portfolio_state where strategy = '${strategy}'`,
    );
    return row?.['held'];
  };

  it('gives each a wallet that sells what it holds, also when the strategy is gone and after a restart', async () => {
    const [one, two] = desk.configurationIds;
    await desk.waitUntil('the main one has bought', async () => (await trades()).length === 1);
    desk.edit(1);
    await desk.find('tight');
    await desk.waitUntil('the added one has bought', async () => (await trades()).length === 2);
    const open = [
      { strategy: 'momentum', number: 1, status: 'open', configuration_id: one },
      { strategy: 'tight', number: 1, status: 'open', configuration_id: two },
    ];
    expect(await trades()).to.deep.equal(open);

    desk.edit(0);
    // A round under way goes on with the settings that it began with.
    const began = await version();
    await desk.waitUntil('two more rounds are stored', async () => (await version()) > began + 1);
    await desk.find('tight');
    await desk.waitUntil('the removed one buys nothing more', async () => (await statuses('tight'))[1] === 'expired');
    desk.stop();
    desk.start();
    desk.fall({ from: desk.simulated.now(), to: Infinity, factor: 0.9 });
    await desk.waitUntil('it has sold', async () => (await trades())[1]!['status'] === 'closed');
    expect(await trades()).to.deep.equal([open[0], { ...open[1], status: 'closed' }]);
    expect([await holds('momentum'), await holds('tight')]).to.deep.equal([1, 0]);

    const heard = desk.said.filter(line => /wallet/.test(line)).map(line => line.replace(/at [\d,.]+ USD$/, 'at …'));
    expect(heard).to.deep.equal([
      'wallets of the strategies momentum, tight',
      'wallets of the strategies momentum, tight', // after the restart
      'strategy removed, nothing left to sell: its wallet ends at …',
    ]);

    // it has no wallet any more
    await desk.find('tight');
    await desk.waitUntil('its last opportunity is too old', async () => (await statuses('tight'))[2] === 'expired');
    const [marks] = await desk.rows(
      `select max("timestamp") filter (where strategy = 'tight') < max("timestamp") filter (where strategy = 'momentum') as earlier from equity_point`,
    );
    expect(marks).to.deep.equal({ earlier: true });
    expect(await statuses('momentum')).to.deep.equal(['taken']);
  });
});
