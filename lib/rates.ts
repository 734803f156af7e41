import type { Market } from './market.js';
import { Cell, type Tape } from './tape.js';

/**
 * What converts a currency into another, and whether it has to be turned round; `same` where
 * nothing has to be converted.
 */
export type Route<V> = 'same' | { readonly via: V; readonly inverse: boolean };

/**
 * The route from a currency into another, by the market FROM/INTO, else INTO/FROM; null where
 * `find` knows neither.
 */
export const routeTo = <V>(from: string, into: string, find: (symbol: string) => V | undefined): Route<V> | null => {
  if (from === into) return 'same';
  const straight = find(`${from}/${into}`);
  if (straight !== undefined) return { via: straight, inverse: false };
  const back = find(`${into}/${from}`);
  return back === undefined ? null : { via: back, inverse: true };
};

/**
 * What a unit of each market's quote currency is worth in one currency, at the last known price.
 * The price comes from the market QUOTE/CURRENCY, or from CURRENCY/QUOTE turned round, where it is
 * on the tape.
 */
export class QuoteRates {
  private readonly routes: readonly (Route<number> | null)[];
  private readonly last: Float64Array;
  private columns = new Map<number, Float64Array>();

  constructor(markets: readonly Market[], currency: string) {
    const lanes = new Map(markets.map(({ symbol }, lane) => [symbol, lane]));
    this.last = new Float64Array(markets.length).fill(NaN);
    this.routes = markets.map(({ quote }) => routeTo(quote, currency, symbol => lanes.get(symbol)));
  }

  /** Whether the quote currency of a market can ever be converted. */
  convertible(market: number): boolean {
    return this.routes[market] !== null;
  }

  /**
   * Takes in a tape. For each market that needs one, `column` then holds the rate known at the
   * close of each minute, NaN while none is known.
   */
  advance(tape: Tape): void {
    this.columns = new Map();
    for (const route of this.routes) {
      if (route === null || route === 'same' || this.columns.has(route.via)) continue;
      const { minutes } = tape;
      const known = new Float64Array(minutes + 1);
      let last = (known[0] = this.last[route.via]!);
      for (let minute = 0, at = route.via * minutes; minute < minutes; minute++, at++) {
        if (tape.cell[at] !== Cell.absent) last = tape.close[at]!;
        known[minute + 1] = last;
      }
      this.last[route.via] = last;
      this.columns.set(route.via, known);
    }
  }

  /**
   * The rate of a market's quote currency known at the close of a minute of the tape; -1 is the
   * minute before the tape.
   */
  at(market: number, minute: number): number {
    const route = this.routes[market] ?? null;
    if (route === 'same') return 1;
    if (route === null) return NaN;
    const price = this.columns.get(route.via)![minute + 1]!;
    return route.inverse ? 1 / price : price;
  }

  /** The rate of a market's quote currency at the last known price. */
  latest(market: number): number {
    const route = this.routes[market] ?? null;
    if (route === 'same') return 1;
    if (route === null) return NaN;
    return route.inverse ? 1 / this.last[route.via]! : this.last[route.via]!;
  }
}
