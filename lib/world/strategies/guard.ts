import { createContext, Script } from 'node:vm';
import { UserError } from '../../errors.js';
import type { Guard } from '../../guard.js';
import type { DurationMs } from '../../units.js';

/**
 * How long a strategy's code may take for a tape, which is usually a matter of milliseconds: less
 * than the time after which a live process without a heartbeat is restarted.
 */
const LIMIT_MS = 60_000;

/** Only code that is run as a script can be ended from outside: `act()` in a context of its own. */
const context = createContext({}) as { act: () => void };
const CALL = new Script('act()');

/** Makes a guard with this limit. A call costs some 40 µs: one for a tape, not for a candle. */
export const guardOf = (limitMs: DurationMs = LIMIT_MS): Guard => {
  const guard: Guard = {
    running: 'a strategy',
    within: act => {
      let outcome: { readonly value: ReturnType<typeof act> } | { readonly error: unknown } | undefined;
      context.act = () => {
        try {
          outcome = { value: act() };
        } catch (error) {
          outcome = { error };
        }
      };
      try {
        CALL.runInContext(context, { timeout: limitMs });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
        throw new UserError(
          [`${guard.running} did not return within ${limitMs / 1_000} s: is there a loop without an end?`],
          1,
        );
      }
      if ('error' in outcome!) throw outcome.error;
      return outcome!.value;
    },
  };
  return guard;
};
