import { backoffMs } from '../../lib/exchange/backoff.js';
import { ExchangeFailure } from '../../lib/exchange/failure.js';
import { randomFraction } from '../../lib/world/random.js';
import { rest } from '../../lib/world/rest.js';
import type { RunWorld } from './world.js';

/** Whether the exchange answers at all is known so soon, in our own time. */
export const CONTACT_MS = 5_000;
const BACKOFF = { firstMs: 2_000, factor: 2, mostMs: 60_000 };
/** A first wait of next to nothing would be told as "trying again in 0 s". */
const LEAST_MS = 1_000;

/**
 * Asks until there is an answer, however long that takes: says once what is wrong, then tries on quietly. What waiting cannot
 * mend is thrown.
 */
export const firstContact = async <T>(
  { log, link, mode, alive }: Pick<RunWorld, 'log' | 'link' | 'mode' | 'alive'>,
  ask: () => Promise<T>,
): Promise<T> => {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await ask();
      if (tries > 0) log.info({ repeatKey: 'exchange-back' }, 'the exchange answers');
      return answer;
    } catch (error) {
      if (!(error instanceof ExchangeFailure) || error.next === 'stop') throw error;
      const waitMs = LEAST_MS + backoffMs(tries, BACKOFF, randomFraction(), error.retryAfterMs);
      const hint = mode === 'live' ? ' Without a network: bin/bot run --simulate' : '';
      log.warn(
        { repeatKey: 'exchange-away' },
        `the exchange cannot be reached (${error.message}); the next try is in ${Math.round(waitMs / 1_000)} s.${hint}`,
      );
      link.beat();
      await alive(`the exchange cannot be reached: ${error.message}`);
      await rest(waitMs, link.signal);
    }
  }
};
