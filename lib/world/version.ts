import { readFileSync } from 'node:fs';
import { packageFolder } from './package-folder.js';

/** The version of this code, as package.json says. */
export const codeVersion = (): string => {
  const { version } = JSON.parse(readFileSync(`${packageFolder()}/package.json`, 'utf8')) as { version: string };
  return version;
};
