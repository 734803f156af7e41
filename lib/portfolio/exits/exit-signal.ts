import { declareExit } from '../exit-rule.js';

/** An exit of the strategy has held on a candle (semantics §4). */
export const exitSignal = declareExit({
  reason: 'exit_signal',
  startsCooldown: false,
  deadline: ({ exitSignalAt = Infinity }) => exitSignalAt,
  doc: 'all that remains, after the first candle since the entry on which an exit of its strategy held',
});
