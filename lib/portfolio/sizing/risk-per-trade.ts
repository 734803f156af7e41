import { optional } from '../../settings/formats.js';
import { key, percentUpTo } from '../../settings/key.js';
import { ratioOf, type Percent, type Ratio } from '../../units.js';
import { declareSizing } from '../sizing-rule.js';

interface RiskPerTradeSettings {
  /** Share of equity; null: off. */
  readonly riskPerTrade: Ratio | null;
}

/** The way from the entry to the first stop costs at most a share of equity. */
export const riskPerTrade = declareSizing({
  keys: {
    risk_per_trade_percentage: key<Percent | null>(
      null,
      optional(percentUpTo(100)),
      'percent',
      'Share of equity that the way from the entry down to the initial stop costs; null: any.',
    ),
  },
  settings: ({ risk_per_trade_percentage: share }): RiskPerTradeSettings => ({
    riskPerTrade: share === null ? null : ratioOf(share),
  }),
  isOn: ({ riskPerTrade: share }) => share !== null,
  notional: ({ equity, price, stop }, settings) => (settings.riskPerTrade! * equity * price) / (price - stop),
});
