import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
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

/**
 * The processes that a process has started and that still live, by what they run: `scanner`,
 * `positions` and others.
 */
export const childrenOf = (parent: number): ReadonlyMap<string, number> => {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' });
  const found = new Map<string, number>();
  for (const line of table.split('\n')) {
    const [, pid, ppid, stat, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (Number(ppid) !== parent || stat!.startsWith('Z')) continue;
    found.set(/--only (\w+)/.exec(args!)?.[1] ?? args!.slice(0, 40), Number(pid));
  }
  return found;
};

/** Whether a process is there, and no zombie. */
export const isThere = (pid: number): boolean => {
  try {
    const stat = execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return stat !== '' && !stat.startsWith('Z');
  } catch {
    return false; // ps ends with 1 where there is none
  }
};

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
