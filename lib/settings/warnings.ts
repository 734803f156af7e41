import { isKnownCode, KNOWN_CODES, QUOTE_CODES } from '../kraken/assets.js';
import { currencyNamed } from '../kraken/currencies.js';
import { keys, valueAt } from './schema.js';
import type { Configuration } from './settings.js';
import { closest } from './wording.js';

/** Something in a valid configuration that probably has another effect than intended. */
export interface Warning {
  /** Dotted name. */
  readonly key: string;
  readonly found: string;
  /** What was probably meant, in a spelling that the key accepts; null where nothing is close. */
  readonly suggestion: string | null;
  /** A sentence. */
  readonly text: string;
}

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
 * Currency codes of a configuration that no market of Kraken's is known with: they match nothing. Not a mistake for
 * certain, since Kraken lists new coins; what a key holds by default is not mentioned.
 */
export const warningsOf = ({ document }: Pick<Configuration, 'document'>): readonly Warning[] =>
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
