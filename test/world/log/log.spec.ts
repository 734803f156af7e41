import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { openLog, type LogOptions } from '../../../lib/world/log/index.js';

/** A log into memory, with a clock that the test turns. */
const inMemory = (options: Partial<LogOptions> & { readonly terminal?: boolean } = {}) => {
  const { terminal, ...rest } = options;
  const stream = Object.assign(new PassThrough(), { isTTY: terminal ?? false });
  let text = '';
  stream.setEncoding('utf8').on('data', (more: string) => (text += more));
  const clock = { ms: 0 };
  const complaints = new PassThrough();
  const log = openLog({ name: 'test', level: 'INFO', stream, complaints, elapsedMs: () => clock.ms, ...rest });
  const lines = () => text.split('\n').slice(0, -1);
  const records = () => lines().map(line => JSON.parse(line) as Record<string, unknown>);
  const ended = async () => {
    await log.close();
    await new Promise(resolve => setImmediate(resolve));
    return text;
  };
  return { log, stream, clock, lines, records, ended };
};

const LOG = new URL('../../../lib/world/log/index.ts', import.meta.url).href;

describe('the log', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'bot-log-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes one JSON record a line into a pipe, and each line of a market names it', async () => {
    const { log, records, ended } = inMemory();
    log.child({ market: 'BTC/USD' }).info({ price: 64_000.5 }, 'opened 100%s %d');
    await ended();
    expect(records()).to.have.length(1);
    expect(records()[0]).to.include({
      name: 'test',
      level: 30,
      market: 'BTC/USD',
      price: 64_000.5,
      msg: 'opened 100%s %d',
    });
  });

  it('is understood by the bunyan command', async () => {
    const { log, ended } = inMemory();
    log.child({ market: 'BTC/USD' }).warn({ err: new Error('no answer') }, 'poll failed');
    const input = await ended();
    const shown = execFileSync('node_modules/.bin/bunyan', ['--no-color', '-o', 'short'], { input, encoding: 'utf8' });
    expect(shown)
      .to.match(/WARN test: poll failed \(market=BTC\/USD\)/)
      .and.include('no answer');
  });

  it('writes readable lines on a terminal', async () => {
    const { log, lines, ended } = inMemory({ terminal: true });
    log.child({ market: 'BTC/USD' }).info({ gain: '2 %' }, 'closed');
    await ended();
    expect(lines()[0]!.replace(/\u001b\[\d+m/g, '')).to.match(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}test {6}BTC\/USD {3}closed \(gain="2 %"\)$/,
    );
  });

  it('changes its level while it runs, for the logs of markets too', async () => {
    const { log, records, ended } = inMemory({ level: 'WARN' });
    const market = log.child({ market: 'A' });
    market.info('left out');
    log.setLevel('DEBUG');
    market.debug('said');
    log.setLevel('FATAL');
    market.error('left out again');
    await ended();
    expect(records().map(({ msg }) => msg)).to.deep.equal(['said']);
  });

  it('says the same warning once a minute and counts the others', async () => {
    const { log, clock, records, ended } = inMemory();
    for (let n = 0; n < 120; n++) {
      clock.ms = n * 1_000;
      log.warn({ market: 'A', try: n }, `try ${n} failed`);
    }
    await ended();
    expect(records().map(({ msg }) => msg)).to.deep.equal([
      'try 0 failed',
      'try 60 failed (repeated 59 times)',
      'try 119 failed (repeated 59 times)', // at the end: tries 61 to 119
    ]);
  });

  it('logs the repetitions before its last line where it is asked to', async () => {
    const { log, records, ended } = inMemory();
    log.warn('no answer');
    log.warn('no answer');
    log.flushRepeats();
    log.info('--for 12 s has elapsed');
    await ended();
    expect(records().map(({ msg }) => msg)).to.deep.equal([
      'no answer',
      'no answer (repeated 1 time)',
      '--for 12 s has elapsed',
    ]);
  });

  it('says in one line a minute what all markets have in common, though its numbers change, and shows no key', async () => {
    const { log, clock, records, lines, ended } = inMemory();
    for (let n = 0; n < 120; n++) {
      clock.ms = n * 1_000;
      const reason = `the exchange is left alone for ${181 - n} s: rate limit`;
      log.warn({ market: `M${n % 40}/USD`, repeatKey: `trouble ${reason}` }, reason);
    }
    await ended();
    expect(records().map(({ msg }) => msg)).to.deep.equal([
      'the exchange is left alone for 181 s: rate limit',
      'the exchange is left alone for 121 s: rate limit (repeated 59 times, for 40 markets)',
      'the exchange is left alone for 62 s: rate limit (repeated 59 times, for 40 markets)',
    ]);
    expect(lines().join()).not.to.include('repeatKey');
  });

  it('passes the keys of repeats to the log that relays its lines, which does not show them', async () => {
    const child = inMemory({ relayed: true });
    child.log.warn({ market: 'A', repeatKey: 'down' }, 'A is down');
    child.log.warn({ market: 'B', repeatKey: 'down' }, 'B is down');
    await child.ended();
    const { log, clock, records, lines, ended } = inMemory();
    child.lines().forEach(line => log.relay('scanner', line, 'INFO'));
    clock.ms = 60_000;
    log.relay(
      'scanner',
      JSON.stringify({ name: 'x', level: 40, market: 'C', msg: 'C is down', repeatKey: 'down' }),
      'INFO',
    );
    await ended();
    expect(records().map(({ msg }) => msg)).to.deep.equal(['A is down', 'C is down (repeated 2 times, for 2 markets)']);
    expect(lines().join()).not.to.include('repeatKey');
  });

  it('never holds back one of two trades with the same text', async () => {
    const { log, records, ended } = inMemory();
    log.info({ market: 'A', pnl: 1 }, 'closed');
    log.info({ market: 'A', pnl: 2 }, 'closed');
    await ended();
    expect(records()).to.have.length(2);
  });

  it('shows no secret in any spelling, level or place, on a terminal or in a pipe', async () => {
    const secret = 'cAnArY-7f"3\\b/9+d@1 e';
    const later = 'made-up-later-0815';
    for (const terminal of [true, false]) {
      const { log, ended } = inMemory({ terminal, level: 'TRACE', secrets: [secret] });
      log.keepSecret(later);
      const url = `postgres://bot:${encodeURIComponent(secret)}@db/bot`;
      const places = [
        secret,
        later,
        url,
        Buffer.from(secret).toString('base64'),
        Buffer.from(`u:${secret}`).toString('base64'),
        secret.slice(0, 9),
      ];
      for (const [n, place] of places.entries()) {
        const error = Object.assign(new Error(`failed with ${place}`, { cause: new Error(place) }), {
          code: place,
          url: place,
        });
        error.stack = `Error: ${place}\n    at ${place} (x.js:1:1)`;
        log.error({ err: error }, `text ${place}`);
        log
          .child({ market: place, [place]: n })
          .warn({ deep: { list: [{ place }] }, connectionString: 'shortpw', n }, `n${n}`);
        log.relay('child', `thrown ${place}`, 'WARN');
        log.relay(
          'child',
          JSON.stringify({ level: 50, name: 'c', msg: `relayed ${place}`, err: { message: place } }),
          'INFO',
        );
      }
      const text = await ended();
      expect(text.split('\n').length).to.be.above(places.length * 3);
      for (const leak of [
        'cAnArY',
        'made-up-',
        'shortpw',
        'Y0FuQXJZLT',
        Buffer.from(`u:${secret}`).toString('base64').slice(4, 20),
      ])
        expect(text, leak).not.to.include(leak);
    }
  });

  it('passes on records of a child as they are, and anything else as text from the child', async () => {
    const { log, records, ended } = inMemory();
    const record = { name: 'scanner', level: 30, time: '2026-04-01T00:00:00.000Z', market: 'A', msg: 'hello', v: 0 };
    log.relay('scanner', JSON.stringify(record), 'INFO');
    log.relay('scanner', JSON.stringify(record), 'INFO');
    log.relay('positions', 'Segmentation fault', 'WARN');
    log.relay('positions', '{"not": "a record"}', 'WARN');
    log.relay('positions', '', 'WARN');
    await ended();
    expect(records().slice(0, 2)).to.deep.equal([record, record]);
    expect(records()[2]).to.include({ name: 'test', child: 'positions', level: 40, msg: 'Segmentation fault' });
    expect(records()[3]).to.include({ child: 'positions', msg: '{"not": "a record"}' });
    expect(records()).to.have.length(4);
  });

  it('reports with one count how often a child had a line, whichever process held it back', async () => {
    const { log, clock, records, ended } = inMemory();
    const warn = (msg: string) => log.relay('scanner', JSON.stringify({ name: 'scanner', level: 40, msg }), 'INFO');
    for (const [seconds, msg] of [
      [0, 'no answer'],
      [59, 'no answer (repeated 3 times)'], // 4 more that are held back
      [119, 'no answer (repeated 5 times)'], // and 5 that the child held back, before this one
      [150, 'no answer (repeated 1 time)'], // 2 more, reported at the end
    ] as const) {
      clock.ms = seconds * 1_000;
      warn(msg);
    }
    await ended();
    expect(records().map(({ msg }) => msg)).to.deep.equal([
      'no answer',
      'no answer (repeated 9 times)',
      'no answer (repeated 2 times)',
    ]);
  });

  it('lets no field of a line pass for another level, time or name', async () => {
    const { log, records, ended } = inMemory();
    log.info({ level: 60, name: 'x', msg: 'y', time: 'z', market: 'A' }, 'text');
    await ended();
    expect(records()[0]).to.include({ level: 30, name: 'test', msg: 'text', level_: 60, name_: 'x', market: 'A' });
  });

  it('rotates its file by size, keeps five readable by the owner only, and never loses a line on the way', async () => {
    const file = join(folder, 'logs', 'scanner.log');
    const { log, ended } = inMemory({ file, fileRules: { maxBytes: 2_000, files: 5, retryMs: 0 } });
    for (let n = 0; n < 40; n++) log.info({ n }, 'a line');
    await ended();
    const names = readdirSync(join(folder, 'logs')).sort();
    expect(names).to.deep.equal(
      ['scanner.log', 'scanner.log.1', 'scanner.log.2', 'scanner.log.3'].slice(0, names.length),
    );
    const seen = names
      .toReversed()
      .flatMap(name =>
        readFileSync(join(folder, 'logs', name), 'utf8')
          .trim()
          .split('\n'),
      )
      .map(line => (JSON.parse(line) as { n: number }).n);
    expect(seen).to.deep.equal([...Array(40).keys()]);
    for (const name of names) {
      const { size, mode } = statSync(join(folder, 'logs', name));
      expect(size).to.be.at.most(2_000);
      expect(mode & 0o777).to.equal(0o600);
    }
    const many = inMemory({ file, fileRules: { maxBytes: 2_000, files: 5, retryMs: 0 } });
    for (let n = 0; n < 500; n++) many.log.info({ n }, 'a line');
    await many.ended();
    expect(readdirSync(join(folder, 'logs'))).to.have.length(5);
  });

  it('goes on when the disk of its file is full, elsewhere, and comes back to the file', async () => {
    const file = join(folder, 'full.log');
    symlinkSync('/dev/full', file);
    const { log, clock, records, ended } = inMemory({ file });
    log.info('first');
    rmSync(file);
    clock.ms = 9_999;
    log.info('second');
    clock.ms = 10_000;
    log.info('third');
    await ended();
    expect(records().map(({ msg }) => msg)).to.deep.equal(['first', 'second']);
    expect(readFileSync(file, 'utf8')).to.include('"third"').and.not.include('second');
    expect(log.dropped()).to.equal(0);
  });

  it('goes on when the folder of its file cannot be made', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const { log, records, ended } = inMemory({ file: join(folder, 'taken', 'x.log') });
    log.info('said all the same');
    await ended();
    expect(records()).to.have.length(1);
  });

  it('counts what is lost without a reader, and keeps little of it in memory', async () => {
    const stream = Object.assign(new PassThrough({ highWaterMark: 1 }), { isTTY: false });
    const complaints = new PassThrough();
    const log = openLog({ name: 'test', level: 'INFO', stream, complaints });
    for (let n = 0; n < 30_000; n++) log.info({ n, text: 'x'.repeat(280) }, 'line');
    expect(stream.writableLength + stream.readableLength).to.be.below(6_000_000);
    expect(log.dropped()).to.be.above(10_000);
    stream.destroy();
    await log.close();
    expect(String(complaints.read()).split('\n')).to.have.length(3); // that it began, and how much it was
  });

  const run = async (command: string): Promise<{ code: number | null; said: string }> => {
    const child = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', more => (said += String(more)));
    child.stderr.on('data', more => (said += String(more)));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, said };
  };
  const script = (body: string): string => {
    const path = join(folder, 'script.mjs');
    writeFileSync(path, `import { openLog } from '${LOG}';\nimport { writeFileSync } from 'node:fs';\n${body}`);
    return `"${process.execPath}" --import ${import.meta.resolve('tsx/esm')} ${path}`;
  };
  const GOES_ON = `
    const log = openLog({ name: 'x', level: 'INFO' });
    for (let n = 0; n < 50; n++) { log.info({ n }, 'line'); await new Promise(r => setTimeout(r, 5)); }
    writeFileSync(process.env.DONE, String(log.dropped()));
    await log.close();`;

  it('does not take the process along when its reader goes away', async () => {
    const done = join(folder, 'done');
    const { said } = await run(`set -o pipefail; DONE=${done} ${script(GOES_ON)} | head -1`);
    expect(existsSync(done), said).to.equal(true);
    const lost = Number(readFileSync(done, 'utf8'));
    expect(lost).to.be.above(30);
    const lines = said.trim().split('\n');
    expect(lines.filter(line => line.includes('"msg":"line"'))).to.have.length(1);
    expect(lines.filter(line => !line.startsWith('{'))).to.deep.equal([
      'x: lines of the log cannot be written and are lost (1 so far); everything else goes on',
      `x: lines of the log that were lost: ${lost}`,
    ]);
  });

  it('does not take the process along when it is redirected to a full disk', async () => {
    const done = join(folder, 'done');
    const { code, said } = await run(`DONE=${done} ${script(GOES_ON)} > /dev/full`);
    expect(code, said).to.equal(0);
    expect(readFileSync(done, 'utf8')).to.equal('50');
    expect(said.trim().split('\n')).to.deep.equal([
      'x: lines of the log cannot be written and are lost (1 so far); everything else goes on',
      'x: lines of the log that were lost: 50',
    ]);
  });

  it('goes on at the start of a file that it is appended to and that is copied and truncated meanwhile', async () => {
    const file = join(folder, 'bot.log');
    const body = `
      import { execFileSync } from 'node:child_process';
      const log = openLog({ name: 'x', level: 'INFO' });
      log.info('before');
      execFileSync('sh', ['-c', 'cp "$1" "$1.1" && : > "$1"', 'sh', '${file}']); // as logrotate's copytruncate
      log.info('after');
      await log.close();`;
    const { code, said } = await run(`${script(body)} >> ${file}`);
    expect({ code, said }).to.deep.equal({ code: 0, said: '' });
    const texts = (path: string) =>
      readFileSync(path, 'utf8')
        .trimEnd()
        .split('\n')
        .map(line => (JSON.parse(line) as { msg: string }).msg);
    expect([texts(`${file}.1`), texts(file)]).to.deep.equal([['before'], ['after']]);
  });

  it('does not take the process along when stdout was closed from the start', async () => {
    const done = join(folder, 'done');
    const { code, said } = await run(`DONE=${done} ${script(GOES_ON)} >&-`);
    expect(code, said).to.equal(0);
  });
});
