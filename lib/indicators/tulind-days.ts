import { shown } from '../settings/wording.js';
import { DAY_MS, MINUTE_MS } from '../units.js';
import type { ColumnGroup } from './indicator.js';
import type { Bars, Kernel } from './kernel.js';
import { RequestError, type IndicatorRequest, type PriceName } from './request.js';

/** An indicator of tulind. */
export interface TulindIndicator {
  readonly full_name: string;
  readonly type: string;
  readonly input_names: readonly string[];
  readonly option_names: readonly string[];
  readonly output_names: readonly string[];
  /** By how many rows the outputs are shorter than the inputs. */
  start(options: readonly number[]): number;
  /** Plain arrays of equal length; calls back at once. Outputs are aligned with the inputs' ends. */
  indicator(
    inputs: readonly (readonly number[])[],
    options: readonly number[],
    done: (error: unknown, outputs: readonly (readonly number[])[]) => void,
  ): void;
}

/** tulind's indicators by name. */
export type TulindTable = Readonly<Record<string, TulindIndicator>>;

const OVER_WINDOW = 'compute it over a fixed window with own({ … })';
/**
 * Never forget where they began: the value depends on the start of the series. With what to use
 * instead.
 */
const CUMULATIVE: Readonly<Record<string, string>> = {
  ad: `request adosc, its fast mean less its slow one, or ${OVER_WINDOW}`,
  obv: "request the bot's own, over 720 candles",
  nvi: OVER_WINDOW,
  pvi: OVER_WINDOW,
  wad: OVER_WINDOW,
};
/** Functions of two columns, with the methods and conditions of the kit that do the same. */
const OF_TWO: Readonly<Record<string, string>> = {
  add: 'value.plus(other)',
  sub: 'value.minus(other)',
  mul: 'value.times(other)',
  div: 'value.over(other)',
  crossover: 'the condition crossesAbove(value, other)',
  crossany: 'the conditions crossesAbove(value, other) and crossesBelow(value, other)',
};
/**
 * Forget the start of the series only in the limit. All others depend on as many candles as
 * tulind's `start` says and one more.
 */
const RECURSIVE = [
  ...['adosc', 'adx', 'adxr', 'apo', 'atr', 'cvi', 'decay', 'dema', 'di', 'dm', 'dx', 'edecay', 'ema', 'fisher'],
  ...['kama', 'kvo', 'macd', 'mass', 'natr', 'ppo', 'psar', 'rsi', 'stochrsi', 'tema', 'trix', 'vidya', 'wilders'],
  'zlema',
];
/** Of these, a quotient or a mean of recursive ones: it takes twice as long to forget. */
const TWICE = ['adx', 'adxr', 'dx', 'stochrsi'];
/** Has no period: it forgets at a reversal. */
const PSAR_CANDLES = 200;

/** Candles before a day from which its values are computed, at least. */
const LEAST_BACK = 720;
const BACK_PER_PERIOD = 25;
const CANDLES_PER_PERIOD = 10;

const optionName = (text: string): string =>
  text
    .replace(/[^a-z]+/gi, ' ')
    .trim()
    .replaceAll(' ', '_');

/** The names of an indicator's options and outputs; null if a strategy cannot request it. */
export const tulindOptions = (
  tulind: TulindTable,
  name: string,
): { readonly title: string; readonly options: readonly string[]; readonly outputs: readonly string[] } | null => {
  const found = tulind[name];
  if (!found || found.type === 'simple' || name in CUMULATIVE) return null;
  if (found.input_names.filter(input => input === 'real').length > 1) return null;
  return { title: found.full_name, options: found.option_names.map(optionName), outputs: found.output_names };
};

/** Why a strategy cannot request an indicator that tulind has, and what to use instead. */
const refusal = ({ type }: TulindIndicator, name: string): string | null => {
  const instead = CUMULATIVE[name];
  if (instead !== undefined)
    return `indicator ${name} sums from the start of the series, so its value depends on when the bot was started: ${instead}`;
  if (name in OF_TWO) return `indicator ${name} reads two columns, and a request names one: use ${OF_TWO[name]!}`;
  return type === 'simple'
    ? `${name} is arithmetic on one number and no indicator: calculate it in decide, or in the step of own({ … })`
    : null;
};

/**
 * An indicator of tulind over the candles of a day and those before it. Each value is that of the
 * candles from `back` before 00:00 UTC of its day, within the series, up to its own: so it depends
 * on the time only, and is the same to the last bit however the candles are cut into tapes.
 */
class TulindDays implements Kernel {
  private readonly indicator: TulindIndicator;
  private readonly inputs: readonly PriceName[];
  private readonly options: readonly number[];
  private readonly back: number;
  private readonly perDay: number;
  private readonly start: number;
  private rows: number[][];
  private day = NaN;

  constructor(
    indicator: TulindIndicator,
    inputs: readonly PriceName[],
    options: readonly number[],
    back: number,
    timeframe: number,
  ) {
    this.indicator = indicator;
    this.inputs = inputs;
    this.options = options;
    this.back = back;
    this.perDay = DAY_MS / MINUTE_MS / timeframe;
    this.start = indicator.start(options);
    this.rows = inputs.map(() => []);
  }

  reset(): void {
    this.rows = this.inputs.map(() => []);
    this.day = NaN;
  }

  advance(bars: Bars, from: number, to: number, out: readonly Float64Array[], at: number, number: number): void {
    const { perDay, inputs, rows, options, back, start } = this;
    for (let i = from; i < to;) {
      const candle = number + i - from;
      const day = Math.floor(candle / perDay);
      const end = Math.min(to, i + (day + 1) * perDay - candle);
      if (day !== this.day) {
        for (const values of rows) if (values.length > back) values.splice(0, values.length - back);
        this.day = day;
      }
      inputs.forEach((name, n) => {
        const values = rows[n]!;
        const column = bars[name];
        for (let row = i; row < end; row++) values.push(column[row]!);
      });
      const { length } = rows[0]!;
      if (length > start)
        this.indicator.indicator(rows, options, (error, outputs) => {
          if (error) throw error as Error;
          outputs.forEach((values, n) => {
            const column = out[at + n]!;
            for (let row = i; row < end; row++) {
              const value = values[length - (end - row) - start];
              column[row] = Number.isFinite(value) ? value! : NaN;
            }
          });
        });
      else for (let n = 0; n < this.indicator.output_names.length; n++) out[at + n]!.fill(NaN, i, end);
      i = end;
    }
  }
}

/** Candles after which a value is nearly independent of the start of the series (semantics §2). */
const candlesOf = (indicator: string, start: number, longest: number): number => {
  if (!RECURSIVE.includes(indicator)) return start + 1;
  if (indicator === 'psar') return PSAR_CANDLES;
  return Math.max(start + 1, Math.ceil((TWICE.includes(indicator) ? 2 : 1) * CANDLES_PER_PERIOD * longest));
};

/**
 * The columns of a request for an indicator of tulind; `keyOf` names an output, from the values of
 * the indicator's options in tulind's order. Throws `RequestError` if there is none, or
 * if its options are wrong.
 */
export const tulindColumns = (
  tulind: TulindTable,
  { indicator, options, timeframe, input = 'close' }: IndicatorRequest,
  keyOf: (output: string, values: readonly number[]) => string,
): {
  readonly group: ColumnGroup;
  readonly isOfPrices: boolean;
  readonly candles: number;
  readonly outputs: readonly string[];
} => {
  const found = Object.hasOwn(tulind, indicator) ? tulind[indicator] : undefined;
  const refused = found && refusal(found, indicator);
  if (refused) throw new RequestError(refused);
  const names = tulindOptions(tulind, indicator);
  if (!names || !found) throw new RequestError(`no indicator "${indicator}": "bot strategy indicators" lists all`);
  const expected = names.options.length === 0 ? 'none' : names.options.join(', ');
  for (const key of Object.keys(options))
    if (!names.options.includes(key))
      throw new RequestError(`indicator ${indicator} has no option "${key}": expected ${expected}`);
  const values = names.options.map(name => {
    const value = options[name];
    if (value === undefined)
      throw new RequestError(`indicator ${indicator} is missing option "${name}": expected ${expected}`);
    const isPeriod = name.includes('period');
    if (!Number.isFinite(value) || value <= 0 || (isPeriod && (!Number.isInteger(value) || value > 1440)))
      throw new RequestError(
        `${name} of ${indicator} is ${shown(value)}: expected ${isPeriod ? 'a whole number from 1 to 1440' : 'a number above 0'}`,
      );
    return value;
  });
  const inputs = found.input_names.map(name => (name === 'real' ? input : (name as PriceName)));
  if (input !== 'close' && !found.input_names.includes('real'))
    throw new RequestError(`indicator ${indicator} reads ${inputs.join(', ')}: it has no input`);
  const start = found.start(values);
  const probe = Array.from({ length: start + 2 }, () => 1);
  found.indicator(
    inputs.map(() => probe),
    values,
    error => {
      if (error)
        throw new RequestError(
          `indicator ${indicator} refuses ${names.options.map((name, i) => `${name} ${values[i]}`).join(', ')}`,
        );
    },
  );
  const longest = Math.max(1, ...values);
  const back = Math.max(LEAST_BACK, Math.ceil(BACK_PER_PERIOD * longest));
  return {
    group: {
      keys: found.output_names.map(output => keyOf(output, values)),
      unit: 'number',
      make: () => new TulindDays(found, inputs, values, back, timeframe),
      reference: 'none',
    },
    isOfPrices: !inputs.includes('volume') && !inputs.includes('open'),
    candles: candlesOf(indicator, start, longest),
    outputs: found.output_names,
  };
};
