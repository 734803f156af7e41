// node --experimental-websocket live-heap.mjs PID: prints how many bytes of JavaScript a Node process holds once all garbage is
// collected, as its inspector says, which is open meanwhile on the port that Node opens at SIGUSR1.
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

const PORT = 9229;
const TIMEOUT_MS = 20_000;
const RETRY_DELAY_MS = 50;

const target = () =>
  fetch(`http://127.0.0.1:${PORT}/json/list`)
    .then(answer => answer.json())
    .then(([found]) => found?.webSocketDebuggerUrl)
    .catch(() => undefined);
const until = async (what, ask) => {
  for (const deadline = performance.now() + TIMEOUT_MS; performance.now() < deadline; await pause(RETRY_DELAY_MS)) {
    const found = await ask();
    if (found) return found;
  }
  throw new Error(`waited in vain until ${what}`);
};

const pid = Number(process.argv[2]);
process.kill(pid, 'SIGUSR1');
const socket = new WebSocket(await until('the inspector is open', target));
await new Promise((resolve, reject) => {
  socket.onopen = resolve;
  socket.onerror = reject;
});
const answers = new Map();
socket.onmessage = ({ data }) => {
  const { id, result } = JSON.parse(data);
  answers.get(id)?.(result);
};
const ask = (method, params) =>
  new Promise(resolve => {
    const id = answers.size + 1;
    answers.set(id, resolve);
    socket.send(JSON.stringify({ id, method, params }));
  });
const evaluate = async expression => (await ask('Runtime.evaluate', { expression })).result.value;

if ((await evaluate('process.pid')) !== pid) throw new Error(`another process has the inspector's port ${PORT}`);
await ask('HeapProfiler.enable');
for (let round = 0; round < 2; round++) await ask('HeapProfiler.collectGarbage'); // what finalizers let go of goes in the second
const { usedSize } = await ask('Runtime.getHeapUsage');
await evaluate('void setTimeout(() => process._debugEnd(), 50)');
socket.close();
await until('the inspector is closed', async () => !(await target()));
console.log(usedSize);
process.exit(0);
