import type { ExchangeNames } from '../exchange/adapter.js';
import { adapterOf, currencyNamed } from '../exchange/adapters.js';
import { keys, valueAt } from './schema.js';
import { doubtsOf } from './doubts.js';
import { settingsFor } from './settings-for.js';
import type { Configuration, Settings } from './settings.js';
import type { Warning } from './warning.js';
import { closest } from './wording.js';

type KnownCodes = NonNullable<ExchangeNames['known']>;

interface CodeKey {
  readonly key: string;
  readonly isKnown: (code: string) => boolean;
  readonly candidates: readonly string[];
  /** Completes "no known market of Kraken's …". */
  readonly missingText: (code: string) => string;
}

const codeKeys = (known: KnownCodes): readonly CodeKey[] => {
  const quotes = known.quotes.map(currencyNamed);
  return [
    {
      key: 'filtering.allowed_quote_currencies',
      isKnown: code => quotes.includes(code),
      candidates: [...quotes, ...known.quotes],
      missingText: code => `is quoted in ${code}`,
    },
    ...['filtering.exclude_bases', 'portfolio.currency'].map(key => ({
      key,
      isKnown: (code: string) => known.has(code),
      candidates: known.codes,
      missingText: (code: string) => `has ${code}`,
    })),
  ];
};

const codesIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value : [value]) as readonly string[];

const meantBy = (code: string, candidates: readonly string[]): string | null => {
  const meant = closest(code, candidates);
  return meant === null ? null : currencyNamed(meant);
};

/**
 * Currency codes without a known market on the exchange: they match nothing. Not certainly a
 * mistake, since exchanges list new coins; default values are not reported.
 */
const unknownCodes = ({ document, settings }: Pick<Configuration, 'document' | 'settings'>): readonly Warning[] => {
  const { title, names } = adapterOf(settings.exchange.name);
  if (!names.known) return [];
  return codeKeys(names.known).flatMap(({ key, isKnown, candidates, missingText }) => {
    const standard = codesIn(keys.get(key)!.default);
    return codesIn(valueAt(document, key))
      .filter(code => !isKnown(code) && !standard.includes(code))
      .map(code => {
        const suggestion = meantBy(code, [...candidates, ...standard]);
        const question = suggestion === null ? '' : `; did you mean ${suggestion}?`;
        const text = `${key}: no known market of ${title}'s ${missingText(code)}${question}`;
        return { key, found: code, suggestion, text };
      });
  });
};

/** The name of a key within an entry of `strategies`. */
const inEntry = (key: string): string =>
  key.replace(/^risk_management\./, 'risk.').replace(/^momentum_strategy\./, 'parameters.');

/** Settings that can only lose of the strategies that override some, as far as those of the run do not. */
const doubtsOfStrategies = (settings: Settings, known: readonly Warning[]): readonly Warning[] => {
  const texts = known.map(({ text }) => text);
  return settings.strategies.flatMap(({ name, own }) =>
    own
      ? doubtsOf(settingsFor(settings, name))
          .filter(({ text }) => !texts.includes(text))
          .map(({ key, text, ...found }) => {
            const named = `strategies.${name}.${inEntry(key)}`;
            return { ...found, key: named, text: `${named}${text.slice(key.length)}` };
          })
      : [],
  );
};

/** Warnings of a valid configuration: codes that match nothing, and settings that can only lose. */
export const warningsOf = (configuration: Pick<Configuration, 'document' | 'settings'>): readonly Warning[] => {
  const { settings } = configuration;
  const doubts = doubtsOf(settings);
  return [...unknownCodes(configuration), ...doubts, ...doubtsOfStrategies(settings, doubts)];
};
