import { pathOf, type Block } from '../../lib/dataset/block.js';
import type { Column } from '../../lib/dataset/columns.js';
import { refuseLeaks } from '../../lib/dataset/leaks.js';
import type { Part } from '../../lib/dataset/manifest.js';
import type { Format } from '../../lib/dataset/request.js';
import { tallyOf } from '../../lib/dataset/tally.js';
import type { DatasetFolder, Written } from '../../lib/world/dataset/folder.js';
import { FilesApart, type WrittenApart } from '../../lib/world/dataset/write-apart.js';

/** What is known of a file before it is written. */
type Made = Omit<Part, keyof Written>;

/** Has the blocks of days written, and notes each day in the dataset's folder once all its files are whole. */
export class DayFiles {
  private readonly folder: DatasetFolder;
  private readonly columns: readonly Column[];
  private readonly format: Format;
  private readonly files: FilesApart<Made>;
  /** What is whole of days that are not noted yet, in order, and of how many files each of them consists. */
  private readonly days = new Map<string, { readonly parts: Part[]; blocks: number }>();

  constructor(folder: DatasetFolder, columns: readonly Column[], format: Format) {
    [this.folder, this.columns, this.format] = [folder, columns, format];
    this.files = new FilesApart({ folder: folder.folder, format, columns });
  }

  /** Takes the blocks of whole days; their columns are gone for the caller. Throws `UserError` where one leaks or cannot be written. */
  put(blocks: Iterable<Block>): void {
    const whole: WrittenApart<Made>[] = [];
    for (const block of blocks) {
      refuseLeaks(block, this.columns);
      const { symbol, date } = block;
      const day = this.days.get(date) ?? { parts: [], blocks: 0 };
      this.days.set(date, day);
      day.blocks++;
      const path = pathOf(block, this.format);
      const tally = tallyOf(block, this.columns);
      whole.push(...this.files.put({ path, block }, { path, symbol, date, tally }));
    }
    this.note([...whole, ...this.files.whole()]);
  }

  /** Waits until everything is whole. */
  finish(): void {
    this.note(this.files.finish());
  }

  close(): Promise<void> {
    return this.files.close();
  }

  private note(written: readonly WrittenApart<Made>[]): void {
    for (const { mark, bytes, sha256 } of written) this.days.get(mark.date)!.parts.push({ ...mark, bytes, sha256 });
    for (const [date, { parts, blocks }] of this.days) {
      if (parts.length < blocks) return;
      this.folder.finishDay({ date, parts });
      this.days.delete(date);
    }
  }
}
