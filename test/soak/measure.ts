import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Fields of /proc/PID/stat, counted from the one behind the name, in ticks. */
const [OWN_USER, OWN_SYSTEM, ENDED_USER, ENDED_SYSTEM] = [11, 12, 13, 14];
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

const secondsOf = (pid: number, fields: readonly number[]): number => {
  const values = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' '); // the name may hold blanks
  return fields.reduce((sum, field) => sum + Number(values[field]), 0) / TICKS_PER_SECOND;
};

/** What a process has used of a processor so far, in seconds. */
export const cpuSeconds = (pid: number): number => secondsOf(pid, [OWN_USER, OWN_SYSTEM]);

/** The same of a process and all that it has started, those that have ended included. */
export const treeCpuSeconds = (pid: number): number => {
  const children = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid ? [child!] : []));
  const all = [OWN_USER, OWN_SYSTEM, ENDED_USER, ENDED_SYSTEM];
  return [pid, ...children].reduce((sum, each) => sum + (existsSync(`/proc/${each}`) ? secondsOf(each, all) : 0), 0);
};

/** The memory that a process holds, in MB. */
export const rssMb = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** What a Node process holds in its heap once all garbage is collected, in MB. */
export const liveHeapMb = async (pid: number): Promise<number> => {
  const script = fileURLToPath(new URL('live-heap.mjs', import.meta.url));
  const args = ['--experimental-websocket', '--no-warnings', script, String(pid)];
  return Number((await promisify(execFile)(process.execPath, args)).stdout) / 1024 ** 2;
};

/**
 * A straight line through points, by least squares: how steep it is, and the standard error of
 * that.
 */
const slopeOf = (
  points: readonly (readonly [x: number, y: number])[],
): { readonly slope: number; readonly error: number } => {
  const n = points.length;
  const [meanX, meanY] = [0, 1].map(of => points.reduce((sum, point) => sum + point[of]!, 0) / n) as [number, number];
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / spread;
  const rest = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  return { slope, error: Math.sqrt(rest / (n - 2) / spread) };
};

/**
 * Memory that grows by less than this part of itself in all is flat, however sure its slope is:
 * windows fill for days.
 */
export const FLAT = 0.05;

/**
 * How memory went with whatever is counted: its mean and slope, and whether that is flat; the first
 * fifth, in which things fill, is left out.
 */
export const flatness = (
  points: readonly (readonly [x: number, megabytes: number])[],
): { readonly mean: number; readonly slope: number; readonly error: number; readonly held: boolean } => {
  const settled = points.slice(Math.ceil(points.length / 5));
  const { slope, error } = slopeOf(settled);
  const mean = settled.reduce((sum, [, megabytes]) => sum + megabytes, 0) / settled.length;
  return { mean, slope, error, held: slope <= 2 * error || slope * (points.at(-1)?.[0] ?? NaN) <= FLAT * mean };
};
/** What is wanted of it, in words. */
export const FLAT_TEXT = `no slope beyond twice its error, or under ${FLAT * 100} % in all`;

/** The value that this share of all values does not exceed. */
export const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? NaN;

/** One line of a report: what was found, and whether it is held; null where it only informs. */
export interface Line {
  readonly name: string;
  readonly found: string;
  readonly wanted: string;
  readonly held: boolean | null;
}

/** The lines of a report below one another. */
export const reportText = (lines: readonly Line[]): string => {
  const width = (of: 'name' | 'found') => Math.max(...lines.map(line => line[of].length));
  return lines
    .map(({ name, found, wanted, held }) =>
      `${held === null ? '   ' : held ? 'ok ' : 'NO '} ${name.padEnd(width('name'))}  ${found.padEnd(width('found'))}  ${wanted}`.trimEnd(),
    )
    .join('\n');
};
