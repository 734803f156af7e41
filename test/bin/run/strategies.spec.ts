import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ParityReport } from '../../../lib/report/parity.js';
import type { Why } from '../../../lib/report/why.js';
import { jsonHere, runHere } from '../../support/here.js';
import { migratedDatabase, query, type FreshDatabase } from '../../world/store/fixtures.js';
import { until, urlOf } from '../child.js';
import { endRun, LIVELY, startRun, writeConfig, type LiveRun } from '../live-run.js';

const MINE = `
export default ({ strategy, real, indicator, own, above }) =>
  strategy({
    name: 'rises',
    parameters: { least: real(0, 2, 1) },
    columns: () => ({
      mean: indicator('sma', { period: 30 }),
      mine: own({ candles: 1, start: () => ({}), step: (_, { close }) => close }),
    }),
    entry: ({ mean, mine }, { least }, { close }) => ({
      up: above(close, mean.times(least)),
      rising: above(close, mine.before(3)),
    }),
  });
`;
const CONFIG = `${LIVELY}
strategies:
  - {name: momentum, use: momentum}
  - name: loose
    use: momentum
    wallet: shadow
    parameters: {roc: {thresholds: [-5, -5]}, volume: {factor: 0.1}}
    risk: {stop_loss_percentage: 1}
  - {name: mine, use: ./mine.mjs, wallet: shadow}
`;

const SHADOW_MISSING = `not coalesce(shadow_decisions ? 'loose' and shadow_decisions ? 'mine', false)`;

describe('a live run with several strategies', function () {
  this.timeout(180_000);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'crypto-bot-strategies-')));
  const file = join(folder, 'mine.mjs');
  const write = (text: string) => writeFileSync(file, text);
  let database: FreshDatabase;
  let env: Record<string, string>;
  let run: LiveRun;
  const rows = <Row extends object = Record<string, unknown>>(sql: string) => query<Row>(database.connection, sql);
  const countOf = async (sql: string) => (await rows<{ n: number }>(`select count(*)::int as n from ${sql}`))[0]!.n;
  const decided = (condition = 'true') => countOf(`market_data where decision is not null and ${condition}`);

  before(async () => {
    write(MINE);
    database = await migratedDatabase();
    env = { DATABASE_URL: urlOf(database.connection) };
    const args = ['--simulate', '--speed', '240', '--no-limits', '--symbols', 'BTC/USD,ETH/USD'];
    run = startRun([...args, '--config', writeConfig(folder, CONFIG)], { env, cwd: folder });
    await until(
      'each strategy has found something',
      async () => {
        const found = await rows(`select distinct strategy from opportunity`);
        const differing = await decided(`decision <> shadow_decisions->>'loose'`);
        return (await decided()) > 60 && differing > 0 && found.length === 3;
      },
      90_000,
    );
  });
  after(async () => {
    await endRun(run, 10_000);
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('stores what each decides and finds, with the version that did', async () => {
    expect(await decided(SHADOW_MISSING)).to.equal(0);
    expect(
      await rows(`select id, name, use, wallet, parameters->'volume.factor' as factor, parameters->'risk.stop_loss_percentage' as stop,
        parameters->'least' as least, source_hash is not null as has_source from strategy_version order by id`),
    ).to.deep.equal([
      {
        id: 1,
        name: 'momentum',
        use: 'momentum',
        wallet: 'main',
        factor: 0.8,
        stop: null,
        least: null,
        has_source: false,
      },
      { id: 2, name: 'loose', use: 'momentum', wallet: 'shadow', factor: 0.1, stop: 1, least: null, has_source: false },
      { id: 3, name: 'mine', use: 'mine.mjs', wallet: 'shadow', factor: null, stop: null, least: 1, has_source: true },
    ]);
    expect(
      await rows(`select distinct strategy, strategy_version_id as version from opportunity order by 2`),
    ).to.deep.equal([
      { strategy: 'momentum', version: 1 },
      { strategy: 'loose', version: 2 },
      { strategy: 'mine', version: 3 },
    ]);
    // each opportunity is a decision of its strategy, and the other way round
    const NAMED = `coalesce(case when strategy = 'momentum' then decision else shadow_decisions->>strategy end, '')`;
    expect(
      await countOf(
        `opportunity o join market_data m using (cryptocurrency_id, "timestamp") where ${NAMED} <> 'opportunity'`,
      ),
    ).to.equal(0);
    expect(run.said(/^opportunity of loose at /)).to.equal(true);
  });

  it('takes over another version of a file, and decides on every minute; a broken one leaves it in force', async () => {
    const last = async () =>
      Number((await rows(`select max(extract(epoch from "timestamp")) as at from market_data`))[0]!['at']);
    write(MINE.replace('real(0, 2, 1)', 'real(0, 2, 1.001)'));
    await until(
      'the new version is recorded',
      async () => (await countOf(`strategy_version where name = 'mine'`)) === 2,
    );
    const recorded = await last();
    expect(run.said(/^configuration 1 is in force: strategies\.mine\.source: [0-9a-f]{12} → [0-9a-f]{12}$/)).to.equal(
      true,
    );
    await until(
      'it has decided',
      async () => (await decided(`extract(epoch from "timestamp") > ${recorded + 600}`)) > 0,
    );
    expect(await countOf(`strategy_version`)).to.equal(4); // none of the others

    write(readFileSync(file, 'utf8').replace('strategy({', 'strategy({{'));
    await until('the broken one is refused', () =>
      Promise.resolve(run.said(/^edit rejected, nothing changed: mine\.mjs:3:\d+: Expected identifier/)),
    );
    const broken = await last();
    await until(
      'the run goes on',
      async () => (await decided(`extract(epoch from "timestamp") > ${broken + 600}`)) > 0,
    );
    expect(
      await rows(`select status, problems is not null as refused from configuration_history order by id`),
    ).to.deep.equal([
      { status: 'accepted', refused: false },
      { status: 'refused', refused: true },
    ]);
    // no strategy lost a minute, or what it knew of earlier ones
    expect(await decided(SHADOW_MISSING)).to.equal(0);
    const UNKNOWN = `'unknown' in (decision, shadow_decisions->>'loose', shadow_decisions->>'mine') or 'warming_up' in (decision, shadow_decisions->>'loose')`;
    expect(await decided(UNKNOWN)).to.equal(0);
    const gaps = `(select "timestamp" - lag("timestamp") over (partition by cryptocurrency_id order by "timestamp") as step
      from market_data where decision is not null) as s where step > interval '1 minute'`;
    expect(await countOf(gaps)).to.equal(0);
  });

  it('is explained strategy by strategy, and repeated by a replay', async () => {
    write(MINE.replace('real(0, 2, 1)', 'real(0, 2, 1.001)'));
    await until('the file is as it was', () => Promise.resolve(run.said(/matches the version in force again/)));
    await endRun(run, 20_000);
    const [at] = await rows<{ market: string; time: string; loose: string; mine: string; decision: string }>(
      `select symbol as market, to_char("timestamp" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI') as time, decision, shadow_decisions->>'loose' as loose,
         shadow_decisions->>'mine' as mine from market_data join cryptocurrency c on c.id = cryptocurrency_id
       where shadow_decisions->>'mine' in ('up', 'rising') and revised_at is null order by "timestamp" desc limit 1`,
    );
    const args = ['why', at!.market, at!.time, '--config', 'config.yaml', '--strategy'];
    const mine = await jsonHere<Why>([...args, 'mine'], { env, cwd: folder });
    expect(mine).to.deep.include({
      decision: at!.mine,
      strategy: 'mine',
      others: [
        { strategy: 'momentum', decision: at!.decision, reason: null },
        { strategy: 'loose', decision: at!.loose, reason: null },
      ],
    });
    expect(mine.checks.map(({ condition }) => condition)).to.deep.equal(['up', 'rising']);
    expect(mine.notes).to.deep.equal([]);

    const replay = await runHere(['parity', '--config', 'config.yaml', '--json'], { env, cwd: folder });
    const parity = JSON.parse(replay.stdout) as ParityReport;
    expect(parity.strategies.map(({ name }) => name)).to.deep.equal(['momentum', 'loose', 'mine']);
    expect(parity.notCompared).to.deep.equal([]);
    expect(parity.strategies[0]!.decisions).to.equal(await decided());
    expect(parity.unexplained, JSON.stringify(parity.differences.slice(0, 5))).to.equal(0);
    const decisions = parity.differences.filter(({ what }) => what !== 'entry' && what !== 'exit');
    expect(new Set(decisions.map(one => `${one.strategy}: ${one.reason}`))).to.deep.equal(
      new Set(decisions.length > 0 ? ['mine: decided by another version of the strategy'] : []),
    );
    const { stdout } = await runHere(['parity', '--config', 'config.yaml'], { env, cwd: folder });
    expect(stdout).to.match(/^Run 1, momentum, loose, mine: .*, 2 markets\n/);

    await rows(`update market_data set shadow_decisions = shadow_decisions || '{"loose": "volume"}'
      where "timestamp" = (select min("timestamp") from market_data where decision is not null and shadow_decisions->>'loose' <> 'volume')`);
    await rows(`insert into strategy_version (run_id, name, "use", wallet, parameters, parameter_hash, configuration_id, "timestamp")
      select run_id, 'removed', "use", wallet, parameters, parameter_hash, configuration_id, "timestamp" from strategy_version where name = 'loose'`);
    const changed = await runHere(['parity', '--config', 'config.yaml'], { env, cwd: folder });
    expect(changed.code).to.equal(1);
    expect(changed.stdout).to.match(/^not compared: strategy removed: configuration 1 does not list it; --from and/m);
    expect(changed.stdout).to.match(/^loose +(?:BTC|ETH)\/USD +\S+Z +decision +volume +\S+ +not explained$/m);
  });
});
