import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import tulind from 'tulind';
import { strategyCheckCommand } from '../../../bin/commands/strategy-check.js';
import { openTerminal } from '../../../bin/terminal.js';
import { UserError } from '../../../lib/errors.js';
import { Cell } from '../../../lib/tape.js';
import { MINUTE_MS } from '../../../lib/units.js';
import { readStrategyCheck } from '../../../lib/world/store/strategy-checks.js';
import { bundleStrategy } from '../../../lib/world/strategies/bundle.js';
import { checkOn } from '../../../lib/world/strategies/check.js';
import { loadHere } from '../../../lib/world/strategies/load.js';
import { storedMarkets, type StoredRequest } from '../../../lib/world/strategies/stored-candles.js';
import { runBot, urlOf } from '../../bin/child.js';
import { ensurePartitions, lockMarket } from '../../../lib/world/store/candles/market.js';
import { defaultSettings } from '../../support/settings.js';
import { migratedDatabase, type FreshDatabase } from '../store/fixtures.js';

const START = Date.UTC(2026, 0, 5, 7, 30);
const WARM = 12_240;
const at = (minute: number): number => START + minute * MINUTE_MS;

describe('the stored candles of a check', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-strategy-'));
  let database: FreshDatabase;
  let client: Client;

  /** Stores a candle a minute, with a price that goes up and down around `price`. */
  const store = async (symbol: string, price: number, first: number, end: number): Promise<void> => {
    await ensurePartitions(client, at(first), at(end));
    await client.query(
      `insert into market_data (cryptocurrency_id, timestamp, open, high, low, close, volume, source)
       select $1::int, to_timestamp($2::float8 + 60 * n), open, greatest(open, close) * 1.0001, least(open, close) * 0.9999, close,
         10 + 100 * abs(sin(n::float8 * n)), 'import'
       from generate_series($3::int, $4::int - 1) n,
         lateral (select $5 * (1 + 0.02 * sin(n / 300.0) + 0.002 * sin(n::float8 * n)) as close,
           $5 * (1 + 0.02 * sin((n - 1) / 300.0) + 0.002 * sin((n - 1)::float8 * (n - 1))) as open) as prices`,
      [await lockMarket(client, symbol), START / 1_000, first, end, price],
    );
  };

  before(async () => {
    database = await migratedDatabase();
    client = new Client({ ...database.connection, ssl: false });
    await client.connect();
    await store('DEAR/USD', 5e6, 0, WARM + 2_880);
    await store('LATE/USD', 1, 1_440, WARM + 2_880);
    await store('YOUNG/USD', 1, WARM, WARM + 2_880);
    await store('GONE/USD', 1, -20_000, -6_000);
  });
  after(async () => {
    await client.end();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = (symbols: readonly string[], from?: number, to?: number) =>
    storedMarkets(client, {
      symbols,
      from: from === undefined ? undefined : at(from),
      to: to === undefined ? undefined : at(to),
    } satisfies StoredRequest);

  it('are those of the period and of the warm-up before it', async () => {
    const { symbols, tape } = await read(['DEAR/USD', 'LATE/USD'], WARM + 1_500, WARM + 1_600);
    expect(symbols).to.deep.equal(['DEAR/USD', 'LATE/USD']);
    expect([tape.start, tape.minutes]).to.deep.equal([at(1_500), WARM + 100]);
    expect(tape.cell.every(kind => kind === Cell.traded)).to.equal(true);
    expect(tape.close[0]).to.be.within(4.8e6, 5.2e6);
    expect(tape.close[tape.minutes]).to.be.within(0.9, 1.1);
  });

  it('are by default the last ones for which every market is warm', async () => {
    const { tape } = await read(['DEAR/USD', 'LATE/USD']);
    expect([tape.start, tape.start + tape.minutes * MINUTE_MS]).to.deep.equal([at(1_440), at(WARM + 2_880)]);
    const { tape: gone } = await read(['GONE/USD']);
    expect([gone.start, gone.start + gone.minutes * MINUTE_MS]).to.deep.equal([at(-20_000), at(-6_000)]);
  });

  for (const [symbols, from, to, says] of [
    [['NONE/USD'], undefined, undefined, /^--symbols: nothing is stored of NONE\/USD\.\nThere is: DEAR\/USD, GONE/],
    [
      ['DEAR/USD', 'LATE/USD'],
      WARM + 1_439,
      undefined,
      /^--from 2026-01-14T19:29:00Z is too early for LATE\/USD, stored from 2026-01-06T07:30:00Z on: .*\n.*Expected --from 2026-01-14T19:30:00Z or later\.$/,
    ],
    [
      ['YOUNG/USD'],
      undefined,
      undefined,
      /^Too little is stored of YOUNG\/USD before 2026-01-15T19:30:00Z: a check warms up over 12,240 minutes/,
    ],
    [['DEAR/USD', 'GONE/USD'], undefined, undefined, /^Too little is stored of DEAR\/USD before 2026-01-01T03:30:00Z/],
    [
      ['GONE/USD'],
      WARM,
      WARM + 60,
      /^No candle is stored from \S+ to \S+\. There is:\nGONE\/USD from 2025-12-22T10:10/,
    ],
    [['DEAR/USD'], WARM, WARM + 59, / is too short: expected a period of at least 60 minutes\.$/],
    [['DEAR/USD'], WARM, WARM + 400_000, /^1 market over 400,000 minutes: expected at most 387,760 minutes/],
  ] as const)
    it(`are refused: ${symbols.join(', ')}, ${from ?? 'no --from'}, ${to ?? 'no --to'}`, async () => {
      const mistake: unknown = await read(symbols, from, to).catch((error: unknown) => error);
      expect(mistake).to.be.instanceOf(UserError);
      expect((mistake as UserError).exitCode).to.equal(2);
      expect((mistake as UserError).lines.join('\n')).to.match(says);
    });

  it('have an honest strategy keep every law', async () => {
    const file = join(folder, 'honest.ts');
    writeFileSync(
      file,
      `export default ({ strategy, indicator, crossesAbove }) =>
        strategy({
          name: 'honest',
          columns: () => ({ fast: indicator('ema', { period: 5 }), slow: indicator('ema', { period: 20 }) }),
          entry: ({ fast, slow }) => ({ crossing: crossesAbove(fast, slow) }),
        });`,
    );
    const order = { file, parameters: {}, indicators: defaultSettings.indicators };
    const loaded = await loadHere(await bundleStrategy(file), order, tulind.indicators);
    const market = await read(['DEAR/USD', 'LATE/USD']);
    const { failure, laws, opportunities } = checkOn(loaded, defaultSettings, market, 1, () => undefined, 2);
    expect(failure).to.equal(null);
    expect(laws.map(({ cases, breach }) => [cases > 0, breach])).to.deep.equal(Array(6).fill([true, null]));
    expect(opportunities).to.be.above(100);
  });

  describe('in bin/bot strategy check', () => {
    const terminal = openTerminal(new AbortController().signal);
    const bot = (...args: string[]) =>
      runBot(['strategy', 'check', ...args], { cwd: folder, env: { DATABASE_URL: urlOf(database.connection) } });

    it('catch a strategy that looks ahead only at prices which no generated market has, and are named in its verdict', async () => {
      writeFileSync(
        join(folder, 'cheat.ts'),
        `export default ({ strategy, own }) => {
          let latest = 0;
          return strategy({
            name: 'cheat',
            columns: () => ({ seen: own({ start: () => 0, step: (_, { close }) => (latest = close) }) }),
            conditions: ['rising'],
            decide: ({ open, close }) => (close > 1e6 ? latest > close : close > open) ? 0.5 : 'rising',
          });
        };`,
      );
      const { code, stdout, stderr } = await bot('cheat.ts', '--symbols', 'DEAR/USD');
      expect(code).to.equal(1);
      expect(stderr).to.match(/^error: the strategy breaks a law$/m);
      expect(stdout).to.match(
        /^DEAR\/USD, stored: 2026-01-13T19:30:00Z to 2026-01-15T19:30:00Z, after 12,240 minutes of warm-up, [\d,]+ with an opportunity$/m,
      );
      const stored = stdout.slice(stdout.indexOf('DEAR/USD, stored'));
      expect(stored).to.match(/^ {2}no cuts .*\n +DEAR\/USD at 2026-01-\S+: (?:rising|opportunity)/m);
      expect(stored).to.match(/^ {2}no future /m);
      expect(stdout.slice(0, -stored.length).match(/^ {2}ok/gm)).to.have.length(6);

      const { hash: sourceHash } = await bundleStrategy(join(folder, 'cheat.ts'));
      const verdict = await readStrategyCheck(client, { sourceHash, parameters: {} });
      expect(verdict).to.deep.include({ passed: false, storedSymbols: ['DEAR/USD'] });
    });

    for (const [options, says] of [
      [{ from: '2026-01-14' }, /^--from, --to and --last are the period of stored candles: they go with --symbols/],
      [{ symbols: ['apples'] }, /^--symbols: "apples" is no market: expected BASE\/QUOTE, as BTC\/USD/],
      [{ symbols: [] }, /^--symbols names no market: expected some/],
      [{ symbols: ['DEAR/USD'], from: 'soon' }, /^--from: found "soon", expected a UTC time/],
    ] as const)
      it(`refuse ${JSON.stringify(options)}`, async () => {
        const mistake: unknown = await strategyCheckCommand('none.ts', options, terminal).catch(
          (error: unknown) => error,
        );
        expect(mistake).to.be.instanceOf(UserError);
        expect((mistake as UserError).exitCode).to.equal(2);
        expect((mistake as UserError).lines.join('\n')).to.match(says);
      });
  });
});
