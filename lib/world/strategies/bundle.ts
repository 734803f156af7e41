import type { BuildFailure, Message } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UserError } from '../../errors.js';

/** A strategy file with all that it imports, as one module. */
export interface StrategyBundle {
  /** The user's file, as the user wrote it. */
  readonly file: string;
  /** The module to import. */
  readonly module: string;
  /** SHA-256 of its code: the same for the same files, wherever they are. */
  readonly hash: string;
  /** Absolute paths of the user's files in it. */
  readonly sources: readonly string[];
}

let folder: string | undefined;

/** A folder for the modules, removed when the process ends. */
const moduleFolder = (): string => {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'crypto-bot-strategies-'));
    process.on('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
};

const lineOf = (folderOfFile: string, { location, text }: Message): string =>
  location
    ? `${relative(process.cwd(), resolve(folderOfFile, location.file))}:${location.line}:${location.column + 1}: ${text}`
    : text;

/**
 * Bundles a strategy file with its local imports and writes it as a module. Packages stay imports.
 * Throws `UserError` with file, line and column for a file that is missing or does not parse.
 */
export const bundleStrategy = async (file: string): Promise<StrategyBundle> => {
  const path = resolve(file);
  if (!existsSync(path) || !statSync(path).isFile())
    throw new UserError([
      existsSync(path)
        ? `${file}: found a folder, expected a strategy file ("bot strategy new NAME" writes one).`
        : `The strategy file ${file} does not exist ("bot strategy new NAME" writes one).`,
    ]);
  const { build } = await import('esbuild');
  const folderOfFile = dirname(path);
  const outfile = join(moduleFolder(), `${basename(path)}.mjs`);
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: folderOfFile,
      entryPoints: [path],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      sourcemap: 'external',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const code = outputFiles.find(({ path: made }) => made === outfile)!.text;
    const map = outputFiles.find(({ path: made }) => made === `${outfile}.map`)!.text;
    const hash = createHash('sha256').update(code).digest('hex');
    const module = join(moduleFolder(), `${hash}.mjs`);
    if (!existsSync(module)) {
      const { sources } = JSON.parse(map) as { readonly sources: readonly string[] };
      const absolute = sources.map(source => resolve(dirname(outfile), source));
      writeFileSync(`${module}.map`, JSON.stringify({ ...(JSON.parse(map) as object), sources: absolute }));
      writeFileSync(module, `${code}//# sourceMappingURL=${hash}.mjs.map\n`);
    }
    return { file, module, hash, sources: Object.keys(metafile.inputs).map(name => resolve(folderOfFile, name)) };
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (!Array.isArray(errors)) throw error;
    throw new UserError(errors.map(message => lineOf(folderOfFile, message)));
  }
};

const FRAME = /\(?((?:file:\/\/)?\/[^()\n]+?|[A-Z]:[^()\n]+?):(\d+):(\d+)\)?$/;

/** Where in the user's files an error arose, as `file:line:column`; null if nowhere. */
export const placeOf = ({ sources }: Pick<StrategyBundle, 'sources'>, error: unknown): string | null => {
  if (!(error instanceof Error)) return null;
  for (const line of (error.stack ?? '').split('\n')) {
    const [, path, row, column] = FRAME.exec(line.trim()) ?? [];
    if (path === undefined) continue;
    const found = sources.find(source => source === path.replace(/^file:\/\//, ''));
    if (found) return `${relative(process.cwd(), found)}:${row}:${column}`;
  }
  return null;
};
