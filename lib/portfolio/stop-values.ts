import type { IndicatorColumns } from '../indicators/columns.js';
import type { Settings } from '../settings/settings.js';
import type { Tape } from '../tape.js';
import { MINUTE_MS } from '../units.js';
import type { Opportunity } from './events.js';
import { valuesForStops } from './exit-catalogue.js';

/** A tape with the columns of its candles. */
export interface MeasuredTape extends Tape {
  readonly indicators: IndicatorColumns;
}

/**
 * The opportunities of a tape with the values that first stops read, as of their candles. A value
 * that is null there is left out.
 */
export const withStopValues = (
  { indicators, start, minutes }: MeasuredTape,
  opportunities: readonly Opportunity[],
  settings: Pick<Settings, 'risk' | 'indicators'>,
): readonly Opportunity[] => {
  if (opportunities.length === 0) return opportunities;
  const columns = Object.entries(valuesForStops(settings.risk, settings.indicators));
  if (columns.length === 0) return opportunities;
  return opportunities.map(opportunity => {
    const cell = opportunity.market * minutes + (opportunity.at - start) / MINUTE_MS;
    const read = columns.map(([name, column]) => [name, indicators.get(column)?.[cell] ?? NaN] as const);
    const known = read.filter(([, value]) => !Number.isNaN(value));
    return { ...opportunity, values: { ...opportunity.values, ...Object.fromEntries(known) } };
  });
};
