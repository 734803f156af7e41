import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { RestartRules } from '../../../lib/ops/restart.js';
import {
  supervise,
  type ChildCommand,
  type SuperviseOptions,
  type SuperviseOutcome,
} from '../../../lib/world/supervisor/index.js';

const MODULES = new URL('../../../lib/world/', import.meta.url).href;
const TSX = ['--import', import.meta.resolve('tsx/esm')];

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
let said: string[] = [];
const until = async (what: string, ask: () => boolean, maxMs = 10_000): Promise<number> => {
  const began = performance.now();
  while (!ask()) {
    if (performance.now() - began > maxMs)
      throw new Error(`waited in vain until ${what}: ${said.join('|').slice(0, 1_500)}`);
    await pause(20);
  }
  return performance.now() - began;
};
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie has ended; only its parent has not looked yet.
    return !existsSync('/proc/self/stat') || readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] !== 'Z';
  } catch {
    return false;
  }
};

describe('the supervisor', function () {
  this.timeout(60_000);
  let folder: string;
  let controller: AbortController;
  let running: Promise<SuperviseOutcome>[];
  let others: ChildProcess[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bot-supervisor-'));
    controller = new AbortController();
    running = [];
    others = [];
    said = [];
  });
  afterEach(async () => {
    controller.abort();
    await Promise.all(running);
    others.forEach(({ pid }) => pid !== undefined && alive(pid) && process.kill(pid, 'SIGKILL'));
    for (const pid of pids()) if (alive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  /** Every script first notes its pid in a file of its own. */
  const pids = (name = ''): number[] =>
    readdirSync(folder)
      .filter(file => file.startsWith(`pid-${name}`))
      .map(file => Number(file.split('-').at(-1)));
  const only = (name: string): number => pids(name).find(alive) ?? 0;

  const BEATS = `setInterval(() => process.send?.({ kind: 'beat', lagMs: 1 }), 100);`;
  const script = (name: string, body: string, args: readonly string[] = []): ChildCommand => {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(
      path,
      `import { writeFileSync, appendFileSync } from 'node:fs';\nwriteFileSync('${folder}/pid-${name}-' + process.pid, '');\n${body}`,
    );
    return { name, command: process.execPath, args: [...args, path], env: { PATH: process.env.PATH! } };
  };
  const notes = () => (existsSync(`${folder}/notes`) ? readFileSync(`${folder}/notes`, 'utf8').trim().split('\n') : []);
  const note = (text: string) => `appendFileSync('${folder}/notes', '${text}\\n');`;

  const start = (children: readonly ChildCommand[], options: Partial<SuperviseOptions> = {}) => {
    const say = (first: unknown, second?: string) => void said.push(second ?? String(first));
    const outcome = supervise(children, {
      log: {
        relay: (child, line, level) => void said.push(`${child}|${level}|${line}`),
        info: say,
        warn: say,
        error: say,
      },
      signal: controller.signal,
      heartbeatTimeoutMs: 5_000,
      stopOrder: ['scanner', 'positions'],
      graceMs: 3_000,
      chance: () => 0.5,
      ...options,
    });
    running.push(outcome);
    return outcome;
  };

  it('stops the scanner first, then the positions, and ends with 0 when it is asked to', async () => {
    const stops = (name: string) =>
      `${BEATS} process.on('SIGTERM', () => { ${note(`${name} begins`)} setTimeout(() => { ${note(`${name} ends`)} process.exit(0); }, 200); });`;
    const outcome = start([script('positions', stops('positions')), script('scanner', stops('scanner'))]);
    await until('both run', () => pids().length === 2);
    await pause(200);
    controller.abort();
    const { pids: named, ...ended } = await outcome;
    expect(ended).to.deep.equal({ exitCode: 0, reason: 'stopped on request' });
    expect([...named].sort()).to.deep.equal([...pids()].sort());
    expect(notes()).to.deep.equal(['scanner begins', 'scanner ends', 'positions begins', 'positions ends']);
    expect(pids().filter(alive)).to.deep.equal([]);
  });

  it('kills what does not stop in time, leaves the other its own share of it, and says so', async () => {
    const outcome = start(
      [
        script('scanner', `${BEATS} process.on('SIGTERM', () => {});`),
        script(
          'positions',
          `${BEATS} process.on('SIGTERM', () => setTimeout(() => { ${note('positions ends')} process.exit(0); }, 300));`,
        ),
      ],
      { graceMs: 1_600 },
    );
    await until('both run', () => pids().length === 2);
    await pause(300);
    const began = performance.now();
    controller.abort();
    const { pids: named, ...ended } = await outcome;
    expect([...named].sort()).to.deep.equal([...pids()].sort());
    expect(ended).to.deep.equal({
      exitCode: 1,
      reason: 'stopped on request; scanner did not stop in time and was killed',
    });
    expect(performance.now() - began).to.be.within(1_000, 2_600);
    expect(notes()).to.deep.equal(['positions ends']);
  });

  it('starts a killed process again within seconds while the other goes on untouched', async () => {
    void start([script('scanner', BEATS), script('positions', BEATS)]);
    await until('both run', () => pids().length === 2);
    const positions = only('positions');
    for (let n = 1; n <= 3; n++) {
      process.kill(only('scanner'), 'SIGKILL');
      expect(await until('a new scanner runs', () => pids('scanner').length === n + 1)).to.be.below(5_000);
    }
    expect(only('positions')).to.equal(positions);
    expect(said.filter(line => line.includes('SIGKILL'))).to.have.length(1); // three failures within a minute, one line
  });

  it('finds a process that was frozen, and one whose event loop is blocked', async () => {
    void start([script('scanner', BEATS), script('positions', `${BEATS} setTimeout(() => { for (;;); }, 500);`)], {
      heartbeatTimeoutMs: 1_000,
      graceMs: 400,
    });
    await until('the blocked one is replaced', () => pids('positions').length >= 2);
    const frozen = only('scanner');
    process.kill(frozen, 'SIGSTOP');
    await until('the frozen one is replaced', () => pids('scanner').length === 2);
    expect(alive(frozen)).to.equal(false);
    expect(said.join('\n')).to.match(/positions sent no heartbeat for 1 s and was stopped/);
    expect(said.join('\n')).to.match(/scanner sent no heartbeat for 1 s and was stopped/);
  });

  it('reports one that keeps failing with its last words, slows down, and lets the other go on', async () => {
    const restart: RestartRules = {
      backoff: { firstMs: 20, factor: 1, maxMs: 20 },
      healthyMs: 60_000,
      quickFailures: 5,
      crawlMs: 30_000,
    };
    void start([script('scanner', `throw new TypeError('no such coin');`), script('positions', BEATS)], { restart });
    await until('it has failed five times', () => pids('scanner').length === 5);
    await pause(1_000);
    expect(pids('scanner')).to.have.length(5);
    const reports = said.filter(line => !line.includes('|'));
    expect(reports).to.deep.equal(['scanner ended with code 1: TypeError: no such coin; it starts again in 0.0 s']);
    expect(pids('positions').map(alive)).to.deep.equal([true]);
  });

  it('starts one again that has used up its memory, and says that this was it', async () => {
    const restart: RestartRules = {
      backoff: { firstMs: 20, factor: 1, maxMs: 20 },
      healthyMs: 60_000,
      quickFailures: 2,
      crawlMs: 30_000,
    };
    const greedy = `const kept = []; setInterval(() => { for (let n = 0; n < 1e5; n++) kept.push({ n }); }, 1);`;
    void start([script('scanner', greedy, ['--max-old-space-size=24']), script('positions', BEATS)], { restart });
    await until(
      'it has failed twice',
      () => pids('scanner').length === 2 && pids('scanner').every(pid => !alive(pid)),
      30_000,
    );
    await pause(500);
    expect(pids('scanner')).to.have.length(2); // the third start waits for half a minute
    expect(said.find(line => line.startsWith('scanner was ended by SIGABRT'))).to.match(
      /: FATAL ERROR: .*heap out of memory; it starts again in 0\.0 s$/,
    );
    expect(pids('positions').map(alive)).to.deep.equal([true]);
  });

  it('stops everything with its message when one says that it was used wrongly', async () => {
    const outcome = start([
      script('scanner', `console.error('error: config.yaml, line 3: found x'); process.exitCode = 2;`),
      script('positions', `${BEATS} process.on('SIGTERM', () => { ${note('positions ends')} process.exit(0); });`),
    ]);
    const { exitCode, reason } = await outcome;
    expect(exitCode).to.equal(2);
    expect(reason).to.equal('scanner cannot run with this setup: config.yaml, line 3: found x');
    expect(pids('scanner')).to.have.length(1);
    expect(pids().filter(alive)).to.deep.equal([]);
  });

  it('keeps trying a command that cannot be started', async () => {
    const restart: RestartRules = {
      backoff: { firstMs: 20, factor: 1, maxMs: 20 },
      healthyMs: 60_000,
      quickFailures: 5,
      crawlMs: 30_000,
    };
    const outcome = start([{ name: 'scanner', command: join(folder, 'missing'), args: [], env: {} }], { restart });
    await until('it says so', () => said.length > 0);
    expect(said[0]).to.match(/^scanner did not start: spawn .*ENOENT/);
    controller.abort();
    expect((await outcome).exitCode).to.equal(0);
  });

  it('passes on every line, and a flood of them blocks no process', async () => {
    void start([
      script(
        'scanner',
        `${BEATS} for (let n = 0; n < 20_000; n++) process.stdout.write('line ' + n + '\\n');
         process.stderr.write('{"level":50,"msg":"record"}\\nwithout an end');
         setTimeout(() => { process.stdout.write('x'.repeat(3_000_000)); ${note('written')} }, 50);`,
      ),
    ]);
    await until('it has written all', () => notes().includes('written') && said.length >= 20_001);
    const lines = said.filter(line => line.startsWith('scanner|INFO|line '));
    expect(lines).to.deep.equal(Array.from({ length: 20_000 }, (_, n) => `scanner|INFO|line ${n}`));
    expect(said).to.include('scanner|WARN|{"level":50,"msg":"record"}');
  });

  it('leaves nothing behind of a process that started others', async () => {
    void start([
      script(
        'scanner',
        `import { spawn } from 'node:child_process';
         const { pid } = spawn('sleep', ['600'], { stdio: 'inherit' });
         writeFileSync('${folder}/pid-grandchild-' + pid, ''); ${BEATS}`,
      ),
    ]);
    await until('the grandchild runs', () => pids('grandchild').length === 1);
    const grandchild = only('grandchild');
    process.kill(only('scanner'), 'SIGKILL');
    await until('the grandchild is gone', () => !alive(grandchild));
  });

  it('leaks no process, descriptor, listener or timer in 200 restarts', async () => {
    const restart: RestartRules = {
      backoff: { firstMs: 0, factor: 1, maxMs: 0 },
      healthyMs: 60_000,
      quickFailures: Infinity,
      crawlMs: 0,
    };
    const count = () => ({
      fds: readdirSync('/proc/self/fd').length,
      listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    });
    const before = count();
    const path = join(folder, 'lives');
    const outcome = start(
      [{ name: 'scanner', command: '/bin/sh', args: ['-c', `echo $$ >> ${path}; exit 1`], env: {} }],
      { restart },
    );
    await until(
      'it was started 200 times',
      () => existsSync(path) && readFileSync(path, 'utf8').split('\n').length > 200,
      30_000,
    );
    const during = count();
    controller.abort();
    await outcome;
    await pause(300);
    expect(during.fds - before.fds).to.be.below(12); // those of the one that runs, and of the folder that is read
    expect(during.listeners - before.listeners).to.be.at.most(2); // exit and SIGHUP
    expect(count().fds - before.fds).to.be.at.most(1);
    expect(count().listeners).to.equal(before.listeners);
    expect(readFileSync(path, 'utf8').trim().split('\n').map(Number).filter(alive)).to.deep.equal([]);
  });

  /** A supervisor in a process of its own, over children with the real link. */
  const startApart = async (childBody: string, tail = '', heartbeatTimeoutMs = 20_000): Promise<ChildProcess> => {
    const LINK = `import { superviseeLink } from '${MODULES}supervisor/index.ts';\n`;
    const children = ['scanner', 'positions'].map(name =>
      script(name, `${LINK}const name = '${name}';\n${childBody}`, TSX),
    );
    const main = script(
      'supervisor',
      `import { supervise } from '${MODULES}supervisor/index.ts';
       import { openLog } from '${MODULES}log/index.ts';
       const controller = new AbortController();
       let asked = false;
       process.on('SIGINT', () => { if (asked) process.exit(130); asked = true; controller.abort(); });
       process.on('SIGTERM', () => controller.abort());
       ${tail}
       const { exitCode, reason } = await supervise(${JSON.stringify(children)}, { log: openLog({ name: 'bot', level: 'INFO' }), signal: controller.signal, heartbeatTimeoutMs: ${heartbeatTimeoutMs}, stopOrder: ['scanner', 'positions'], graceMs: 5_000 });
       console.error(reason);
       process.exitCode = exitCode;`,
      TSX,
    );
    const child = spawn(main.command, main.args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    others.push(child);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', text => said.push(String(text)));
    await until('both children work', () => notes().length >= 2, 20_000);
    return child;
  };
  const works = (everyMs = 50) => `
    const link = superviseeLink({ onParentGone: () => { ${note("' + name + ' is alone")} } });
    link.signal.addEventListener('abort', () => { ${note("' + name + ' stops")} link.close(); clearInterval(work); });
    const work = setInterval(() => link.beat(), ${everyMs});
    ${note("' + name + ' works")}`;

  it('stops in order when Ctrl-C goes to its whole process group, with 0 and the reason', async () => {
    const child = await startApart(works());
    const closed = once(child, 'close');
    process.kill(-child.pid!, 'SIGINT');
    expect((await closed)[0], said.join('')).to.equal(0);
    expect(notes().slice(2)).to.deep.equal(['scanner stops', 'positions stops']);
    expect(said.join('').trim().split('\n').at(-1)).to.equal('stopped on request');
    expect(pids().filter(alive)).to.deep.equal([]);
  });

  it('leaves no process behind when a second Ctrl-C forces it', async () => {
    const child = await startApart(`${works()} process.on('SIGTERM', () => {}); setInterval(() => {}, 1_000);`);
    const closed = once(child, 'close');
    process.kill(-child.pid!, 'SIGINT');
    await pause(300);
    process.kill(-child.pid!, 'SIGINT');
    expect((await closed)[0]).to.equal(130);
    await until('all are gone', () => pids().filter(alive).length === 0, 1_000);
  });

  it('leaves no process behind when it is killed: its children stop by themselves', async () => {
    const child = await startApart(works());
    process.kill(child.pid!, 'SIGKILL');
    expect(await until('all are gone', () => pids().filter(alive).length === 0)).to.be.below(5_000);
    expect(notes()).to.include.members(['scanner is alone', 'scanner stops', 'positions is alone', 'positions stops']);
  });

  it('leaves no process behind when it is killed while its children are blocked or will not stop', async () => {
    const child = await startApart(
      `${works()} if (name === 'scanner') setTimeout(() => { for (;;); }, 300); else setInterval(() => {}, 1_000);`,
    );
    await pause(600);
    process.kill(child.pid!, 'SIGKILL');
    expect(await until('all are gone', () => pids().filter(alive).length === 0)).to.be.below(5_000);
  });

  it('leaves no process behind when a bug of its own ends it', async () => {
    const child = await startApart(works(), `process.on('SIGUSR2', () => { throw new Error('fault'); });`);
    const closed = once(child, 'close');
    process.kill(child.pid!, 'SIGUSR2');
    await closed;
    await until('all are gone', () => pids().filter(alive).length === 0, 5_000);
  });

  it('stops in order when its terminal goes away', async () => {
    const child = await startApart(works());
    const closed = once(child, 'close');
    process.kill(child.pid!, 'SIGHUP');
    expect((await closed)[0]).to.equal(0);
    expect(said.join('')).to.include('its terminal was closed');
  });

  it('does not blame its children for the time that it was frozen itself', async () => {
    const child = await startApart(works(200), '', 6_000);
    const before = pids().filter(alive);
    process.kill(child.pid!, 'SIGSTOP');
    await pause(9_000);
    process.kill(child.pid!, 'SIGCONT');
    await pause(1_000);
    expect(pids().filter(alive)).to.deep.equal(before);
  });
});
