import type { Market } from '../market.js';
import { QuoteRates } from '../rates.js';
import { Cell, type Tape } from '../tape.js';
import { MINUTE_MS, type EpochMs, type Money, type Price, type Ratio, type SizeBase } from '../units.js';
import { EquityCurve, type EquityMetrics } from './equity-curve.js';

/** Period, markets and money of a benchmark: the same as the run's. */
export interface BenchmarkWorld {
  /** By lane. */
  readonly markets: readonly Market[];
  readonly currency: string;
  readonly initialBalance: Money;
  readonly takerFee: Ratio;
  readonly from: EpochMs;
  /** Exclusive. */
  readonly to: EpochMs;
}

interface Holding {
  readonly lane: number;
  /** 0 until bought. */
  size: SizeBase;
  last: Price;
  rate: number;
}

const unknown = (reason: string): EquityMetrics => {
  const names = ['initialBalance', 'finalBalance', 'return', 'cagr', 'maxDrawdown', 'sharpe', 'sortino', 'calmar'];
  const times = ['maxDrawdownPeakTime', 'maxDrawdownTroughTime', 'maxDrawdownRecoveryTime'];
  const all = [...names, ...times];
  return {
    ...(Object.fromEntries(all.map(name => [name, null])) as unknown as EquityMetrics),
    reasons: Object.fromEntries(all.map(name => [name, reason])),
  };
};

/**
 * Buys an equal share of the balance of each lane at the open of its first traded candle in the
 * period and holds it, net of one taker fee at the purchase and one at the final sale. Before its
 * purchase a share is cash.
 */
export class BuyAndHold {
  private readonly world: BenchmarkWorld;
  private readonly holdings: readonly Holding[];
  private readonly share: Money;
  private readonly rates: QuoteRates;
  private readonly curve: EquityCurve;
  private readonly noLane: string;

  /** Skips lanes without a price of their quote currency; `noLane` is the reason if none remain. */
  constructor(world: BenchmarkWorld, lanes: readonly number[], noLane: string) {
    this.world = world;
    this.rates = new QuoteRates(world.markets, world.currency);
    this.holdings = lanes
      .filter(lane => this.rates.convertible(lane))
      .map(lane => ({ lane, size: 0, last: NaN, rate: NaN }));
    this.share = world.initialBalance / this.holdings.length;
    this.curve = new EquityCurve(world.initialBalance, world.from);
    this.noLane = noLane;
  }

  /** Adds the next tape; only minutes of the period count. */
  add(tape: Tape): void {
    this.rates.advance(tape);
    const minutes = Math.min(tape.minutes, (this.world.to - tape.start) / MINUTE_MS);
    if (minutes <= 0) return;
    const marks = new Float64Array(minutes);
    for (const holding of this.holdings) this.mark(holding, tape, marks);
    this.curve.add(tape.start, marks);
  }

  /** Sells everything at the last closes. */
  finish(): void {
    const worth = ({ size, last, rate }: Holding) =>
      size === 0 ? this.share : size * last * rate * (1 - this.world.takerFee);
    const bought = this.holdings.some(({ size }) => size > 0);
    const final = bought ? this.holdings.reduce((sum, holding) => sum + worth(holding), 0) : this.world.initialBalance;
    this.curve.finish(final, this.world.to);
  }

  /** Available after `finish`; null values have a reason, if nothing could be bought. */
  metrics(): EquityMetrics {
    if (this.holdings.length === 0) return unknown(this.noLane);
    if (!this.holdings.some(({ size }) => size > 0)) return unknown('no candle of the period was traded');
    return this.curve.metrics();
  }

  private mark(holding: Holding, tape: Tape, marks: Float64Array): void {
    const { lane } = holding;
    const { markets, currency } = this.world;
    const { cell, close } = tape;
    const own = markets[lane]!.quote === currency;
    const start = lane * tape.minutes;
    const minutes = marks.length;
    let { last, rate } = holding;
    let minute = 0;
    for (; minute < minutes && holding.size === 0; minute++) {
      this.buy(holding, tape, minute);
      if (holding.size > 0) break; // held from this minute on
      marks[minute]! += this.share;
    }
    const { size } = holding;
    if (own) rate = 1;
    for (; minute < minutes; minute++) {
      if (cell[start + minute] !== Cell.absent) last = close[start + minute]!;
      if (!own) rate = this.rates.at(lane, minute);
      marks[minute]! += size * last * rate;
    }
    Object.assign(holding, { last, rate });
  }

  /** Buys at a minute's open if the minute is traded, in the period, and its rate is known. */
  private buy(holding: Holding, { start, minutes, cell, open }: Tape, minute: number): void {
    const { from, takerFee } = this.world;
    const { lane } = holding;
    const at = lane * minutes + minute;
    if (start + minute * MINUTE_MS < from || cell[at] !== Cell.traded) return;
    const known = this.rates.at(lane, minute - 1);
    if (!Number.isNaN(known)) holding.size = this.share / (1 + takerFee) / (open[at]! * known);
  }
}

/** Bitcoin against the portfolio's currency, bought and held. */
export const bitcoinHeld = (world: BenchmarkWorld): BuyAndHold => {
  const symbol = `BTC/${world.currency}`;
  const lane = world.markets.findIndex(market => market.symbol === symbol);
  return new BuyAndHold(world, lane < 0 ? [] : [lane], `no candle of ${symbol} is stored in the period`);
};

/** An equal share of every lane of the universe, bought and held, not rebalanced. */
export const equalWeightHeld = (world: BenchmarkWorld, lanes: readonly number[]): BuyAndHold =>
  new BuyAndHold(world, lanes, `no market of the run can be valued in ${world.currency}`);
