import { expect } from 'chai';
import { IndicatorSet } from '../../lib/indicators/set.js';
import { marketOf } from '../../lib/market.js';
import { syntheticTapes } from '../../lib/simulator/market/market.js';
import { ExitEvaluator } from '../../lib/strategy/exit-evaluator.js';
import type { Candle, Kit, Strategy } from '../../lib/strategy/kit.js';
import { DeclarationError, KIT, type Declaration } from '../../lib/strategy/kit-tools.js';
import { programOf } from '../../lib/strategy/program.js';
import { Cell } from '../../lib/tape.js';
import { MINUTE_MS } from '../../lib/units.js';
import { Verdict } from '../../lib/universe/verdict.js';
import { loadTulind } from '../../lib/world/tulind.js';
import { defaultSettings } from '../support/settings.js';

const SYMBOLS = ['BTC/USD', 'DOGE/USD', 'MINA/USD'];
const MINUTES = 1_500;
/** Minutes after which an RSI of 14 and an EMA of 60 have forgotten how they began. */
const WARM = 700;
const START = Date.UTC(2026, 0, 5, 7, 30);
const [tape] = [...syntheticTapes(SYMBOLS, 3, START, START + MINUTES * MINUTE_MS, MINUTES)];
const { indicators: tulind } = await loadTulind();
const program = (declaration: (kit: Kit) => Strategy) =>
  programOf(declaration(KIT) as Declaration, {}, { indicators: defaultSettings.indicators, tulind });
const listings = SYMBOLS.map(symbol => ({ market: marketOf(symbol), firstCandleAt: NaN }));

/** The exit signals on the tape, with the columns of the strategy; no market is tradable. */
const signalsOf = (made: ReturnType<typeof program>) => {
  const set = new IndicatorSet(defaultSettings.indicators, SYMBOLS.length, undefined, made.requested);
  const { columns: indicators, candles } = set.advance(tape!);
  const verdict = new Uint8Array(tape!.cell.length).fill(Verdict.notJudged);
  const seen = { ...tape!, indicators, candles, verdict };
  const found = new ExitEvaluator(made, listings).evaluate(seen, defaultSettings, -Infinity, Infinity);
  return { found, indicators };
};

const columns = (kit: Kit) => () => ({
  rsi: kit.indicator('rsi', { period: 14 }),
  slow: kit.indicator('ema', { period: 60 }),
});
const entry = ({ above }: Kit) => ({
  entry: (_: unknown, __: unknown, { close }: Candle) => ({ up: above(close, 0) }),
});

describe('the exits of a strategy', () => {
  const declared = (kit: Kit) =>
    kit.strategy({
      name: 'declared',
      columns: columns(kit),
      ...entry(kit),
      exit: ({ rsi, slow }, _, { close }) => ({
        hot: kit.above(rsi, 65),
        weak: [kit.below(close, slow), kit.falls(rsi)],
      }),
    });
  const byRow = (kit: Kit) =>
    kit.strategy({
      name: 'by_row',
      columns: columns(kit),
      conditions: ['never'],
      decide: () => 'never',
      exit: row => row.rsi > 65 || (row.close < row.slow && row.rsi < row.before('rsi', 1)),
    });

  it('hold where one of them does, on traded candles of markets that are not tradable too', () => {
    const { found, indicators } = signalsOf(program(declared));
    const [rsi, slow] = [indicators.get('rsi_14')!, indicators.get('ema_60')!];
    let count = 0;
    tape!.cell.forEach((kind, cell) => {
      const isFirst = cell % MINUTES === 0;
      const isHot = rsi[cell]! > 65;
      const isWeak = tape!.close[cell]! < slow[cell]! && !isFirst && rsi[cell]! < rsi[cell - 1]!;
      const isWarm = cell % MINUTES >= WARM;
      if (isWarm)
        expect(found!.exits[cell], `cell ${cell}`).to.equal(Number(kind === Cell.traded && (isHot || isWeak)));
      count += found!.exits[cell]!;
    });
    expect(count).to.be.within(300, 0.9 * tape!.cell.length);
    expect(found!.failures).to.deep.equal([]);
  });

  it('are the same as a function of the candle', () => {
    const [one, other] = [declared, byRow].map(declaration => signalsOf(program(declaration)).found!.exits);
    const warm = (exits: Uint8Array) => exits.filter((_, cell) => cell % MINUTES >= WARM);
    expect(warm(other!)).to.deep.equal(warm(one!));
  });

  it('are each evaluated by itself: one that is unknown keeps back no other', () => {
    const { found } = signalsOf(
      program(kit =>
        kit.strategy({
          name: 'one_unknown',
          columns: () => ({ trend: kit.column('15m.macd_histogram') }),
          ...entry(kit),
          exit: ({ trend }, _, { close }) => ({ never_known: kit.above(trend, 0), always: kit.above(close, 0) }),
        }),
      ),
    );
    const first = tape!.cell.indexOf(Cell.traded, 1_000);
    expect(found!.exits[first]).to.equal(1);
  });

  it('are none where the strategy declares none', () => {
    const made = program(kit => kit.strategy({ name: 'none', ...entry(kit) }));
    expect(made.exits).to.equal(undefined);
    expect(signalsOf(made).found).to.equal(null);
  });

  it('fail as the strategy does: reported, and no signal', () => {
    const { found } = signalsOf(
      program(kit =>
        kit.strategy({ name: 'fails', conditions: ['never'], decide: () => 'never', exit: () => 'yes' as never }),
      ),
    );
    expect(found!.exits.some(signal => signal === 1)).to.equal(false);
    expect(found!.failures[0]!.error.message).to.equal('exit returned "yes": expected true or false');
    expect(found!.failures.filter(({ isLast }) => isLast)).to.have.length(SYMBOLS.length);
    expect(found!.failures.every(({ isExit }) => isExit)).to.equal(true);
  });

  for (const [what, declaration, message] of [
    [
      'no function',
      (kit: Kit) => kit.strategy({ name: 'a', ...entry(kit), exit: 3 as never }),
      'exit is 3: expected a function',
    ],
    [
      'a function that returns no conditions',
      (kit: Kit) => kit.strategy({ name: 'a', ...entry(kit), exit: () => true as never }),
      'exit returns true: expected conditions by name',
    ],
    [
      'a function without a condition',
      (kit: Kit) => kit.strategy({ name: 'a', ...entry(kit), exit: () => ({}) }),
      'exit has 0 conditions: expected 1 to 100',
    ],
  ] as const)
    it(`are refused: ${what}`, () => {
      expect(() => program(declaration)).to.throw(DeclarationError, message);
    });
});
