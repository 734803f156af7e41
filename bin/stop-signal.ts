const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * The user's request to stop: the first Ctrl-C or SIGTERM fires `signal`, a second one ends the
 * process at once.
 */
export interface StopSignal {
  readonly signal: AbortSignal;
  /** The first signal received, if any. */
  readonly received: () => NodeJS.Signals | undefined;
  /**
   * The command is done: from now on a signal ends the process at once with the exit code that was
   * set.
   */
  done(): void;
}

/** Listens for Ctrl-C and SIGTERM. */
export const stopSignal = (): StopSignal => {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  let done = false;
  const stop = (signal: NodeJS.Signals) => {
    if (done) process.exit();
    if (received) process.exit(signal === 'SIGTERM' ? 143 : 130);
    received = signal;
    controller.abort();
  };
  SIGNALS.forEach(signal => process.on(signal, stop));
  return {
    signal: controller.signal,
    received: () => received,
    done: () => {
      done = true;
    },
  };
};
