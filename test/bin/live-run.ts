import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startBot, type Child, type ChildOptions } from './child.js';

/** One line of the log of `bin/bot run`. */
export interface LogLine {
  readonly name: string;
  readonly level: number;
  readonly msg: string;
}

/** A live run as a user starts it, and its output so far. */
export interface LiveRun extends Child {
  readonly lines: () => readonly LogLine[];
  /** Whether a line says so. */
  readonly said: (pattern: RegExp) => boolean;
}

/** Starts `bin/bot run`. */
export const startRun = (args: readonly string[], options?: ChildOptions): LiveRun => {
  const child = startBot(['run', ...args], options);
  let text = '';
  child.process.stdout!.on('data', (part: string) => (text += part));
  const lines = () =>
    text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(line => line.startsWith('{'))
      .map(line => JSON.parse(line) as LogLine);
  return { ...child, lines, said: pattern => lines().some(({ msg }) => pattern.test(msg)) };
};

/** Ends a run in order, or by force where that takes longer than `withinMs`. */
export const endRun = async (run: Child, withinMs: number): Promise<void> => {
  run.process.kill('SIGINT');
  await Promise.race([run.ended, pause(withinMs)]);
  run.process.kill('SIGKILL');
};

interface Listed {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  readonly args: string;
}

/** A process by what /proc says of it, which takes no process to read. */
const fromProc = (pid: string): readonly Listed[] => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return [{ pid: Number(pid), parent: Number(parent), state, args }];
  } catch {
    return []; // it has ended
  }
};

const fromPs = (): readonly Listed[] =>
  execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map(line => {
      const [, pid, parent, state = '', args = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return { pid: Number(pid), parent: Number(parent), state, args };
    });

/** All processes but zombies. */
const listed = (): readonly Listed[] => {
  const all = existsSync('/proc/self/stat')
    ? readdirSync('/proc')
        .filter(name => /^\d+$/.test(name))
        .flatMap(fromProc)
    : fromPs();
  return all.filter(({ state }) => !state.startsWith('Z'));
};

/**
 * The processes that a process has started and that still live, by what they run: `scanner`,
 * `positions` and others.
 */
export const childrenOf = (parent: number): ReadonlyMap<string, number> =>
  new Map(
    listed()
      .filter(each => each.parent === parent)
      .map(({ pid, args }) => [/--only (\w+)/.exec(args)?.[1] ?? args.slice(0, 40), pid]),
  );

/** Whether a process is there, and no zombie. */
export const isThere = (pid: number): boolean => listed().some(each => each.pid === pid);

/**
 * A configuration with which a run of a few simulated hours trades: conditions that are soon met,
 * exits that are soon reached, and opportunities that keep for some of its short minutes.
 */
export const LIVELY = `
momentum_strategy:
  rsi: { overbought: 85, oversold: 15 }
  roc: { periods: [1, 5], thresholds: [0.02, 0.02] }
  volume: { factor: 0.8 }
  trend_confirmation_required: false
risk_management:
  stop_loss_percentage: 0.4
  take_profit_levels:
    - { percentage: 0.2, position_percentage: 30 }
    - { percentage: 0.4, position_percentage: 40 }
    - { percentage: 0.8, position_percentage: 30 }
  trailing_stop: { activation_percentage: 0.3, offset_percentage: 0.2 }
  cooldown_minutes: 2
  max_opportunity_age_seconds: 900
`;

/** Writes a configuration into a folder and gives its file. */
export const writeConfig = (folder: string, text = LIVELY): string => {
  const file = join(folder, 'config.yaml');
  writeFileSync(file, text);
  return file;
};

/** Minutes between the first and the last candle that is stored of a market that are not. */
export const MISSING = `
  select coalesce(sum((extract(epoch from last - first) / 60 + 1 - count)::int), 0)::int as count from (
    select min(timestamp) as first, max(timestamp) as last, count(*) from market_data group by cryptocurrency_id) as market`;
