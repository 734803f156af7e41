import { expect } from 'chai';
import { openOddServer, PASSWORD, PERIOD, type OddServer } from '../../support/odd-server.js';

const BACKTEST = ['backtest', '--from', PERIOD[0], '--to', PERIOD[1], '--json'] as const;

describe('a command on a database that does not suit it says what is expected:', function () {
  this.timeout(60_000);
  let server: OddServer;
  before(async () => (server = await openOddServer()));
  after(() => server.close());

  const as = (database: string, user: string) => server.url({ database, user, password: PASSWORD });
  const refusal = async (databaseUrl: string, ...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await server.bot(databaseUrl, ...args);
    expect(stderr).to.not.match(/internal error|fault of the bot/);
    return `${code} ${stderr}`;
  };
  const importing = () => ['import', ...server.files] as const;

  it('a server that is read-only now, where something is to be stored; reading goes on', async () => {
    await server.makeDatabase('full');
    const full = server.url({ database: 'full' });
    expect((await server.bot(full, ...importing())).code).to.equal(0);
    const before = await server.bot(full, ...BACKTEST);
    await server.sql('ALTER DATABASE "full" SET default_transaction_read_only = on');
    for (const args of [importing(), BACKTEST])
      expect(await refusal(full, ...args)).to.match(
        /^1 error: The database .* is read-only now \(default_transaction_read_only = on\).*\nerror: Free disk space there, .*\nerror: Meanwhile these work: status, why, /,
      );
    expect((await server.bot(full, 'status')).code).to.equal(0);
    const dry = await server.bot(full, ...BACKTEST, '--dry-run');
    expect(JSON.parse(dry.stdout)).to.deep.equal({ ...(JSON.parse(before.stdout) as object), run: null });
  });

  it('a server that is read-only now and has no tables yet', async () => {
    await server.makeDatabase('frozen');
    await server.sql('ALTER DATABASE "frozen" SET default_transaction_read_only = on');
    expect(await refusal(server.url({ database: 'frozen' }), 'status')).to.match(
      /^1 error: The database .* is read-only now \(default_transaction_read_only = on\)/,
    );
  });

  it('a database whose tables belong to the role that restored a backup', async () => {
    await server.makeRole('late');
    await server.makeDatabase('restored', 'OWNER late');
    expect((await server.bot(server.url({ database: 'restored' }), 'status')).code).to.equal(0); // makes them
    for (const args of [['status'], importing()])
      expect(await refusal(as('restored', 'late'), ...args)).to.match(
        /^2 error: The bot's tables in the schema public of the database .* belong to (\S+), and late may not read them\.\nerror: Use the role \1\. If it restored a backup for late: drop the database and restore it as late, /,
      );
  });

  it('a role that may create no table: the grant, and the schema in which it may', async () => {
    await server.makeRole('guest');
    await server.makeDatabase('strict');
    const guest = as('strict', 'guest');
    expect(await refusal(guest, ...importing())).to.match(
      /^2 error: The database .* does not let guest create tables in the schema public\.\nerror: As its owner, run in that database: GRANT CREATE, USAGE ON SCHEMA "public" TO "guest"\n/,
    );
    expect(await refusal(guest, 'status')).to.match(/^2 error: .* contains no bot tables that guest may read\.\n/);
    await server.within('strict', 'CREATE SCHEMA "Its own" AUTHORIZATION guest');
    const line = await refusal(guest, ...importing());
    const [, parameter] = /It may do so in Its own\. To use Its own, add \?(\S+) to the URL\./.exec(line) ?? [];
    expect((await server.bot(`${guest}?${parameter}`, ...importing())).code).to.equal(0);
  });

  it('a schema that contains another program’s tables', async () => {
    await server.makeDatabase('taken');
    await server.within('taken', 'CREATE TABLE run (miles int)', 'CREATE TABLE opportunity (cost int)');
    expect(await refusal(server.url({ database: 'taken' }), 'status')).to.match(
      /^2 error: The schema public of the database already contains tables that the bot did not create: opportunity, run\.\nerror: Give the bot its own schema/,
    );
    const tables = await server.within('taken', 'SELECT FROM pg_tables WHERE schemaname = current_schema()');
    expect(tables).to.have.length(2);
  });

  it('a role that may create no temporary table, as soon as an import needs one', async () => {
    await server.makeRole('untemporary');
    await server.makeDatabase('durable', 'OWNER untemporary');
    await server.within('durable', 'REVOKE TEMPORARY ON DATABASE durable FROM PUBLIC, untemporary');
    const durable = as('durable', 'untemporary');
    expect((await server.bot(durable, ...importing())).code).to.equal(0);
    expect(await refusal(durable, 'import', server.revision)).to.match(
      /^1 error: Database error: permission denied to create temporary tables in database "durable" \(42501\)\.\nerror: As its owner, run: GRANT TEMPORARY ON DATABASE "durable" TO /,
    );
  });

  it('a role that may connect only once', async () => {
    await server.makeRole('lonely', 'CONNECTION LIMIT 1');
    await server.makeDatabase('narrow', 'OWNER lonely');
    expect(await refusal(as('narrow', 'lonely'), 'status')).to.match(
      /^1 error: The database .* accepts no connections now: .* \(53300: too many connections for role "lonely"\)/,
    );
  });
});
