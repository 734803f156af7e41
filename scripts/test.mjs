// npm test: every check in turn, each with its time and a limit; the last line counts what passed
// and failed.
import { spawn, spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { isBuilt } from './built.mjs';

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

// onLine says true when the check has said its last word and should end; write takes what it prints.
const run = (command, args, onLine, write) =>
  new Promise(resolve => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stderr.on('data', write);
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
const print = data => process.stdout.write(data);
const timed = async (name, script, write = print, onLine = () => false) => {
  const began = performance.now();
  const code = await run('npm', ['run', '--silent', script], onLine, write);
  write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)\n`);
  return code;
};
const check = async (name, script, write) => ((await timed(name, script, write)) === 0 ? passed++ : failed++);

await check('types', 'types');
// Many tests start bin/bot, which takes three times as long from sources as from a dist/ that is up
// to date. One that is stays as it is: a bot may be running from it.
if (!isBuilt()) await check('build', 'build');

// Beside the specs, which wait for servers and processes much of the time; printed after them.
const printed = [];
const later = data => printed.push(data);
const beside = (async () => {
  await check('lint and dependency arrows', 'lint', later);
  await check('formatting', 'format:check', later);
  await check('unused code and packages', 'unused', later);
})();

const runSpecs = async (name, script) => {
  let counted = false;
  let failing = 0;
  const onLine = line => {
    const [, count, kind] = /^\s*(\d+) (passing|failing)\b/.exec(line.replace(/\u001b\[\d+m/g, '')) ?? [];
    if (!kind) return false;
    counted = true;
    if (kind === 'passing') passed += Number(count);
    else failing += Number(count);
    return true;
  };
  const code = await timed(name, script, print, onLine);
  failed += failing;
  if (!counted || (code !== 0 && failing === 0)) failed++;
};
await runSpecs('mocha', 'test:mocha');
await beside;
printed.forEach(print);
// Apart from the rest: they play markets hundreds of times faster than real time, so that other work
// beside them looks like a slow exchange.
await runSpecs('short soaks', 'test:soak');

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
