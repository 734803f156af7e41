import { isKnownCode, KNOWN_CODES, QUOTE_CODES } from '../kraken/assets.js';
import { currencyNamed } from '../kraken/currencies.js';
import { keys, valueAt } from './schema.js';
import { doubtsOf } from './doubts.js';
import type { Configuration } from './settings.js';
import type { Warning } from './warning.js';
import { closest } from './wording.js';

const QUOTES: readonly string[] = QUOTE_CODES.map(currencyNamed);

interface CodeKey {
  readonly key: string;
  readonly isKnown: (code: string) => boolean;
  readonly candidates: readonly string[];
  /** Completes "no market of Kraken's …". */
  readonly lacks: (code: string) => string;
}

const CODE_KEYS: readonly CodeKey[] = [
  {
    key: 'filtering.allowed_quote_currencies',
    isKnown: code => QUOTES.includes(code),
    candidates: [...QUOTES, ...QUOTE_CODES],
    lacks: code => `is quoted in ${code}`,
  },
  ...['filtering.exclude_bases', 'portfolio.currency'].map(key => ({
    key,
    isKnown: isKnownCode,
    candidates: KNOWN_CODES,
    lacks: (code: string) => `has ${code}`,
  })),
];

const codesIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]) as readonly string[];

const meantBy = (code: string, candidates: readonly string[]): string | null => {
  const meant = closest(code, candidates);
  return meant === null ? null : currencyNamed(meant);
};

/**
 * Currency codes without a known market at Kraken: they match nothing. Not certainly a mistake,
 * since Kraken lists new coins; default values are not reported.
 */
const unknownCodes = ({ document }: Pick<Configuration, 'document'>): readonly Warning[] =>
  CODE_KEYS.flatMap(({ key, isKnown, candidates, lacks }) => {
    const standard = codesIn(keys.get(key)!.default);
    return codesIn(valueAt(document, key))
      .filter(code => !isKnown(code) && !standard.includes(code))
      .map(code => {
        const suggestion = meantBy(code, [...candidates, ...standard]);
        const question = suggestion === null ? '' : `; did you mean ${suggestion}?`;
        return { key, found: code, suggestion, text: `${key}: no known market of Kraken's ${lacks(code)}${question}` };
      });
  });

/** Warnings of a valid configuration: codes that match nothing, and settings that can only lose. */
export const warningsOf = (configuration: Pick<Configuration, 'document' | 'settings'>): readonly Warning[] => [
  ...unknownCodes(configuration),
  ...doubtsOf(configuration.settings),
];
