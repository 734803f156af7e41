import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { UserError } from '../../../lib/errors.js';
import { openDatabase, type Connection } from '../../../lib/world/database/index.js';
import { parseUrl } from '../../../lib/world/database/url.js';
import { CERTIFICATE, startPooler, type Pooler, type PoolerOptions } from '../../support/pooler.js';
import { migratedDatabase, type FreshDatabase } from '../store/fixtures.js';

const linesOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof UserError) return error.lines.join('\n');
    throw error;
  }
  return 'nothing was refused';
};

describe('a database URL', () => {
  const plain = { host: 'h', port: 5432, user: 'u', password: 'p', database: 'd' };
  for (const [url, expected] of [
    ['postgres://u:p@h/d', plain],
    ['postgresql://u:p@h:6000/d', { ...plain, port: 6000 }],
    ['postgres://u:p@/d?host=/var/run/postgresql', { ...plain, host: '/var/run/postgresql' }],
    ['postgres://u:p@%2Fvar%2Frun%2Fpostgresql/d', { ...plain, host: '/var/run/postgresql' }],
    ['postgres:///d?host=/s&user=u&password=p', { ...plain, host: '/s' }],
    ['postgres://u:p@[::1]:6000/d', { ...plain, host: '::1', port: 6000 }],
    [
      "postgres://o'brien:p%20%23%2F%3F%25@h/it's%20%22d%22%2Fe%3Ff%26g",
      { ...plain, user: "o'brien", password: 'p #/?%', database: `it's "d"/e?f&g` },
    ],
    ['postgres://u:p@h', { ...plain, database: 'u' }],
    ['postgres://u:p@h/d?options=-c%20search_path%3Da', { ...plain, settings: { search_path: 'a' } }],
    [
      `postgres://u:p@h/d?options=${encodeURIComponent(`-csearch_path="it's\\ a" --Work-Mem=8MB`)}`,
      { ...plain, settings: { search_path: `"it's a"`, work_mem: '8MB' } },
    ],
    ['postgres://u:p@h/d?application_name=x&connect_timeout=5&target_session_attrs=read-write', plain],
  ] as const)
    it(`means what it says: ${url}`, () => {
      expect(parseUrl(url).connection).to.deep.equal(expected);
    });

  const ca = readFileSync(CERTIFICATE, 'utf8');
  const unverified = { rejectUnauthorized: false };
  for (const [query, expected] of [
    ['', [false]],
    ['sslmode=disable', [false]],
    ['sslmode=allow', [false, unverified]],
    ['sslmode=prefer', [unverified, false]],
    ['sslmode=require', [unverified]],
    ['sslmode=no-verify', [unverified]],
    ['ssl=no-verify', [unverified]],
    ['ssl=true', [{}]],
    ['ssl=false', [false]],
    ['sslmode=verify-full', [{}]],
    [`sslmode=require&sslrootcert=${CERTIFICATE}`, [{ ca, checksHost: false }]],
    [`sslmode=verify-ca&sslrootcert=${CERTIFICATE}`, [{ ca, checksHost: false }]],
    [`sslmode=verify-full&sslrootcert=${CERTIFICATE}`, [{ ca }]],
    [`sslrootcert=${CERTIFICATE}`, [{ ca }]],
    ['host=/socket&sslmode=require', [false]],
  ] as const)
    it(`encrypts as every other client does: ${query.replace(CERTIFICATE, 'FILE')}`, () => {
      expect(parseUrl(`postgres://u:p@h/d?${query}`).tls).to.deep.equal(expected);
    });

  for (const [query, expected] of [
    [
      'sslmode=requre',
      /contains sslmode=requre\.\nExpected: sslmode=disable \| allow \| prefer \| require \| no-verify \| verify-ca \| verify-full/,
    ],
    ['sslmode=REQUIRE', /contains sslmode=REQUIRE/],
    ['sslmode=', /contains sslmode=\./],
    ['ssl=yes', /contains ssl=yes/],
    ['sslmod=require', /contains the unknown parameter sslmod\./],
    ['service=prod', /contains the unknown parameter service\./],
    ['sslmode=verify-ca', /needs sslrootcert=FILE/],
    ['sslmode=require&sslrootcert=/nowhere.pem', /names sslrootcert=\/nowhere\.pem, which cannot be read \(ENOENT\)/],
    ['options=search_path', /contains options=search_path\.\nExpected: options=-c name=value/],
    ['host=a,b', /is invalid/],
    ['port=0', /is invalid/],
  ] as const)
    it(`is refused with what is expected: ${query}`, () => {
      expect(linesOf(() => parseUrl(`postgres://u:sEcReT@h/d?${query}`)))
        .to.match(expected)
        .and.not.match(/sEcReT/);
    });
});

describe('a server that offers or demands encryption', function () {
  this.timeout(30_000);
  let database: FreshDatabase;
  let pooler: Pooler;
  before(async () => (database = await migratedDatabase()));
  after(() => database.drop());
  afterEach(() => pooler.close());

  const open = async (query: string, host = '127.0.0.1'): Promise<Connection | string> => {
    const { user, port, database: name } = pooler.connection;
    const connectionString = `postgres://${user}:any@${host}:${port}/${name}?${query}`;
    return openDatabase({ connectionString, dataDir: '/nowhere' }).then(
      ({ connection }) => connection,
      (error: unknown) => (error as UserError).lines.join('\n'),
    );
  };
  const encrypted = { rejectUnauthorized: false };

  for (const [tls, query, expected] of [
    [undefined, 'sslmode=prefer', undefined],
    [undefined, 'sslmode=allow', undefined],
    ['offered', 'sslmode=prefer', encrypted],
    ['offered', 'sslmode=allow', undefined],
    ['offered', 'sslmode=no-verify', encrypted],
    ['demanded', 'sslmode=allow', encrypted],
    ['demanded', 'sslmode=require', encrypted],
  ] as const satisfies readonly (readonly [PoolerOptions['tls'] | undefined, string, unknown])[])
    it(`is reached by ${query} where TLS is ${tls ?? 'not offered'}`, async () => {
      pooler = await startPooler(database.connection, 'session', tls && { tls });
      const connection = await open(query);
      expect(connection).to.be.an('object');
      expect((connection as Connection).ssl).to.deep.equal(expected);
    });

  it('is believed where its certificate is trusted, and of the host that was asked for', async () => {
    pooler = await startPooler(database.connection, 'session', { tls: 'demanded' });
    expect(await open(`sslmode=verify-full&sslrootcert=${CERTIFICATE}`, 'localhost')).to.be.an('object');
    expect(await open(`sslmode=verify-ca&sslrootcert=${CERTIFICATE}`)).to.be.an('object');
    expect(await open(`sslmode=verify-full&sslrootcert=${CERTIFICATE}`)).to.match(
      /The certificate of .* is not trusted/,
    );
    expect(await open('sslmode=verify-full', 'localhost')).to.match(/The certificate of .* is not trusted/);
  });

  it('says that it demands it', async () => {
    pooler = await startPooler(database.connection, 'session', { tls: 'demanded' });
    expect(await open('')).to.match(/no encryption\)\.\nAdd sslmode=require to the URL\./);
  });
});
