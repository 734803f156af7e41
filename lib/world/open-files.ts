import { UserError } from '../errors.js';

const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  const { code, cause } = error as Error & { code?: unknown };
  if (code === 'EMFILE' || code === 'ENFILE') return code;
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [cause];
  return first === undefined ? '' : codeOf(first);
};

/**
 * Whether the system had no more files or connections to give: the error then says nothing about
 * the file itself.
 */
export const isOutOfFiles = (error: unknown): boolean => codeOf(error) !== '';

/** How many files and connections this process may have open; null if the system does not say. */
const limit = (): string | null => {
  try {
    const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
    report.excludeNetwork = true; // it would look up the names of all hosts that we are connected to
    const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } };
    return String(userLimits?.open_files?.soft ?? '') || null;
  } catch {
    return null;
  }
};

/**
 * Message and advice if one of our processes may not have as many files and connections open as it
 * needs.
 */
export const tooFewFiles = (who: string): UserError => {
  const most = limit();
  return new UserError(
    [
      `${who} may have ${most ?? 'no more'} files and connections open, and needs more (EMFILE).`,
      'Raise that limit where it is started: ulimit -n 4096 in a shell, LimitNOFILE=4096 for systemd, --ulimit nofile=4096 for Docker.',
    ],
    1,
  );
};

/**
 * Message and advice if the system had no more files or connections to give; null for any other
 * error.
 */
export const outOfFiles = (error: unknown): UserError | null => {
  const code = codeOf(error);
  if (code === '') return null;
  if (code === 'ENFILE')
    return new UserError(
      [
        'The system has no more files to open (ENFILE): all programs on it together have reached its limit.',
        'End some that hold many, or raise it: sysctl fs.file-max',
      ],
      1,
    );
  return tooFewFiles('This process');
};
