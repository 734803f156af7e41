import { InvalidArgumentError, Option } from 'commander';

/** Values separated by commas. */
export const list = (text: string): string[] =>
  text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '');

/** The values of an option that may be repeated. */
export const repeated = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Parses a whole number within bounds. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
    return value;
  };

/** A number above 0. */
export const positive =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > most)
      throw new InvalidArgumentError(`expected a number above 0, up to ${most}`);
    return value;
  };

/** `--config`, for every command that reads the configuration. */
export const configOption = () =>
  new Option('-c, --config <file>', 'configuration file (default: ./config.yaml, else the bundled one)');
/** `--simulated`, for every command that reads a database. */
export const simulatedOption = () =>
  new Option('--simulated [seed]', 'use the database of "bot run --simulate" with this seed (default: 1)').argParser(
    wholeNumber(0, 2 ** 32 - 1),
  );
/** `--from`, for every command on stored candles. */
export const fromOption = (begin = 'the first stored minute') =>
  new Option('--from <time>', `first minute, UTC: 2026-04-01, 2026-04-01T12:30, yesterday (default: ${begin})`);
/** `--to`, for every command on stored candles. */
export const toOption = (end = 'after the last stored minute') =>
  new Option('--to <time>', `end, exclusive, UTC: 2026-04-08, today, now (default: ${end})`);
/** `--last`, for every command on stored candles. */
export const lastOption = () => new Option('--last <span>', 'instead of --from: 30d, 36h, 90m or 2w before the end');
/** `--json`. */
export const jsonOption = () => new Option('--json', 'print one JSON document on stdout');
