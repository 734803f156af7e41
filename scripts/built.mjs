// Whether dist/ is there and no older than any source: then it is run, else the sources through tsx.
// bin/bot, scripts/heartbeat.mjs and scripts/test.mjs ask.
import { existsSync, readdirSync, statSync } from 'node:fs';

const at = path => new URL(`../${path}`, import.meta.url);

const newest = folder =>
  Math.max(
    0,
    ...readdirSync(folder, { withFileTypes: true }).map(entry => {
      if (entry.isDirectory()) return newest(new URL(`${entry.name}/`, folder));
      return entry.name.endsWith('.ts') ? statSync(new URL(entry.name, folder)).mtimeMs : 0;
    }),
  );

/** A container has no sources: what it has was built for it. */
export const isBuilt = () => {
  const stamp = at('dist/.built');
  if (!existsSync(stamp)) return false;
  const sources = ['bin/', 'lib/', 'streams/', 'entities/', 'migrations/'].map(at).filter(existsSync);
  return Math.max(...sources.map(newest)) <= statSync(stamp).mtimeMs;
};
