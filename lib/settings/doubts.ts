import { breakEvenGain, fillLoss } from '../report/break-even.js';
import type { Percent, Ratio } from '../units.js';
import type { Settings } from './settings.js';
import type { Warning } from './warning.js';

const LEVELS = 'risk_management.take_profit_levels';
const TRAILING = 'risk_management.trailing_stop';
const BREAK_EVEN = 'risk_management.break_even';

/** A ratio as percent, as in the file. */
const percent = (ratio: Ratio): Percent => Number((100 * ratio).toPrecision(12));
/** A threshold, with four significant digits. */
const about = (ratio: Ratio): Percent => Number((100 * ratio).toPrecision(4));

const doubt = (key: string, found: number, expected: string, why: string): Warning => ({
  key,
  found: `${found}`,
  suggestion: null,
  text: `${key}: found ${found}, expected ${expected}: ${why}`,
});

type Judge = (settings: Pick<Settings, 'risk' | 'costs' | 'strategy' | 'indicators'>) => readonly Warning[];

/** Targets at which a sale loses money, individually or in total. */
const targets: Judge = ({ risk: { takeProfitLevels: levels }, costs }) => {
  const least = breakEvenGain(costs);
  const why = 'costs take that much of the entry price, so a sale there loses money';
  const single = levels.flatMap(({ gain }, n) =>
    gain <= least ? [doubt(`${LEVELS}[${n}].percentage`, percent(gain), `more than ${about(least)}`, why)] : [],
  );
  const mean = levels.reduce((sum, { gain, position }) => sum + gain * position, 0);
  const isAll = levels.at(-1)?.sellsRest === true;
  return isAll && mean <= least && single.length < levels.length
    ? [
        ...single,
        doubt(
          LEVELS,
          percent(mean),
          `more than ${about(least)}`,
          'a trade that reaches all levels gains their weighted mean, and costs take more',
        ),
      ]
    : single;
};

/** A trailing stop that sells at a loss if the price turns right after its activation. */
const trailing: Judge = ({ risk: { trailingStop, takeProfitLevels: levels }, costs }) => {
  const { activation, offset } = trailingStop;
  const last = levels.at(-1);
  if (last?.sellsRest && activation > last.gain) return []; // everything is sold by then
  const least = breakEvenGain(costs);
  const first = (1 + activation) * (1 - offset) - 1;
  if (first > least) return [];
  const widest = 1 - (1 + least) / (1 + activation);
  const stands = `at its activation the stop stands ${about(Math.abs(first))} % ${first < 0 ? 'below' : 'above'} the entry price`;
  const why = `${stands} and costs take ${about(least)} %, so a trade that turns there is sold at a loss`;
  return widest > 0
    ? [doubt(`${TRAILING}.offset_percentage`, percent(offset), `less than ${about(widest)}`, why)]
    : [doubt(`${TRAILING}.activation_percentage`, percent(activation), `more than ${about(least)}`, why)];
};

/** A stop at break-even that costs turn into a loss. */
const breakEven: Judge = ({ risk: { breakEven: rule, trailingStop, takeProfitLevels: levels }, costs }) => {
  const { activation, offset } = rule;
  const last = levels.at(-1);
  if (activation === null || (last?.sellsRest && activation > last.gain)) return []; // everything is sold by then
  const trailed = (1 + trailingStop.activation) * (1 - trailingStop.offset) - 1;
  if (trailingStop.activation <= activation && trailed >= offset) return []; // the stop is higher already
  const least = breakEvenGain(costs);
  return offset < least
    ? [
        doubt(
          `${BREAK_EVEN}.offset_percentage`,
          percent(offset),
          `more than ${about(least)}`,
          'costs take that much of the entry price, so a trade that is sold at this stop loses money',
        ),
      ]
    : [];
};

/** An initial stop that the entry's own costs reach. */
const stop: Judge = ({ risk: { stopLoss }, costs }) => {
  const least = 1 - 1 / (1 + fillLoss(costs));
  return stopLoss <= least
    ? [
        doubt(
          'risk_management.stop_loss_percentage',
          percent(stopLoss),
          `more than ${about(least)}`,
          'half the spread and the slippage put a fill that far from the price, so every trade is stopped at once',
        ),
      ]
    : [];
};

/** A volume factor that no candle can reach, since it is part of its own average. */
const volume: Judge = ({ strategy: { volumeFactor }, indicators }) =>
  volumeFactor >= indicators.volume.period
    ? [
        doubt(
          'momentum_strategy.volume.factor',
          volumeFactor,
          `less than ${indicators.volume.period}, the period`,
          'a candle is part of the average it is compared with, so the condition never holds and nothing is bought',
        ),
      ]
    : [];

const JUDGES: readonly Judge[] = [targets, trailing, breakEven, stop, volume];

/** Settings that can only lose at the configured costs, or never trade, whatever prices do. */
export const doubtsOf: Judge = settings => JUDGES.flatMap(judge => judge(settings));
