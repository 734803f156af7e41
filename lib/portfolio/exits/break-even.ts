import { unless } from '../../settings/contradiction.js';
import { number, optional } from '../../settings/formats.js';
import { key } from '../../settings/key.js';
import { ratioOf, type Percent, type Ratio } from '../../units.js';
import { declareExit } from '../exit-rule.js';

interface BreakEvenSettings {
  /** Both are gains over the entry price; `activation` null: off. */
  readonly breakEven: { readonly activation: Ratio | null; readonly offset: Ratio };
}

interface BreakEvenDocument {
  readonly risk_management: {
    readonly break_even: { readonly activation_percentage: Percent | null; readonly offset_percentage: Percent };
  };
}

const KEYS = 'risk_management.break_even';

/** Raises the stop once, to the entry price or a little above it. */
export const breakEven = declareExit({
  reason: 'break_even',
  startsCooldown: true,
  keys: {
    break_even: {
      activation_percentage: key<Percent | null>(
        null,
        optional(number({ above: 0, to: 10_000 })),
        'percent',
        'Gain over the entry price at which the stop rises to the entry price; null: never.',
      ),
      offset_percentage: key(
        0,
        number({ from: 0, to: 10_000 }),
        'percent',
        'Distance of that stop above the entry price: fees of both sides are about twice the taker fee.',
      ),
    },
  },
  settings: ({ break_even: { activation_percentage, offset_percentage } }): BreakEvenSettings => ({
    breakEven: {
      activation: activation_percentage === null ? null : ratioOf(activation_percentage),
      offset: ratioOf(offset_percentage),
    },
  }),
  contradictions: [
    {
      keys: [`${KEYS}.offset_percentage`, `${KEYS}.activation_percentage`],
      judge: ({
        risk_management: {
          break_even: { activation_percentage: activation, offset_percentage: offset },
        },
      }: BreakEvenDocument) =>
        unless(
          activation === null || offset < activation,
          `${KEYS}.offset_percentage`,
          `${offset}`,
          `less than the ${activation} of activation_percentage: a stop above the price sells at once`,
        ),
    },
  ],
  isOn: ({ breakEven: { activation } }) => activation !== null,
  raise: {
    from: ({ entryPrice }, { breakEven: { activation } }) => entryPrice * (1 + activation!),
    stop: ({ entryPrice }, { breakEven: { offset } }) => entryPrice * (1 + offset),
  },
  doc: 'all that remains, at a stop that was raised to `offset_percentage` above the entry price',
});
