/**
 * A mistake that the user can correct. It is shown as its lines, never with a stack trace.
 * Each line says what was found, what was expected, where, and what to do.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly lines: readonly string[];
  /**
   * 2: used wrongly (arguments, configuration, input files); 1: it could not be done (database
   * away, disk full).
   */
  readonly exitCode: 1 | 2;

  constructor(lines: readonly string[], exitCode: 1 | 2 = 2) {
    super(lines.join('\n'));
    this.lines = lines;
    this.exitCode = exitCode;
  }
}

/** The run was stopped by the user (Ctrl-C or SIGTERM) and has tidied up after itself. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}
