import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = new URL('../fixtures/answers/', import.meta.url);

/**
 * The text of an answer that a real server gave; `test/fixtures/answers/ORIGIN.md` says where each
 * is from.
 */
export const capturedText = (name: string): string => {
  const bytes = readFileSync(new URL(name, FOLDER));
  return (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
};

/** The same as JSON. */
export const captured = (name: string): unknown => JSON.parse(capturedText(name));

/** The `result` of one of Kraken's answers. */
export const capturedResult = (name: string): Readonly<Record<string, unknown>> =>
  (captured(name) as { result: Record<string, unknown> }).result;
