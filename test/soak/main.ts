import { parseArgs } from 'node:util';
import { editWhileRunning } from './edits.js';
import { faultyAnswers } from './faulty-answers.js';
import { manyMarkets } from './markets.js';
import { FLAT_TEXT, flatness, percentile, reportText, type Line } from './measure.js';
import { truthSoak } from './truth-soak.js';
import { soak, VICTIMS, type Kill } from './soak.js';
import { sweepStarts, type Trial } from './starts.js';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    answers: { type: 'string' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '60' },
    edits: { type: 'string' },
    truth: { type: 'boolean' },
    markets: { type: 'string' },
    hours: { type: 'string', default: '24' },
    starts: { type: 'boolean', default: false },
    'during-starts': { type: 'boolean', default: false },
    from: { type: 'string', default: '0' },
    to: { type: 'string', default: '2000' },
    step: { type: 'string', default: '5' },
  },
});
const [kills, seed, speed, hours] = [values.kills, values.seed, values.speed, values.hours].map(Number) as [
  number,
  number,
  number,
  number,
];
if (!(kills > 0 && seed >= 0 && speed > 0 && hours > 0)) {
  console.error(
    [
      'npm run soak -- --kills 200 --seed 1 --speed 60 [--during-starts]',
      'npm run soak -- --answers 10000 --seed 1',
      'npm run soak -- --edits 200 --seed 1',
      'npm run soak -- --markets 500 --hours 24 --speed 40',
      'npm run soak -- --truth --hours 1 --speed 60',
      'npm run soak -- --starts --from 0 --to 2000 --step 5',
    ].join('\n'),
  );
  process.exit(2);
}

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const { signal } = interrupt;
const say = (line: string) => console.log(line);

if (values.starts) {
  const [from, to, step] = [values.from, values.to, values.step].map(Number) as [number, number, number];
  const delaysMs = Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, n) => from + n * step);
  const inSeconds = (ms: number | null) => (ms === null ? 'never' : `${(ms / 1_000).toFixed(1)} s`);
  const trials = await sweepStarts({
    delaysMs,
    signal,
    onTrial: ({ delayMs, isFirst, upMs, stopMs, killedInStop, wrong }) => {
      const what = `killed after ${String(delayMs).padStart(4)} ms of a ${isFirst ? 'first' : 'later'} start`;
      const stop = `${killedInStop ? 'and' : 'not'} of the stop`;
      say(
        `${what} ${stop}: up after ${inSeconds(upMs).padStart(6)}, ended after ${inSeconds(stopMs).padStart(6)}  ${wrong.length === 0 ? 'all holds' : 'WRONG'}`,
      );
      wrong.forEach(line => say(`     ${line}`));
    },
  });
  const count = (holds: (trial: Trial) => boolean) => trials.filter(holds).length;
  const all = trials.length;
  const times = (of: (trial: Trial) => number | null) => trials.flatMap(trial => of(trial) ?? []);
  const wrong = count(trial => trial.wrong.length > 0);
  const lines: readonly Line[] = [
    {
      name: 'starts that came up',
      found: String(count(({ upMs }) => upMs !== null)),
      wanted: `all ${all}`,
      held: count(({ upMs }) => upMs !== null) === all,
    },
    { name: 'kills in a stop', found: String(count(({ killedInStop }) => killedInStop)), wanted: '', held: null },
    {
      name: 'median, longest start',
      found: `${inSeconds(
        percentile(
          times(({ upMs }) => upMs),
          0.5,
        ),
      )}, ${inSeconds(Math.max(...times(({ upMs }) => upMs)))}`,
      wanted: '',
      held: null,
    },
    {
      name: 'median, longest stop',
      found: `${inSeconds(
        percentile(
          times(({ stopMs }) => stopMs),
          0.5,
        ),
      )}, ${inSeconds(Math.max(...times(({ stopMs }) => stopMs)))}`,
      wanted: '',
      held: null,
    },
    { name: 'anything wrong', found: String(wrong), wanted: '0', held: wrong === 0 },
  ];
  say(reportText(lines));
  process.exit(lines.some(({ held }) => held === false) ? 1 : 0);
}

if (values.edits !== undefined) {
  const edits = Number(values.edits);
  const { refused, accepted, maxTapesLate, wrong } = await editWhileRunning({ edits, seed, speed, say, signal });
  wrong.forEach(line => console.log(line));
  const lines: readonly Line[] = [
    {
      name: 'bad edits refused',
      found: String(refused),
      wanted: `all ${edits}, with their line`,
      held: refused === edits,
    },
    {
      name: 'good edits followed',
      found: String(accepted),
      wanted: `all ${edits}, by both processes`,
      held: accepted === edits,
    },
    {
      name: 'tapes by the one before',
      found: String(maxTapesLate),
      wanted: 'the one under way',
      held: maxTapesLate <= 1,
    },
    { name: 'anything else', found: String(wrong.length), wanted: '0', held: wrong.length === 0 },
  ];
  console.log(reportText(lines));
  process.exit(lines.some(({ held }) => held === false) ? 1 : 0);
}

if (values.truth) {
  const { compared, differing, missing, revised, unconfirmed, struck } = await truthSoak({
    hours,
    speed,
    seed,
    say,
    signal,
  });
  console.table(struck);
  [...differing, ...missing].slice(0, 50).forEach(line => console.log(line));
  const zero = (name: string, count: number): Line => ({ name, found: String(count), wanted: '0', held: count === 0 });
  const lines: readonly Line[] = [
    { name: 'candles compared with the truth', found: String(compared), wanted: 'some', held: compared > 0 },
    { name: 'of these revised', found: String(revised), wanted: '', held: null },
    zero('candles that differ', differing.length),
    zero('minutes that are missing', missing.length),
    zero('not confirmed', unconfirmed),
  ];
  console.log(reportText(lines));
  process.exit(lines.some(({ held }) => held === false) ? 1 : 0);
}

if (values.markets !== undefined) {
  const lines = await manyMarkets({ markets: Number(values.markets), hours, speed, seed, say, signal });
  console.log(reportText(lines));
  process.exit(lines.some(({ held }) => held === false) ? 1 : 0);
}

if (values.answers !== undefined) {
  const answers = Number(values.answers);
  const { wrong, heap, struck, counts } = await faultyAnswers({ answers, seed, every: answers / 20, say, signal });
  console.table(struck);
  console.table({ ...counts, wrong: wrong.length });
  wrong.slice(0, 50).forEach(line => console.log(line));
  const never = Object.keys(struck).filter(kind => struck[kind] === 0);
  const { slope, error, held } = flatness(heap);
  const lines: readonly Line[] = [
    {
      name: 'faulty answers',
      found: String(Object.values(struck).reduce((sum, times) => sum + times, 0)),
      wanted: `of each of ${Object.keys(struck).length} kinds${never.length > 0 ? `; never: ${never.join(', ')}` : ''}`,
      held: never.length === 0,
    },
    { name: 'bad rows, decisions and fills', found: String(wrong.length), wanted: '0', held: wrong.length === 0 },
    {
      name: 'memory in use',
      found: `${heap.map(([, megabytes]) => megabytes.toFixed(1)).join(' ')} MB`,
      wanted: '',
      held: null,
    },
    {
      name: 'its slope',
      found: `${(slope * 10_000).toFixed(2)} ± ${(error * 10_000).toFixed(2)} MB in 10,000 answers`,
      wanted: FLAT_TEXT,
      held,
    },
  ];
  console.log(reportText(lines));
  process.exit(lines.some(({ held }) => held === false) ? 1 : 0);
}

const began = performance.now();
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
const onKill = ({ victims, recoveryMs, broken, totals, unwatched }: Kill, killed: number) => {
  const stored = Object.entries(totals).map(([name, count]) => `${count} ${name}`);
  console.log(
    `${String(killed).padStart(4)}/${kills} ${seconds(performance.now() - began).padStart(8)}  killed ${victims.join(' and ').padEnd(24)}  well after ${seconds(recoveryMs).padStart(6)}  ${broken.length === 0 ? 'all holds' : 'BROKEN'}  ${stored.join(', ')}, ${unwatched.positions} unwatched, ${unwatched.crossed} under their stop`,
  );
  broken.forEach(line => console.log(`     ${line}`));
};

const {
  kills: done,
  broken: atEnd,
  hours: decided,
} = await soak({
  kills,
  seed,
  speed,
  onKill,
  signal,
  duringStarts: values['during-starts'],
});
console.table(
  VICTIMS.map(victim => {
    const times = done
      .filter(({ victims }) => victims.length === 1 && victims[0] === victim)
      .map(kill => kill.recoveryMs);
    return {
      killed: victim,
      times: done.filter(({ victims }) => victims.includes(victim)).length,
      'median recovery': times.length > 0 ? seconds(percentile(times, 0.5)) : '',
      'longest recovery': times.length > 0 ? seconds(Math.max(...times)) : '',
      broken: done.filter(({ victims, broken }) => victims.includes(victim) && broken.length > 0).length,
    };
  }),
);
const sum = (of: (kill: Kill) => number) => done.reduce((total, kill) => total + of(kill), 0);
console.log(
  `${done.filter(({ unwatched }) => unwatched.positions > 0).length} of ${done.length} times something was held that was not watched: ${sum(({ unwatched }) => unwatched.positions)} positions, of which ${sum(({ unwatched }) => unwatched.crossed)} fell to their stop`,
);
atEnd.forEach(line => console.log(`at the end: ${line}`));
const broken = done.filter(kill => kill.broken.length > 0).length + atEnd.length;
console.log(
  `${kills} kills in ${seconds(performance.now() - began)}, ${decided.toFixed(1)} hours of the exchange's time: ${broken === 0 ? 'everything holds' : `${broken} times something was broken`}`,
);
process.exit(broken === 0 ? 0 : 1);
