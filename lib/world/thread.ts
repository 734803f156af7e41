import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * A thread that runs a module of ours, given by its URL as `new URL('./module.js', import.meta.url)`: the compiled one, or the
 * source through tsx, which a thread has to load for itself, where the caller runs from the sources.
 */
export const startThread = (module: URL, caller: string, options: WorkerOptions = {}): Worker => {
  if (!caller.endsWith('.ts')) return new Worker(module, options);
  const [tsx, sources] = [import.meta.resolve('tsx/esm/api'), module.href.replace(/\.js$/, '.ts')];
  const load = `import(${JSON.stringify(tsx)}).then(({ register }) => (register(), import(${JSON.stringify(sources)})))`;
  return new Worker(load, { ...options, eval: true });
};
