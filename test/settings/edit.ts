import { readFileSync } from 'node:fs';
import { UserError } from '../../lib/errors.js';
import { readSettings } from '../../lib/settings/read.js';

/** The config.yaml that comes with the bot. */
export const configYaml = readFileSync(new URL('../../config.yaml', import.meta.url), 'utf8');

const indentOf = (line: string): number => line.length - line.trimStart().length;

/**
 * Where a dotted key stands in config.yaml: its first line (from 1) and how many lines it takes.
 */
const placeOf = (key: string): { line: number; count: number } => {
  const lines = configYaml.split('\n');
  let at = -1;
  for (const [depth, part] of key.split('.').entries())
    at = lines.findIndex((line, n) => n > at && line.startsWith(`${' '.repeat(2 * depth)}${part}:`));
  const indent = indentOf(lines[at]!);
  const rest = lines.slice(at + 1);
  const count = 1 + rest.findIndex(line => indentOf(line) <= indent && !line.trimStart().startsWith(']'));
  return { line: at + 1, count: count + (rest[count - 1]?.trim() === ']' ? 1 : 0) };
};

/** config.yaml with another value at one key, and the line where it stands. */
export const edited = (key: string, value: string): { text: string; line: number } => {
  const { line, count } = placeOf(key);
  const lines = configYaml.split('\n');
  const head = /^ *\w+:/.exec(lines[line - 1]!)![0];
  lines.splice(line - 1, count, `${head} ${value}`);
  return { text: lines.join('\n'), line };
};

/** The lines with which a configuration is refused; none if it is accepted. */
export const refusal = (
  text: string,
  env: Readonly<Record<string, string | undefined>> = {},
  file = 'config.yaml',
): readonly string[] => {
  try {
    readSettings(text, file, env);
    return [];
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return error.lines;
    throw error;
  }
};
