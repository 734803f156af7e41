import { parseArgs } from 'node:util';
import { faultyAnswers } from './faulty-answers.js';
import { soak, VICTIMS, type Kill } from './soak.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    answers: { type: 'string' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '60' },
  },
});
const [kills, seed, speed] = [Number(values.kills), Number(values.seed), Number(values.speed)];
if (!(kills > 0 && seed >= 0 && speed > 0)) {
  console.error('npm run soak -- --kills 200 --seed 1 --speed 60   or   npm run soak -- --answers 10000 --seed 1');
  process.exit(2);
}

if (values.answers !== undefined) {
  const { wrong, heap, struck, ...counts } = await faultyAnswers(Number(values.answers), seed);
  console.table(struck);
  console.table({ ...counts, wrong: wrong.length });
  wrong.slice(0, 50).forEach(line => console.log(line));
  const [early, late] = heap.map(bytes => (bytes / 2 ** 20).toFixed(1));
  console.log(`memory in use: ${early} MB after a tenth of the answers, ${late} MB at the end`);
  process.exit(wrong.length === 0 ? 0 : 1);
}

const began = performance.now();
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const onKill = ({ victim, recoveryMs, broken, totals }: Kill, n: number) => {
  const stored = Object.entries(totals).map(([name, count]) => `${count} ${name}`);
  console.log(
    `${String(n).padStart(4)}/${kills} ${seconds(performance.now() - began).padStart(8)}  killed ${victim.padEnd(10)}  well after ${seconds(recoveryMs).padStart(6)}  ${broken.length === 0 ? 'all holds' : 'BROKEN'}  ${stored.join(', ')}`,
  );
  broken.forEach(line => console.log(`     ${line}`));
};

const done = await soak({ kills, seed, speed, onKill });
console.table(
  VICTIMS.map(victim => {
    const of = done.filter(kill => kill.victim === victim);
    const times = of.map(({ recoveryMs }) => recoveryMs).sort((a, b) => a - b);
    return {
      killed: victim,
      times: of.length,
      'median recovery': times.length > 0 ? seconds(times[Math.floor(times.length / 2)]!) : '',
      'longest recovery': times.length > 0 ? seconds(times.at(-1)!) : '',
      broken: of.filter(({ broken }) => broken.length > 0).length,
    };
  }),
);
const broken = done.filter(kill => kill.broken.length > 0).length;
console.log(
  `${done.length} kills in ${seconds(performance.now() - began)}: ${broken === 0 ? 'everything holds' : `${broken} left something broken`}`,
);
process.exit(broken === 0 ? 0 : 1);
