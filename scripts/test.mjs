// npm test: every check in turn, each with its time; the last line counts what passed and failed.
import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';

const run = (command, args, onLine) =>
  new Promise(resolve => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], shell: false });
    let rest = '';
    child.stdout.on('data', data => {
      process.stdout.write(data);
      const lines = (rest + data).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(line => onLine(line));
    });
    child.on('close', code => resolve(code ?? 1));
  });

const npmRun = name => ['npm', ['run', '--silent', name]];
const checks = [
  ['types', npmRun('types')],
  ['lint and dependency arrows', npmRun('lint')],
  ['formatting', npmRun('format:check')],
  ['unused code and packages', npmRun('unused')],
];

let passed = 0;
let failed = 0;
const timed = async (name, [command, args], onLine = () => undefined) => {
  const began = performance.now();
  const code = await run(command, args, onLine);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return code;
};

for (const [name, command] of checks) (await timed(name, command)) === 0 ? passed++ : failed++;

let counted = false;
const code = await timed('mocha', npmRun('test:mocha'), line => {
  const [, count, kind] = /^\s*(\d+) (passing|failing)\b/.exec(line.replace(/\u001b\[\d+m/g, '')) ?? [];
  if (!kind) return;
  counted = true;
  if (kind === 'passing') passed += Number(count);
  else failed += Number(count);
});
if (!counted || (code !== 0 && failed === 0)) failed++;

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
