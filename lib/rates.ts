import type { Market } from './market.js';
import { Cell, type Tape } from './tape.js';

/** The lane whose close converts a quote currency, and whether it has to be turned round. */
interface Route {
  readonly lane: number;
  readonly inverse: boolean;
}

/**
 * What a unit of each market's quote currency is worth in one currency, at the last known price.
 * The price comes from the market QUOTE/CURRENCY, or from CURRENCY/QUOTE turned round, where it is on the tape.
 */
export class QuoteRates {
  private readonly routes: readonly (Route | 'same' | null)[];
  private readonly last: Float64Array;
  private columns = new Map<number, Float64Array>();

  constructor(markets: readonly Market[], currency: string) {
    const laneOf = (symbol: string) => markets.findIndex(market => market.symbol === symbol);
    this.last = new Float64Array(markets.length).fill(NaN);
    this.routes = markets.map(({ quote }) => {
      if (quote === currency) return 'same';
      const lane = laneOf(`${quote}/${currency}`);
      if (lane >= 0) return { lane, inverse: false };
      const back = laneOf(`${currency}/${quote}`);
      return back >= 0 ? { lane: back, inverse: true } : null;
    });
  }

  /** Whether the quote currency of a market can ever be converted. */
  convertible(market: number): boolean {
    return this.routes[market] !== null;
  }

  /**
   * Takes in a tape. For each market that needs one, `column` then holds the rate known at the close of each minute,
   * NaN while none is known.
   */
  advance(tape: Tape): void {
    this.columns = new Map();
    for (const route of this.routes) {
      if (route === null || route === 'same' || this.columns.has(route.lane)) continue;
      const { minutes } = tape;
      const known = new Float64Array(minutes + 1);
      let last = (known[0] = this.last[route.lane]!);
      for (let minute = 0, at = route.lane * minutes; minute < minutes; minute++, at++) {
        if (tape.cell[at] !== Cell.absent) last = tape.close[at]!;
        known[minute + 1] = last;
      }
      this.last[route.lane] = last;
      this.columns.set(route.lane, known);
    }
  }

  /** The rate of a market's quote currency known at the close of a minute of the tape; -1 is the minute before the tape. */
  at(market: number, minute: number): number {
    const route = this.routes[market] ?? null;
    if (route === 'same') return 1;
    if (route === null) return NaN;
    const price = this.columns.get(route.lane)![minute + 1]!;
    return route.inverse ? 1 / price : price;
  }

  /** The rate of a market's quote currency at the last known price. */
  latest(market: number): number {
    const route = this.routes[market] ?? null;
    if (route === 'same') return 1;
    if (route === null) return NaN;
    return route.inverse ? 1 / this.last[route.lane]! : this.last[route.lane]!;
  }
}
