import { concatMap, defer, type OperatorFunction } from 'rxjs';
import type { CandleBroker, Settlement } from '../lib/portfolio/settle.js';
import { settingsFor } from '../lib/settings/settings-for.js';
import type { Period, SignalTape } from './strategies.js';

/** A tape's changes to the wallet of a strategy. */
export interface PositionChange extends Settlement {
  /** With the decisions, opportunities and failures of the strategy. */
  readonly tape: SignalTape;
  /** The name of the strategy. */
  readonly strategy: string;
}

/**
 * Folds each strategy's opportunities, and prices, into its own wallet, which `opening` returns for
 * its name. One change a tape and strategy, in the order of the tape's signals.
 *
 *     tape      a----b----|
 *     changes   (mn)-(mn)-|    of the strategies m and n
 */
export const holdPositions =
  (opening: (strategy: string) => CandleBroker, { from, to }: Period): OperatorFunction<SignalTape, PositionChange> =>
  tape$ =>
    defer(() => {
      const brokers = new Map<string, CandleBroker>();
      const brokerOf = (strategy: string): CandleBroker => {
        const broker = brokers.get(strategy) ?? opening(strategy);
        brokers.set(strategy, broker);
        return broker;
      };
      return tape$.pipe(
        concatMap(tape =>
          tape.signals.map(({ setup: { name: strategy }, ...signal }): PositionChange => {
            const own = { ...tape, ...signal };
            const terms = settingsFor(tape.settings, strategy);
            return { ...brokerOf(strategy).settle(own, from, to, terms), tape: own, strategy };
          }),
        ),
      );
    });
