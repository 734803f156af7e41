import { expect } from 'chai';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stopServer } from '../lib/world/database/stop.js';
import { readPidFile } from '../lib/world/database/server.js';
import { urlOf } from './bin/child.js';
import { krakenCsv } from './bin/market-files.js';
import { blocksOf, type DocBlock } from './support/doc-blocks.js';
import { emptyDatabase, migratedDatabase, type FreshDatabase } from './world/store/fixtures.js';

const root = fileURLToPath(new URL('../', import.meta.url));
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map(name => `docs/${name}`)].filter(name =>
  name.endsWith('.md'),
);
const blocks = pages.flatMap(page => blocksOf(page, readFileSync(join(root, page), 'utf8')));

/** What a clone has beside what is installed and made in it. */
const NOT_CLONED = ['node_modules', '.git', '.data', '.env', 'config', 'test', 'bench', 'coverage', 'strategies'];
/** What the pages' examples ask for, with the 10,800 minutes before it. */
const FILES = [
  ['XBTUSD_1.csv', 'BTC/USD'],
  ['ETHUSD_1.csv', 'ETH/USD'],
] as const;
const FROM = Date.UTC(2026, 2, 24);
const TO = Date.UTC(2026, 4, 1);

const versionOf = (tool: string): number => {
  try {
    const said = execFileSync(tool, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return Number(/\d+/.exec(said)?.[0] ?? 0);
  } catch {
    return -1;
  }
};
const isRun = ({ mode }: DocBlock): boolean =>
  mode.kind === 'run' || (mode.kind === 'needs' && mode.tools.every(({ name, version }) => versionOf(name) >= version));

describe('the documentation', function () {
  this.timeout(120_000);
  let home: string;
  let clone: string;
  let database: FreshDatabase;
  let empty: FreshDatabase;

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'crypto-bot-docs-'));
    clone = join(home, 'crypto-bot');
    for (const name of readdirSync(root).filter(entry => !NOT_CLONED.includes(entry)))
      cpSync(join(root, name), join(clone, name), { recursive: true, preserveTimestamps: true });
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
    mkdirSync(join(home, 'Downloads'));
    for (const [name, symbol] of FILES) writeFileSync(join(home, 'Downloads', name), krakenCsv(symbol, 1, FROM, TO));
    database = await migratedDatabase();
    empty = await emptyDatabase();
  });
  after(async () => {
    const pid = readPidFile(join(clone, '.data'))?.pid;
    if (pid !== undefined) await stopServer(join(clone, '.data', 'pg'), pid);
    await database.drop();
    await empty.drop();
    rmSync(home, { recursive: true, force: true });
  });

  /** As a user pastes it into a shell in the folder of the clone, to the last word. */
  const paste = async (text: string) => {
    const { PATH, NODE_OPTIONS } = process.env;
    const needsUrl = text.includes('$DATABASE_URL');
    const { connection } = text.includes('pg_restore') ? empty : database;
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', text], {
      cwd: clone,
      env: { PATH, NODE_OPTIONS, HOME: home, ...(needsUrl && { DATABASE_URL: urlOf(connection) }) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (part: string) => (said += part));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  };

  it('has shell blocks, of which most are run', () => {
    expect(blocks.length).to.be.at.least(12);
    expect(blocks.filter(({ mode }) => mode.kind === 'run').length).to.be.at.least(6);
  });

  for (const block of blocks) {
    const { file, line, text } = block;
    const title = `${file}:${line} ${text.split('\n')[0]!.trim()}`;
    if (isRun(block))
      it(`works word by word: ${title}`, async () => {
        const { code, said } = await paste(text);
        expect(code, said).to.equal(0);
        expect(said).to.not.match(/^error: /m);
      });
  }

  it('refuses a copy of data while a server has them, in the folder of a simulated run too', async () => {
    const backup = blocks.find(({ text }) => text.includes('tar --create'))!;
    mkdirSync(join(clone, '.data', 'simulated-7', 'pg'), { recursive: true });
    writeFileSync(join(clone, '.data', 'simulated-7', 'pg', 'postmaster.pid'), '1\n');
    try {
      expect((await paste(backup.text)).code).to.not.equal(0);
    } finally {
      rmSync(join(clone, '.data', 'simulated-7'), { recursive: true });
    }
  });
});

describe('a shell block of the documentation', () => {
  it('is run unless a comment before it says why not', () => {
    const page = (marker: string) => `text\n\n${marker}\n\n\`\`\`sh\nbin/bot status\n\`\`\`\n`;
    const modes = (marker: string) => blocksOf('x.md', page(marker)).map(({ mode }) => mode);
    expect(modes('')).to.deep.equal([{ kind: 'run' }]);
    expect(modes('<!-- anything else -->')).to.deep.equal([{ kind: 'run' }]);
    expect(modes('<!-- not run: -->')).to.deep.equal([{ kind: 'run' }]); // a reason is wanted
    expect(modes('<!-- not run: needs a Docker engine -->')).to.deep.equal([
      { kind: 'not run', reason: 'needs a Docker engine' },
    ]);
    expect(modes('<!-- run where there is: pg_dump 18, psql -->')).to.deep.equal([
      {
        kind: 'needs',
        tools: [
          { name: 'pg_dump', version: 18 },
          { name: 'psql', version: 0 },
        ],
      },
    ]);
  });

  it('is not overlooked where its language is not given', () => {
    expect(() => blocksOf('x.md', '```\nDATABASE_URL=x bin/bot status\n```')).to.throw('x.md:1: commands in a block');
    expect(blocksOf('x.md', '```\nbin/   the commands\n```')).to.deep.equal([]);
  });
});
