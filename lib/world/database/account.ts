import { spawnSync, type SpawnOptions } from 'node:child_process';
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.js';
import { environment } from '../environment.js';
import { isOutOfFiles } from '../open-files.js';
import { randomHex } from '../random.js';
import { program, type Binaries } from './binaries.js';
import { belongsTo, giveAway, giveTree } from './folder.js';

/**
 * The account of the server: PostgreSQL refuses root, and its initdb a user without a name on this
 * system.
 */
export type Account =
  | { readonly kind: 'self' }
  /**
   * In a user namespace of its own, in which it sees itself as `uid`; for everyone else it and its
   * files stay ours.
   */
  | { readonly kind: 'namespace'; readonly uid: number }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number };

interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly options: SpawnOptions;
}

/**
 * How a program is started as that account: without environment variables that could misdirect
 * PostgreSQL.
 */
export const commandAs = (account: Account, file: string, args: readonly string[]): Command => {
  const env = { PATH: environment()['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
  if (account.kind === 'self') return { file, args, options: { env } };
  if (account.kind === 'user') return { file, args, options: { env, uid: account.uid, gid: account.gid } };
  const id = String(account.uid);
  return {
    file: 'unshare',
    args: ['--user', `--map-user=${id}`, `--map-group=${id}`, '--', file, ...args],
    options: { env },
  };
};

const can = (account: Account, script: string, ...args: readonly string[]): boolean => {
  const { file, args: all, options } = commandAs(account, 'sh', ['-c', script, 'sh', ...args]);
  const { env, uid, gid } = options;
  const { status, error } = spawnSync(file, all, { env, uid, gid, cwd: '/', stdio: 'ignore' });
  if (isOutOfFiles(error)) throw error!;
  return status === 0;
};
const canWrite = (account: Account, folder: string): boolean => can(account, 'cd "$1" && test -w .', folder);
const canEnter = (account: Account, folder: string): boolean => can(account, 'cd "$1"', folder);
const canRun = (account: Account, binaries: Binaries): boolean =>
  can(account, '"$1" --version', program(binaries, 'postgres'));

/** An unprivileged user of this system. */
const unprivileged = (): { uid: number; gid: number } => {
  const users = existsSync('/etc/passwd')
    ? readFileSync('/etc/passwd', 'utf8')
        .split('\n')
        .map(line => line.split(':'))
    : [];
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  return { uid: Number(user?.[2] ?? 65534), gid: Number(user?.[3] ?? 65534) };
};

/**
 * A copy of the programs for an account that cannot read the installed ones (a checkout under
 * /root).
 */
const copyFor = (root: string, { uid, gid }: { uid: number; gid: number }, binaries: Binaries): Binaries => {
  const folder = join(root, `binaries-${binaries.version}`);
  for (const name of readdirSync(root).filter(each => each.startsWith('binaries-') && join(root, each) !== folder))
    rmSync(join(root, name), { recursive: true, force: true });
  if (!existsSync(folder)) {
    const draft = join(root, `binaries-${randomHex(6)}`);
    try {
      cpSync(binaries.folder, draft, { recursive: true, verbatimSymlinks: true });
      renameSync(draft, folder);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true }); // it would fill up the disk that was too small for it
      throw error;
    }
  }
  giveTree(folder, uid, gid);
  return { ...binaries, folder };
};

const nameless = (): boolean => {
  try {
    return userInfo().username === '';
  } catch {
    return true;
  }
};

const asOurselves = (root: string, namespace: Account | null): Account => {
  if (!nameless() || existsSync(join(root, 'pg'))) return { kind: 'self' };
  if (namespace && canWrite(namespace, root)) return namespace;
  throw new UserError(
    [
      `User id ${process.getuid?.() ?? '?'} has no name in /etc/passwd: PostgreSQL cannot make its files as that user.`,
      'Run as a user with a name, or set DATABASE_URL to a PostgreSQL that runs already.',
    ],
    1,
  );
};

/**
 * Chooses the account of the server of the data folder `root`, and its copy of the programs. Call
 * under the lock. As root: in a user namespace if the system allows it; else as the folder's owner,
 * or an unprivileged user who is then given the folder. Throws `UserError` if there is no way.
 * `namespaces: false` acts as if the system forbade them.
 */
export const chooseAccount = (
  root: string,
  binaries: Binaries,
  namespaces = true,
): { readonly account: Account; readonly binaries: Binaries } => {
  const namespace: Account | null = namespaces ? { kind: 'namespace', uid: unprivileged().uid } : null;
  if (process.getuid?.() !== 0) return { account: asOurselves(root, namespace), binaries };

  const owner = statSync(root);
  if (owner.uid === 0 && namespace && canWrite(namespace, root) && canRun(namespace, binaries)) {
    if (!belongsTo(root, 0)) giveAway(root, 0, 0);
    return { account: namespace, binaries };
  }
  const { uid, gid } = owner.uid === 0 ? unprivileged() : owner;
  const account: Account = { kind: 'user', uid, gid };
  if (
    canEnter(account, dirname(root)) &&
    (belongsTo(root, uid) || giveAway(root, uid, gid)) &&
    canWrite(account, root)
  ) {
    const readable = canRun(account, binaries) ? binaries : copyFor(root, account, binaries);
    if (canRun(account, readable)) return { account, binaries: readable };
  }
  throw new UserError(
    [
      `PostgreSQL does not run as root, and user id ${uid} cannot work in ${root}.`,
      'Set BOT_DATA_DIR to an empty folder that others may reach (such as /var/lib/crypto-bot), run the bot as another user,',
      'or set DATABASE_URL to a PostgreSQL that runs already.',
    ],
    1,
  );
};
