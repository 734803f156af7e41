// npm test: every check in turn, each with its time and a limit. What failed is printed once more at
// the end, and the last line counts what passed and failed.
import { spawn, spawnSync } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import { isBuilt } from './built.mjs';

const LIMIT_MS = 30 * 60_000;
const LINGER_MS = 60_000;
const COUNT = /^\s*(\d+) (passing|failing)\b/;
const plain = line => line.replace(/\u001b\[\d+m/g, '');
/** Of a check that failed, at its end. */
const REPEATED_LINES = 200;

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
const run = (command, args, onLine, write, priority) =>
  new Promise(resolve => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8').on('data', write);
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

let passed = 0;
let failed = 0;
const failures = [];
const print = data => process.stdout.write(data);
const timed = async (name, script, { write = print, onLine = () => false, priority } = {}) => {
  const began = performance.now();
  let said = '';
  const hear = data => {
    said += data;
    write(data);
  };
  const code = await run('npm', ['run', '--silent', script], onLine, hear, priority);
  write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`);
  if (code !== 0) failures.push(`FAILED ${name}, its last lines once more:\n${lastOf(said)}\n`);
  return code;
};
/** What mocha says of its failures if it has, the last lines of the others. */
const lastOf = said => {
  const lines = said.trimEnd().split('\n');
  const summary = lines.findLastIndex(line => COUNT.exec(plain(line))?.[2] === 'failing');
  return (summary < 0 ? lines.slice(-REPEATED_LINES) : lines.slice(summary, summary + REPEATED_LINES)).join('\n');
};
const check = async (name, script, options) => ((await timed(name, script, options)) === 0 ? passed++ : failed++);

await check('types', 'types');
// Many tests start bin/bot, which takes three times as long from sources as from a dist/ that is up
// to date. One that is stays as it is: a bot may be running from it.
if (!isBuilt()) await check('build', 'build');

// In what the specs leave of the processor while they wait; printed after them. The short soaks, which
// come first, leave most.
const printed = [];
const later = { write: data => printed.push(data), priority: constants.priority.PRIORITY_LOW };
const beside = (async () => {
  await check('lint and dependency arrows', 'lint', later);
  await check('formatting', 'format:check', later);
  await check('unused code and packages', 'unused', later);
})();

const runSpecs = async (name, script) => {
  let counted = false;
  let failing = 0;
  const onLine = line => {
    const [, count, kind] = COUNT.exec(plain(line)) ?? [];
    if (!kind) return false;
    counted = true;
    if (kind === 'passing') passed += Number(count);
    else failing += Number(count);
    return true;
  };
  const code = await timed(name, script, { onLine });
  failed += failing;
  if (!counted || (code !== 0 && failing === 0)) failed++;
};
// Apart from the other specs: they play markets hundreds of times faster than real time, so that
// other work of the same priority beside them looks like a slow exchange.
await runSpecs('short soaks', 'test:soak');
await runSpecs('mocha', 'test:mocha');
await beside;
printed.forEach(print);
failures.forEach(print);

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
