import { readFileSync } from 'node:fs';
import { packageFolder } from './package-folder.js';

/** The version of this code, from package.json. */
export const codeVersion = (): string => {
  const { version } = JSON.parse(readFileSync(`${packageFolder()}/package.json`, 'utf8')) as { version: string };
  return version;
};
