/** Ends code of strategy files that does not return. */
export interface Guard {
  /** Whose code runs, for the message. Set before each call of such code. */
  running: string;
  /** The result of `act`, whose errors pass; throws `UserError` if it does not return in time. */
  within<T>(act: () => T): T;
}
