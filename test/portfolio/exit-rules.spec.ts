import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { withExitTable } from '../../lib/portfolio/exit-doc.js';
import { COOLDOWN_REASONS, DEFAULT_EXITS, EXIT_REASONS, triggerOf } from '../../lib/portfolio/exit-catalogue.js';
import { EXIT_REASON } from '../../lib/portfolio/exit-rule.js';
import { restorePortfolio, stateOf } from '../../lib/portfolio/restore.js';
import type { RiskSettings } from '../../lib/settings/settings.js';
import { MINUTE_MS } from '../../lib/units.js';
import { candle, opportunity, play, risk } from '../support/broker.js';
import { defaultSettings } from '../support/settings.js';

type Row = readonly [open: number, high: number, low: number, close: number];

/** A portfolio with a trade that was entered at 100 and has seen these candles. */
const holding = (...rows: readonly Row[]) =>
  play({
    candles: [candle(0, 100, 100, 100, 100), ...rows.map((row, n) => candle(n + 1, ...row))],
    opportunities: [opportunity(0)],
  }).broker.portfolio;

describe('the exit rules', () => {
  it('have reasons of their own, in the form that the database accepts', () => {
    expect(new Set(EXIT_REASONS)).to.have.property('size', EXIT_REASONS.length);
    expect(EXIT_REASONS).not.to.include('max_holding'); // what the labels call the end of their time
    for (const reason of EXIT_REASONS) expect(reason).to.match(EXIT_REASON);
  });

  it('start a cooldown where they sell at a stop', () =>
    expect(COOLDOWN_REASONS).to.deep.equal(['stop_loss', 'stop_loss_atr', 'break_even', 'trailing_stop']));

  it('have settings that the state of an open trade keeps, which is JSON', () => {
    expect(JSON.parse(JSON.stringify(DEFAULT_EXITS))).to.deep.equal(DEFAULT_EXITS);
    expect(defaultSettings.risk).to.deep.include(DEFAULT_EXITS);
  });

  it('are described in docs/semantics.md as they declare it (else: npm run write:docs)', () => {
    const page = readFileSync(new URL('../../docs/semantics.md', import.meta.url), 'utf8');
    expect(withExitTable(page)).to.equal(page);
    const damaged = page.replace(/^\| `take_profit` .*\n/m, '');
    expect(damaged).not.to.equal(page);
    expect(withExitTable(damaged)).to.equal(page);
    expect(() => withExitTable('# Nothing')).to.throw('found no table of the exit rules');
  });

  it('name the lowest price that can matter: the next target, or a new highest price once it raises the stop', () => {
    const triggerAfter = (highest: number, ...rows: readonly Row[]) => triggerOf(holding(...rows).open[0]!, highest);
    expect(triggerAfter(100, [100, 101, 100, 101])).to.be.closeTo(101.5, 1e-9);
    expect(triggerAfter(101.6, [100, 101.6, 100, 101])).to.be.closeTo(102, 1e-9); // the second target is at 103
    expect(triggerAfter(102.5, [100, 102.5, 102, 102])).to.equal(102.5);
    expect(triggerAfter(104, [100, 104, 103.5, 104])).to.equal(104); // the third one is at 105
  });
});

describe('an open trade that was stored before a rule existed', () => {
  it('has the defaults of the rule', () => {
    const portfolio = holding([100, 101, 100, 101]);
    const { cash, held } = stateOf(portfolio, () => 5 * MINUTE_MS);
    const before: Partial<RiskSettings> = risk();
    delete (before as { trailingStop?: unknown }).trailingStop;
    const earlier = held.map(({ trade, ...rest }) => ({
      ...rest,
      trade: { ...trade, risk: before as RiskSettings },
    }));
    const past = { entered: 1, stoppedAt: new Map<string, number>(), pending: [] };
    const [restored] = restorePortfolio({ cash, held: earlier }, portfolio.markets, past).open;
    expect(restored!.risk).to.deep.equal({ ...risk(), trailingStop: DEFAULT_EXITS.trailingStop });
  });
});
