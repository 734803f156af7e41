// npm test: every check in turn, each with its time and a limit; the last line counts what passed
// and failed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

const LIMIT_MS = 30 * 60_000;
const LINGER_MS = 60_000;

/**
 * Ends a check that does not: its whole process group, which nothing that it started outlives
 * either.
 */
const endGroup = (child, why) => {
  console.log(`FAILED: ${why}; still running:`);
  const { stdout } = spawnSync('ps', ['-o', 'pid,ppid,etimes,args', '-g', String(child.pid)], { encoding: 'utf8' });
  console.log(stdout ?? '');
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
};

// onLine says true when the check has said its last word and should end; write takes what it
// prints.
const run = (command, args, onLine, write = data => process.stdout.write(data)) =>
  new Promise(resolve => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    let timer = setTimeout(endGroup, LIMIT_MS, child, `it lasts for more than ${LIMIT_MS / 60_000} minutes`);
    const stop = signal => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // It has just ended.
      }
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    signals.forEach(signal => process.on(signal, stop));
    let rest = '';
    child.stdout.on('data', data => {
      write(data);
      const lines = (rest + data).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!onLine(line)) continue;
        clearTimeout(timer);
        timer = setTimeout(endGroup, LINGER_MS, child, `it has not ended ${LINGER_MS / 1_000} s after its last test`);
      }
    });
    child.on('close', code => {
      clearTimeout(timer);
      signals.forEach(signal => process.off(signal, stop));
      resolve(code ?? 1);
    });
  });

const npmRun = name => ['npm', ['run', '--silent', name]];

// Many tests start bin/bot, which takes three times as long from sources as from a dist/ that is up
// to date. One that is stays as it is: a bot may be running from it.
const changedAt = name =>
  readdirSync(name, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => statSync(`${name}/${file}`).mtimeMs);
const isBuilt = () =>
  existsSync('dist/.built') &&
  Math.max(...['bin', 'lib', 'streams', 'entities', 'migrations'].flatMap(changedAt)) <=
    statSync('dist/.built').mtimeMs;

const checks = [
  ['types', npmRun('types')],
  ['formatting', npmRun('format:check')],
  ['unused code and packages', npmRun('unused')],
];

let passed = 0;
let failed = 0;
const timed = async (name, [command, args], onLine = () => false, isBuffered = false) => {
  const began = performance.now();
  const printed = [];
  const code = await run(command, args, onLine, isBuffered ? data => printed.push(data) : undefined);
  for (const data of printed) process.stdout.write(data);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return code;
};

if (!isBuilt()) checks.push(['build', npmRun('build')]);
const count = code => (code === 0 ? passed++ : failed++);
// The longest of them beside the others: each keeps one core busy.
const lint = timed('lint and dependency arrows', npmRun('lint'), undefined, true);
for (const [name, command] of checks) count(await timed(name, command));
count(await lint);

const runSpecs = async (name, script) => {
  let counted = false;
  let failing = 0;
  const code = await timed(name, npmRun(script), line => {
    const [, count, kind] = /^\s*(\d+) (passing|failing)\b/.exec(line.replace(/\u001b\[\d+m/g, '')) ?? [];
    if (!kind) return false;
    counted = true;
    if (kind === 'passing') passed += Number(count);
    else failing += Number(count);
    return true;
  });
  failed += failing;
  if (!counted || (code !== 0 && failing === 0)) failed++;
};
await runSpecs('mocha', 'test:mocha');
// Apart from the rest: they play markets hundreds of times faster than real time, so that other work
// beside them looks like a slow exchange.
await runSpecs('short soaks', 'test:soak');

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
