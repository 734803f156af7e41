import { UserError } from '../../lib/errors.js';
import { verifyDataset } from '../export/verify.js';
import { counted } from '../report/format.js';
import type { Terminal } from '../terminal.js';

/** `bot export verify`: checks a dataset against its manifest. */
export const exportVerifyCommand = async (
  folder: string,
  { json }: { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> => {
  const found = await verifyDataset(folder, terminal);
  if (json) terminal.out(JSON.stringify({ folder, ...found }, null, 2));
  if (found.problems.length > 0) {
    const shown = found.problems.slice(0, 20);
    const rest = found.problems.length - shown.length;
    throw new UserError(
      [`${folder}: the dataset does not match its manifest.`, ...shown, ...(rest > 0 ? [`… and ${rest} more`] : [])],
      1,
    );
  }
  if (!json)
    terminal.out(
      `${folder}: ${counted(found.rows, 'row', 'rows')} in ${counted(found.files, 'file', 'files')}, matching the manifest: hashes, columns, times, folds; no leaks.`,
    );
};
