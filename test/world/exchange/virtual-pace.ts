import { Aborted } from '../../../lib/errors.js';
import type { Pace } from '../../../lib/world/exchange/pace.js';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Time that passes only on request. */
export interface VirtualPace extends Pace {
  /** Lets so many milliseconds pass, and everything happen that is due in them, in order. */
  pass(ms: number): Promise<void>;
}

const settle = async () => {
  for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve));
};

export const virtualPace = (): VirtualPace => {
  const sleepers = new Set<Sleeper>();
  let now = 0;
  return {
    elapsed: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        const abort = () => {
          sleepers.delete(sleeper);
          reject(new Aborted());
        };
        if (signal.aborted) abort();
        else signal.addEventListener('abort', abort, { once: true });
      }),
    pass: async ms => {
      const end = now + ms;
      for (;;) {
        await settle();
        const next = [...sleepers].sort((a, b) => a.at - b.at)[0];
        if (!next || next.at > end) break;
        sleepers.delete(next);
        now = Math.max(now, next.at);
        next.wake();
      }
      now = end;
      await settle();
    },
  };
};
