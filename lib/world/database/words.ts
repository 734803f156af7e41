const MOST = 300;

/** These messages contain values of the statement (class 22: data exceptions). */
const HOLDS_VALUES = /^22/;

/** '' if the value itself may have been cut in two. */
const withoutValue = (said: string): string => (said.split('"').length % 2 === 0 ? '' : said.replace(/".*/, '"…"'));

const without = (message: string, name: string, text: unknown): string => {
  const behind = `\n - ${name}: ${String(text)}`;
  return message.endsWith(behind) ? message.slice(0, -behind.length) : message;
};

/**
 * The server's own message, or '' if there is none. Never a statement, which knex puts before it,
 * nor the row and the hint that MikroORM puts after it, nor a value that did not fit its column.
 */
export const wordsOf = (error: unknown): string => {
  const { message, code, detail, hint } = (error ?? {}) as Partial<
    Record<'message' | 'code' | 'detail' | 'hint', unknown>
  >;
  if (typeof message !== 'string' || typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return '';
  const said = without(without(message, 'hint', hint), 'detail', detail)
    .split(' - ')
    .at(-1)!
    .replace(/\s+/g, ' ')
    .trim();
  const shown = HOLDS_VALUES.test(code) ? withoutValue(said) : said;
  return shown.length > MOST ? `${shown.slice(0, MOST)}…` : shown;
};
