import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IndicatorSet } from '../lib/indicators/set.js';
import { marketOf } from '../lib/market.js';
import { syntheticTapes } from '../lib/simulator/market/market.js';
import { StrategyEvaluator, type EvaluationTape } from '../lib/strategy/evaluator.js';
import type { Kit, Strategy as Declared } from '../lib/strategy/kit.js';
import { KIT, type Declaration } from '../lib/strategy/kit-tools.js';
import type { Strategy } from '../lib/strategy/condition.js';
import { MOMENTUM } from '../lib/strategy/momentum.js';
import { programOf } from '../lib/strategy/program.js';
import { fittingMinutes } from '../lib/tape.js';
import { DAY_MS } from '../lib/units.js';
import { Verdict } from '../lib/universe/verdict.js';
import { packageFolder } from '../lib/world/package-folder.js';
import { guardOf } from '../lib/world/strategies/guard.js';
import { loadStrategy } from '../lib/world/strategies/load.js';
import { defaultSettings } from '../test/support/settings.js';
import { median, millions } from './figures.js';

/** How fast strategies of files decide, load and are checked. */
export interface StrategyFigures {
  /** Rows a second of momentum, of the same conditions declared with the kit, and as a function. */
  readonly momentumPerSecond: number;
  readonly declaredPerSecond: number;
  readonly decidePerSecond: number;
  /** Momentum's time over that of the declared conditions: 1 is as fast, more is faster. */
  readonly declaredRatio: number;
  /** To load a file in a process that has loaded none, and in one that has. */
  readonly firstLoadMs: number;
  readonly loadMs: number;
  /** The whole command `strategy check` of what `strategy new` writes. */
  readonly checkSeconds: number;
}

const SYMBOLS = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'XRP/USD', 'ADA/USD'];
const START = Date.UTC(2025, 0, 1);
const DAYS = 90;

const { strategy: terms, indicators } = defaultSettings;

/** The columns that momentum reads. */
const columnsOf = (column: Kit['column']) => ({
  rsi: column('rsi_14'),
  histogram: column('macd_histogram'),
  roc_1: column('roc_1'),
  roc_5: column('roc_5'),
  roc_15: column('roc_15'),
  middle: column('bb_middle'),
  usual: column('volume_sma_10'),
  adx: column('adx_14'),
  plus: column('plus_di_14'),
  minus: column('minus_di_14'),
  histogram_5: column('5m.macd_histogram'),
  histogram_15: column('15m.macd_histogram'),
});

/** Momentum's conditions with its default thresholds. */
const declared = ({ strategy, column, above, within, atLeast, rises, scored }: Kit): Declared =>
  strategy({
    name: 'declared',
    columns: () => columnsOf(column),
    entry: (c, _, { close, volume }) => ({
      rsi: within(c.rsi, terms.rsi.oversold, terms.rsi.overbought),
      macd: [above(c.histogram, 0), rises(c.histogram)],
      roc: [c.roc_1, c.roc_5, c.roc_15].map((roc, n) => scored(atLeast(roc, terms.rocThresholds[n]!))),
      bollinger: above(close, c.middle),
      volume: scored(above(volume, c.usual.times(terms.volumeFactor))),
      trend: [
        scored(atLeast(c.adx, terms.trend.minAdx)),
        above(c.plus, c.minus),
        above(c.histogram_5, 0),
        above(c.histogram_15, 0),
      ],
    }),
  });

/** The same as a function of a row. */
const written = ({ strategy, column }: Kit): Declared =>
  strategy({
    name: 'written',
    columns: () => columnsOf(column),
    conditions: ['rsi', 'macd', 'roc', 'bollinger', 'volume', 'trend'],
    decide: row => {
      if (!(row.rsi > 30 && row.rsi < 70)) return 'rsi';
      if (!(row.histogram > 0 && row.histogram > row.before('histogram', 1))) return 'macd';
      if (!(row.roc_1 >= 0.5 && row.roc_5 >= 1 && row.roc_15 >= 1.5)) return 'roc';
      if (!(row.close > row.middle)) return 'bollinger';
      if (!(row.volume > 1.5 * row.usual)) return 'volume';
      return row.adx >= 25 && row.plus > row.minus && row.histogram_5 > 0 && row.histogram_15 > 0 ? 1 : 'trend';
    },
  });

const programFrom = (declare: (kit: Kit) => Declared): Strategy =>
  programOf(declare(KIT) as Declaration, {}, { indicators, tulind: {}, guard: guardOf(), file: 'bench.ts' });

/** Tapes with their columns, on which every market is tradable. */
const evaluated = (): readonly EvaluationTape[] => {
  const set = new IndicatorSet(indicators, SYMBOLS.length);
  return [...syntheticTapes(SYMBOLS, 1, START, START + DAYS * DAY_MS, fittingMinutes(SYMBOLS.length))].map(tape => {
    const { columns, candles } = set.advance(tape);
    return { ...tape, indicators: columns, candles, verdict: new Uint8Array(tape.cell.length).fill(Verdict.tradable) };
  });
};

/** How many opportunities a strategy finds on tapes. */
const decide = (strategy: Strategy, tapes: readonly EvaluationTape[]): number => {
  const listings = SYMBOLS.map(symbol => ({ market: marketOf(symbol), firstCandleAt: NaN }));
  const evaluator = new StrategyEvaluator(strategy, listings);
  let opportunities = 0;
  for (const tape of tapes)
    opportunities += evaluator.evaluate(tape, defaultSettings, -Infinity, Infinity).opportunities.length;
  return opportunities;
};

const seconds = (act: () => unknown): number => {
  const began = performance.now();
  act();
  return (performance.now() - began) / 1000;
};

/** Runs the command in a folder; its seconds. */
const bot = (folder: string, ...args: string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(join(packageFolder(), 'bin/bot'), args, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve((performance.now() - began) / 1000);
      else reject(new Error(`bin/bot ${args.join(' ')} ended with ${code}`));
    });
  });

/** Measures strategies of files; each ratio is of two things measured right after one another. */
export const strategyFigures = async (tell: (line: string) => void, rounds = 7): Promise<StrategyFigures> => {
  const tapes = evaluated();
  const rows = DAYS * 1440 * SYMBOLS.length;
  const [kit, row] = [programFrom(declared), programFrom(written)];
  const found = [MOMENTUM, kit, row].map(strategy => decide(strategy, tapes));
  if (new Set(found).size > 1) throw new Error(`the same conditions find ${found.join(', ')} opportunities`);
  const times = Array.from({ length: rounds }, () => ({
    momentum: seconds(() => decide(MOMENTUM, tapes)),
    declared: seconds(() => decide(kit, tapes)),
    decide: seconds(() => decide(row, tapes)),
  }));
  const rate = (name: 'momentum' | 'declared' | 'decide') => rows / median(times.map(time => time[name]));
  const declaredRatio = median(times.map(({ momentum, declared: ours }) => momentum / ours));
  tell(
    `strategies: ${millions(rate('declared'))} rows/s by conditions of a file, ${declaredRatio.toFixed(2)} of momentum's; ${millions(rate('decide'))} rows/s by a function`,
  );

  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-bench-strategy-'));
  try {
    await bot(folder, 'strategy', 'new', 'example');
    const file = join(folder, 'strategies/example.ts');
    const load = async (n: number): Promise<number> => {
      const copy = join(folder, `${n}.ts`);
      writeFileSync(copy, `export { default } from './strategies/example.js';\nexport const n = ${n};\n`);
      const began = performance.now();
      await loadStrategy({ file: copy, parameters: {}, indicators });
      return performance.now() - began;
    };
    const firstLoadMs = await load(0);
    const loads: number[] = [];
    for (let n = 1; n <= rounds; n++) loads.push(await load(n));
    const loadMs = median(loads);
    const checkSeconds = await bot(folder, 'strategy', 'check', file, '--dry-run');
    tell(
      `strategies: a file loads in ${Math.round(loadMs)} ms (the first in ${Math.round(firstLoadMs)} ms) and is checked in ${checkSeconds.toFixed(1)} s`,
    );
    return {
      momentumPerSecond: rate('momentum'),
      declaredPerSecond: rate('declared'),
      decidePerSecond: rate('decide'),
      declaredRatio,
      firstLoadMs,
      loadMs,
      checkSeconds,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
