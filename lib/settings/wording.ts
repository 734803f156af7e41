/** A number not in plain decimal digits (017, 0x1F, .inf): never accepted as a number. */
export class UnclearNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Replacement of a secret in messages and recorded documents. */
export const REDACTED = '[redacted]';

const LONGEST = 80;
const HIDDEN = /[\p{C}\u2028\u2029]/gu;

const withoutCredentials = (text: string): string => {
  const scheme = text.indexOf('://');
  const at = text.lastIndexOf('@');
  return scheme >= 0 && at > scheme ? `${text.slice(0, scheme + 3)}${REDACTED}${text.slice(at)}` : text;
};

/** A text safe for terminals and logs: escapes non-printing characters, at most `longest` long. */
export const printable = (text: string, longest = LONGEST): string => {
  const escaped = text
    .slice(0, longest + 1)
    .replace(HIDDEN, character => `\\u{${character.codePointAt(0)!.toString(16).toUpperCase()}}`);
  return escaped.length > longest ? `${escaped.slice(0, longest)}…` : escaped;
};

/** The name of a file in messages. */
export const fileName = (file: string): string => printable(file, 1000);

/** A configuration value in messages, without credentials of URLs. */
export const shown = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return `"${printable(withoutCredentials(value))}"`;
  if (value instanceof UnclearNumber) return printable(value.text);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  return printable(JSON.stringify(value));
};

/** Edit distance between two texts (insert, delete, replace, swap neighbours). */
export const distance = (one: string, other: string): number => {
  const rows = [Array.from({ length: other.length + 1 }, (_, n) => n)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const replaced = rows[i - 1]![j - 1]! + (same ? 0 : 1);
      row[j] = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replaced, swapped ? rows[i - 2]![j - 2]! + 1 : Infinity);
    }
    rows.push(row);
  }
  return rows[one.length]![other.length]!;
};

/** The likely intended name, or null: ignores case and dashes, allows a third to differ. */
export const closest = (name: string, names: readonly string[]): string | null => {
  if (name.length > LONGEST) return null;
  const plain = (text: string) => text.toLowerCase().replace(/[-\s]/g, '_');
  let best: string | null = null;
  let least = Infinity;
  for (const candidate of names) {
    const edits = distance(plain(name), plain(candidate));
    if (edits < least && edits <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      least = edits;
    }
  }
  return best;
};
