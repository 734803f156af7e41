import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { askPatiently } from '../../bin/exchange.js';
import { Aborted } from '../../lib/errors.js';
import { openExchange } from '../../lib/world/exchange/index.js';
import { simulatedExchange } from '../../lib/simulator/exchange/exchange.js';
import { serveExchange } from '../../lib/world/simulator/server.js';
import { settingsOf } from '../support/settings.js';
import { startProxy } from '../world/exchange/proxy.js';
import { body, startKraken, type FakeKraken } from '../world/exchange/server.js';
import { migratedDatabase, type FreshDatabase } from '../world/store/fixtures.js';
import { runBot, startBot, until, urlOf } from './child.js';
import { writeConfig } from './live-run.js';

const DOWNLOAD = ['download', '--from', '2026-01-01', '--to', '2026-01-02', '--symbols', 'BTC/USD'];

describe('commands that ask the exchange', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-network-'));
  const config = writeConfig(folder);
  let database: FreshDatabase;
  let kraken: FakeKraken;
  before(async () => (kraken = await startKraken()));
  after(async () => {
    await kraken.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => (database = await migratedDatabase()));
  afterEach(() => database.drop());
  const world = (url: string) => ({
    cwd: folder,
    env: { DATABASE_URL: urlOf(database.connection), BOT_EXCHANGE_URL: url },
  });

  it('end with code 2, and what to change, where the exchange serves nothing to this address', async () => {
    for (const name of ['Time', 'AssetPairs', 'Ticker']) kraken.answers.set(name, body('blocked', 451));
    const [download, run] = await Promise.all([
      runBot(DOWNLOAD, world(kraken.url)),
      runBot(['run', '--config', config], world(kraken.url)),
    ]);
    const said = 'HTTP 451 Unavailable For Legal Reasons (blocked)';
    const cure = 'The API is not served to this address for legal reasons: run the bot from where it is.';
    expect(download).to.deep.include({
      code: 2,
      stdout: '',
      stderr: `error: The exchange: ${said}\nerror: ${cure}\n`,
    });
    expect(run.code).to.equal(2);
    expect(run.stdout).to.contain(`cannot run with this setup: The exchange: ${said} / ${cure}`);
    expect(run.stdout).not.to.match(/fault of the bot|internal error/);
  });

  it('reach it through a tunnel of HTTPS_PROXY, which never shows its password', async () => {
    const simulated = simulatedExchange({
      seed: 5,
      symbols: ['MINA/USD'],
      isLimited: false,
      clock: () => Date.UTC(2026, 0, 2),
    });
    const plain = await serveExchange(simulated, 0);
    const read = (name: string) => readFileSync(new URL(`../fixtures/tls/invalid.${name}`, import.meta.url));
    const secure = createServer({ key: read('key'), cert: read('crt') }, (incoming, response) => {
      get(`${plain.url}${incoming.url!}`, answer => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
    });
    await new Promise<void>(resolve => secure.listen(0, '127.0.0.1', resolve));
    const proxy = await startProxy(new Map([['kraken', (secure.address() as AddressInfo).port]]));
    proxy.credentials = 'bot:hidden/word';
    const { cwd, env } = world('https://kraken.invalid');
    const through = (password: string) => ({
      cwd,
      env: {
        ...env,
        BOT_CLOCK_SPEED: '1000',
        HTTPS_PROXY: `http://bot:${password}@127.0.0.1:${proxy.port}`,
        NODE_EXTRA_CA_CERTS: fileURLToPath(new URL('../fixtures/tls/invalid.crt', import.meta.url)),
      },
    });
    const args = ['download', '--from', '2026-01-01', '--to', '2026-01-01T02:00', '--symbols', 'MINA/USD'];
    try {
      const { code, stdout, stderr } = await runBot(args, through('hidden%2Fword'));
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.match(/^MINA\/USD /m);
      expect(new Set(proxy.asked)).to.deep.equal(new Set(['CONNECT kraken.invalid:443']));
      const refused = await runBot(args, through('mistaken-word'));
      expect(refused).to.include({
        code: 2,
        stderr:
          'error: The exchange: the proxy does not let the request through (HTTP 407)\n' +
          'error: The proxy requires a user and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT\n',
      });
    } finally {
      await proxy.close();
      secure.closeAllConnections();
      await new Promise(resolve => secure.close(resolve));
      await plain.close();
    }
  });

  it('say that it cannot be reached, and try on until they are stopped', async () => {
    const { process: child, ended } = startBot(DOWNLOAD, world('http://kraken.invalid'));
    let stderr = '';
    child.stderr!.on('data', (text: string) => (stderr += text));
    await until('it has tried twice', () => Promise.resolve(stderr.split('\n').length > 2));
    for (const line of stderr.split('\n').slice(0, 2))
      expect(line).to.match(/^The exchange: .*(ENOTFOUND|EAI_AGAIN) kraken\.invalid; trying again in \d s\.$/);
    child.kill('SIGINT');
    expect((await ended).code).to.equal(130);
  });

  it('say so within a second', async () => {
    const settings = settingsOf(`exchange: { url: 'http://127.0.0.1:1' }`).exchange;
    const exchange = openExchange(settings);
    const stop = new AbortController();
    const said: string[] = [];
    let began = 0;
    const err = (line: string) => {
      said.push(line);
      stop.abort();
    };
    try {
      await exchange.status({ retries: 0 }).catch(() => undefined); // loads ccxt
      began = performance.now();
      const asking = askPatiently({ err, signal: stop.signal, speed: 1 }, options => exchange.serverTime(options));
      expect(await asking.catch((error: unknown) => error)).to.be.instanceOf(Aborted);
    } finally {
      exchange.close();
    }
    expect(performance.now() - began).to.be.below(10_000); // a second, on a machine that has nothing else to do
    expect(said).to.have.length(1);
    expect(said[0]).to.match(/ECONNREFUSED 127\.0\.0\.1:1; trying again in \d s\.$/);
  });
});
