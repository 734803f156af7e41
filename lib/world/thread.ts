import { Worker, type WorkerOptions } from 'node:worker_threads';
import { moduleUrl, runsSources } from './package-folder.js';

/**
 * A thread that runs a module of ours, given as `moduleUrl` takes it. Where the sources run, the
 * thread loads tsx for itself.
 */
export const startThread = (path: string, options: WorkerOptions = {}): Worker => {
  const module = moduleUrl(path);
  if (!runsSources()) return new Worker(module, options);
  const tsx = import.meta.resolve('tsx/esm/api');
  const load = `import(${JSON.stringify(tsx)}).then(({ register }) => (register(), import(${JSON.stringify(module.href)})))`;
  return new Worker(load, { ...options, eval: true });
};
