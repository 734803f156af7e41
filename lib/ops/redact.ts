/** Removes secrets from a text. */
export type Redact = (text: string) => string;

const HIDDEN = '***';
const HEAD_LENGTH = 8;
/**
 * Shorter values are often ordinary words: hiding them everywhere would make the log unreadable.
 */
const MIN_LENGTH = 4;

const SECRET_WORDS =
  'api[-_]?key|api[-_]?sign|authorization|secret|password|passwd|passphrase|pwd|token|private[-_]?key|cookie|dsn|connection[-_]?string|database[-_]?url';
const SECRET_KEY = new RegExp(`(?:${SECRET_WORDS})$`, 'i');

/**
 * Whether the value of a field with this name must never be shown, as of `apiKey` or
 * `DATABASE_URL`.
 */
export const isSecretKey = (name: string): boolean => SECRET_KEY.test(name);

/**
 * `user:password` of a URL. The password reaches to the last `@` before a space or quote, since it
 * may hold an `@` itself.
 */
const URL_PASSWORD = /([a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/?#@"'\\]{0,200}):[^\s"']{1,1000}@/gi;
/** `key=value`, `"key": "value"` and `key: Bearer value`; within JSON the quotes may be escaped. */
const NAMED = new RegExp(
  `((?:${SECRET_WORDS})(?:\\\\?["'])?\\s{0,3}[=:]\\s{0,3})` +
    `(?:(\\\\?["'])[^"'\\\\]{0,4000}|(?:(?:basic|bearer)\\s{1,3})?[^\\s"'\\\\,;&}\\])]{1,4000})`,
  'gi',
);

const encoded = (bytes: Buffer): readonly string[] => {
  // Base64 of a longer text (as `user:password`) depends on the offset of the secret in it: three
  // variants. Characters that also encode bits of the neighbours are left out.
  const shifted = [0, 1, 2].map(shift => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    const first = Math.ceil((shift * 8) / 6);
    return text.slice(first, Math.floor(((shift + bytes.length) * 8) / 6));
  });
  return [...shifted, ...shifted.map(text => text.replaceAll('+', '-').replaceAll('/', '_')), bytes.toString('hex')];
};

/** Every spelling of these characters in a text. */
const spellings = (text: string): readonly string[] => {
  let url = text;
  try {
    url = encodeURIComponent(text);
  } catch {
    // a lone surrogate has no URL form
  }
  return [text, JSON.stringify(text).slice(1, -1), url, url.replaceAll('%20', '+'), ...encoded(Buffer.from(text))];
};

/** Spellings by their prefix: that of the secret's first eight characters. */
type Heads = ReadonlyMap<string, readonly string[]>;

const passwordOf = (secret: string): readonly string[] => {
  const found = /^[a-z][a-z0-9+.-]*:\/\/[^:/?#@]*:(.+)@/i.exec(secret)?.[1];
  if (found === undefined) return [];
  try {
    return [found, decodeURIComponent(found)];
  } catch {
    return [found]; // not URL-encoded, as `100%`
  }
};

const headsOf = (secrets: readonly string[]): Heads => {
  const found = new Map<string, string[]>();
  for (const secret of secrets) {
    // The first eight characters of a URL identify nothing: there the password is the secret.
    const heads = spellings(/^[a-z][a-z0-9+.-]*:\/\//i.test(secret) ? secret : secret.slice(0, HEAD_LENGTH));
    spellings(secret).forEach((whole, n) => found.set(heads[n]!, [...(found.get(heads[n]!) ?? []), whole]));
  }
  return new Map([...found].sort(([a], [b]) => b.length - a.length));
};

const sharedLength = (text: string, at: number, whole: string): number => {
  let length = 0;
  while (length < whole.length && text[at + length] === whole[length]) length++;
  return length;
};

/**
 * Replaces the text from the prefix on, as far as it matches the secret (which may have been cut).
 */
const hide = (text: string, [head, wholes]: readonly [string, readonly string[]]): string => {
  let at = text.indexOf(head);
  if (at < 0) return text;
  let result = '';
  let from = 0;
  for (; at >= 0; at = text.indexOf(head, from)) {
    result += text.slice(from, at) + HIDDEN;
    from = at + Math.max(head.length, ...wholes.map(whole => sharedLength(text, at, whole)));
  }
  return result + text.slice(from);
};

/**
 * Hides these secrets in a text of any form: as they are, URL-encoded, in base64 (also inside a
 * longer text), in hexadecimal, within JSON, and cut off after their first eight characters or
 * later. Passwords in URLs and values whose names say that they are secret are hidden even if
 * unknown. Of a secret under four characters only the last two hold.
 */
export const redactor = (secrets: readonly string[]): Redact => {
  const known = new Set(secrets.flatMap(secret => [secret, ...passwordOf(secret)]));
  const heads = [...headsOf([...known].filter(({ length }) => length >= MIN_LENGTH))];
  return text => {
    const unknown = heads.reduce(hide, text);
    return (unknown.includes('://') ? unknown.replace(URL_PASSWORD, `$1:${HIDDEN}@`) : unknown).replace(
      NAMED,
      (_, name: string, quote: string | undefined) => `${name}${quote ?? ''}${HIDDEN}`,
    );
  };
};
