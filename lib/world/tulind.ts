import type { Tulind } from 'tulind';
import { UserError } from '../errors.js';

/**
 * The reference implementation of the indicators, a native module, loaded at the first call. Throws
 * a UserError if it was not built for this version of Node.
 */
export const loadTulind = async (
  load: () => Promise<{ readonly default: Tulind }> = () => import('tulind'),
): Promise<Tulind> => {
  try {
    return (await load()).default;
  } catch (error) {
    const found = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    throw new UserError(
      [
        `The native module tulind could not be loaded: ${found}`,
        'It is what the indicators are held against, so nothing is traded without it.',
        `It has to be built for this Node (${process.version}, ${process.platform} ${process.arch}): run "npm rebuild tulind".`,
        'If that fails, a C++ compiler, make or Python is missing: on Debian, "apt-get install build-essential python3".',
      ],
      1,
    );
  }
};
