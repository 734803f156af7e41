import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { UserError } from '../../errors.js';
import type { TulindIndicator, TulindTable } from '../../indicators/tulind-days.js';
import type { IndicatorSettings } from '../../settings/settings.js';
import type { Wallet } from '../../settings/strategy-entry.js';
import { DeclarationError, KIT, type Declaration } from '../../strategy/kit-tools.js';
import { isDeclaration, programOf } from '../../strategy/program.js';
import type { StrategySetup } from '../../strategy/setup.js';
import { startThread } from '../thread.js';
import { loadTulind } from '../tulind.js';
import { guardOf } from './guard.js';
import { bundleStrategy, placeOf, type StrategyBundle } from './bundle.js';

/** How a strategy of a file is set up. */
export interface StrategyOrder {
  readonly file: string;
  /** Default: the name that the file declares. */
  readonly name?: string | undefined;
  /** Default main. */
  readonly wallet?: Wallet | undefined;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly indicators: IndicatorSettings;
}

/** A strategy of a file, with what it was made of. */
export interface LoadedStrategy {
  readonly setup: StrategySetup;
  readonly bundle: StrategyBundle;
  readonly declaration: Declaration;
}

const GUARD = guardOf();

/** How long a file may take to load and to declare its strategy. */
const LOAD_MS = 5_000;

const EXPECTED = 'expected: export default ({ strategy, above }: Kit) => strategy({ name, entry, … })';

/** The answer of a thread that tries a file: null if it loads, else the lines of the mistake. */
export type TrialAnswer = readonly string[] | null;

/** A mistake of a file as lines: place, what was found, what was expected. */
const toLines = (bundle: StrategyBundle, error: unknown): readonly string[] => {
  if (error instanceof UserError) return error.lines;
  const place = placeOf(bundle, error) ?? bundle.file;
  if (error instanceof DeclarationError) return [`${place}: ${error.message}`];
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return [`${place}: the strategy failed while it was loaded: ${text}`];
};

const declared = async (bundle: StrategyBundle): Promise<Declaration> => {
  const { default: declare } = (await import(pathToFileURL(bundle.module).href)) as { readonly default?: unknown };
  if (typeof declare !== 'function')
    throw new DeclarationError(
      `the file has ${declare === undefined ? 'no default export' : 'a default export that is no function'}; ${EXPECTED}`,
    );
  const declaration: unknown = (declare as (kit: typeof KIT) => unknown)(KIT);
  if (!isDeclaration(declaration)) throw new DeclarationError(`the default export returns no strategy; ${EXPECTED}`);
  return declaration;
};

/** tulind's indicators by name. */
export const tulindTable = async (): Promise<TulindTable> => (await loadTulind()).indicators;

/** Loads a bundled strategy in this thread. Throws `UserError`. */
export const loadHere = async (
  bundle: StrategyBundle,
  order: StrategyOrder,
  tulind: TulindTable,
): Promise<LoadedStrategy> => {
  process.setSourceMapsEnabled(true);
  try {
    const declaration = await declared(bundle);
    const { file, indicators, name: owner } = order;
    const program = programOf(declaration, order.parameters, { indicators, tulind, guard: GUARD, file, owner });
    const setup: StrategySetup = {
      name: order.name ?? program.name,
      use: order.file,
      wallet: order.wallet ?? 'main',
      strategy: { ...program, placeOf: error => placeOf(bundle, error) },
      requested: program.requested,
      readsContext: program.readsContext,
      parameters: program.parameters,
      sourceHash: bundle.hash,
    };
    return { setup, bundle, declaration };
  } catch (error) {
    throw new UserError(toLines(bundle, error));
  }
};

/** What the thread that tries a file knows of tulind, whose module one thread at a time can load. */
export type TulindNames = Readonly<Record<string, Omit<TulindIndicator, 'start' | 'indicator'>>>;

const namesOf = (tulind: TulindTable): TulindNames =>
  Object.fromEntries(
    Object.entries(tulind).map(([name, { full_name, type, input_names, option_names, output_names }]) => [
      name,
      { full_name, type, input_names, option_names, output_names },
    ]),
  );

/** The request of a thread that tries a file. */
export interface TrialRequest {
  readonly bundle: StrategyBundle;
  readonly order: StrategyOrder;
  readonly names: TulindNames;
}

/** Loads a bundled strategy in this thread of its own, which is ended when it does not return. */
const tryIn = (thread: Worker, request: TrialRequest): Promise<TrialAnswer> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(
      () =>
        resolve([
          `${request.bundle.file}: the strategy did not return within ${LOAD_MS / 1_000} s while it was loaded: is there a loop without an end?`,
        ]),
      LOAD_MS,
    );
    const end = (act: () => void): void => {
      clearTimeout(timer);
      act();
    };
    thread.once('message', (answer: TrialAnswer) => end(() => resolve(answer)));
    thread.once('error', error => end(() => reject(error)));
    thread.postMessage(request);
  });

/**
 * Loads a strategy file: bundles it (unless `bundled` is given), tries it in a thread of its own,
 * and declares its strategy with these parameters. Throws `UserError` with file, line, column and what was expected.
 */
export const loadStrategy = async (order: StrategyOrder, bundled?: StrategyBundle): Promise<LoadedStrategy> => {
  // The thread, the bundler's process and tulind take longer to start than what they do.
  const thread = startThread('lib/world/strategies/trial-thread');
  const failed = new Promise<never>((_, reject) => thread.once('error', reject));
  failed.catch(() => undefined); // it may fail while nothing waits for it
  try {
    const [bundle, tulind] = await Promise.all([bundled ?? bundleStrategy(order.file), tulindTable()]);
    const mistakes = await Promise.race([tryIn(thread, { bundle, order, names: namesOf(tulind) }), failed]);
    if (mistakes) throw new UserError(mistakes);
    return await loadHere(bundle, order, tulind);
  } finally {
    void thread.terminate();
  }
};
