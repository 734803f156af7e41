import { UserError } from '../lib/errors.js';
import { ExchangeFailure } from '../lib/exchange/failure.js';
import { BUDGET_KEY, type GateState } from '../lib/exchange/request-budget.js';
import { modeOf } from '../lib/exchange/mode.js';
import { onClockOf } from '../lib/exchange/on-clock.js';
import type { AskOptions, Exchange } from '../lib/exchange/ports.js';
import { EXCHANGE_BACKOFF } from '../lib/retry.js';
import { openExchange } from '../lib/world/exchange/index.js';
import { randomFraction } from '../lib/world/random.js';
import { withRetry } from '../lib/world/retry.js';
import { sharedState } from '../lib/world/store/live/shared-state.js';
import { refuseMixture } from '../lib/world/store/runs.js';
import type { Terminal } from './terminal.js';
import type { CommandWorld } from './world.js';

/**
 * Opens the configured exchange for a command, on the request budget shared with an active run.
 * Throws `UserError` if the database belongs to another kind of exchange.
 */
export const withExchange = async <T>(
  { configuration, store: open }: Pick<CommandWorld, 'configuration' | 'store'>,
  use: (exchange: Exchange) => Promise<T>,
): Promise<T> => {
  const { exchange: settings } = configuration.settings;
  const { orm } = await open();
  await refuseMixture(orm, modeOf(settings), configuration);
  const exchange = openExchange(settings, {
    caller: `command-${process.pid}`,
    shared: onClockOf(sharedState<GateState>(orm, BUDGET_KEY), settings.clockSpeed),
  });
  try {
    return await use(exchange);
  } finally {
    exchange.close();
  }
};

const MAX_TRIES = 16;

/** Retry behaviour of a request. */
export interface Patience extends Pick<Terminal, 'err' | 'signal'> {
  /** Speed of the exchange's clock. */
  readonly speed: number;
}

/** A request that is retried here, visibly to the user, not within the exchange. */
type Ask<T> = (options: Required<Pick<AskOptions, 'signal' | 'retries'>>) => Promise<T>;

/**
 * Sends a request, and repeats it up to 16 times with growing waits while its failure may pass. Each
 * failure after the first `quietTries` is reported on stderr. Rejects with the last
 * `ExchangeFailure`, at once if it is permanent, and with `Aborted` after Ctrl-C.
 */
export const askPatiently = <T>(
  { err, signal, speed }: Patience,
  ask: Ask<T>,
  { quietTries = 0 }: { readonly quietTries?: number } = {},
): Promise<T> =>
  withRetry(() => ask({ signal, retries: 0 }), {
    backoff: EXCHANGE_BACKOFF,
    random: randomFraction,
    speed,
    signal,
    mayRepeat: (error, tries) =>
      error instanceof ExchangeFailure && (error.next === 'retry' || error.next === 'wait') && tries < MAX_TRIES,
    onFailure: (error, waitMs, tries) => {
      const { message } = error as ExchangeFailure;
      if (tries >= quietTries) err(`The exchange: ${message}; trying again in ${Math.ceil(waitMs / 1_000)} s.`);
    },
  });

/** Converts an exchange failure to a `UserError`; returns other errors unchanged. */
export const toUserError = (error: unknown): unknown => {
  if (!(error instanceof ExchangeFailure)) return error;
  const { message, next, cure } = error;
  return next === 'stop'
    ? new UserError([`The exchange: ${message}`, ...(cure === null ? [] : [cure])])
    : new UserError([`The exchange: ${message}`, 'Nothing was changed; try again later.'], 1);
};
