import { spawnSync } from 'node:child_process';

// macOS has no /proc. Written from the manual pages of ps and lsof, never run.
const output = (file: string, args: readonly string[]): string =>
  spawnSync(file, args, { encoding: 'utf8', env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' } }).stdout;

/** The start time of a live process, or null. */
export const startOf = (pid: number): string | null => {
  const [state = '', ...start] = output('ps', ['-o', 'state=,lstart=', '-p', String(pid)])
    .trim()
    .split(/\s+/);
  return state === '' || state.startsWith('Z') ? null : String(Date.parse(start.join(' ')));
};

/** The pids of PostgreSQL processes whose working folder is `folder`. */
export const postgresIn = (folder: string): readonly number[] => {
  // -Fpn prints a line `p<pid>` and then `n<folder>` for each process
  const lines = output('lsof', ['-a', '-c', 'postgres', '-d', 'cwd', '-Fpn']).split('\n');
  const pids: number[] = [];
  let pid = 0;
  for (const line of lines) {
    if (line.startsWith('p')) pid = Number(line.slice(1));
    if (line === `n${folder}`) pids.push(pid);
  }
  return pids;
};
