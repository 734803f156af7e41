import { access, constants, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { CSV_NAMES, csvFiles } from '../report/csv.js';
import type { BacktestReport } from '../report/document.js';
import { reasonOf } from './file-reasons.js';
import { makeFolder } from './folders.js';

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/**
 * Prepares the folder of an export. Throws `UserError` if it cannot be written to or already
 * contains an export.
 */
export const checkExportFolder = async (folder: string): Promise<void> => {
  const there = await stat(folder).catch(() => null);
  if (there && !there.isDirectory())
    throw new UserError([`--export ${folder}: found a file, expected a folder (a new one is made)`]);
  try {
    makeFolder(folder);
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError([
      `--export ${folder}: cannot write there (${reasonOf(error)}), expected a folder that you may write to`,
    ]);
  }
  for (const name of CSV_NAMES)
    if (await exists(join(folder, name)))
      throw new UserError([`--export ${folder}: found ${name} there, which is not overwritten: name another folder`]);
};

const writeWhole = async (path: string, text: string): Promise<void> => {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
};

/**
 * Writes trades.csv, exits.csv and equity.csv into a folder, each completely or not at all: under a
 * temporary name first. Throws `UserError` if that fails.
 */
export const writeExport = async (folder: string, report: BacktestReport): Promise<void> => {
  await checkExportFolder(folder);
  const files = csvFiles(report).map(({ name, text }) => ({
    text,
    path: join(folder, name),
    temporary: join(folder, `.${name}.${process.pid}.tmp`),
  }));
  try {
    for (const { temporary, text } of files) await writeWhole(temporary, text);
    for (const { temporary, path } of files) await rename(temporary, path);
  } catch (error) {
    throw new UserError([`--export ${folder}: could not be written (${reasonOf(error)})`], 1);
  } finally {
    for (const { temporary } of files) await rm(temporary, { force: true });
  }
};
