import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FILE = join(tmpdir(), `crypto-bot-warnings-${process.pid}`);
const own: string[] = [];

/**
 * Collects every warning of Node: of this process, and of each process that is started with its
 * NODE_OPTIONS.
 */
export const collectWarnings = (): void => {
  process.removeAllListeners('warning'); // Node's own, which prints what a test will say
  process.on('warning', warning => own.push(warning.stack ?? `${warning.name}: ${warning.message}`));
  const options = [process.env['NODE_OPTIONS'], '--trace-warnings', `--redirect-warnings=${FILE}`];
  process.env['NODE_OPTIONS'] = options.filter(Boolean).join(' ');
};

const ofChildren = (): string => {
  try {
    return readFileSync(FILE, 'utf8');
  } catch {
    return ''; // no process has warned yet
  }
};

/** The warnings since the last call, and forgets them. */
export const takeWarnings = (): readonly string[] => {
  const children = ofChildren();
  rmSync(FILE, { force: true });
  return [...own.splice(0), ...(children === '' ? [] : [children])];
};
