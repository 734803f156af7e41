import type { Block } from '../../lib/training/block.js';
import type { Column } from '../../lib/training/columns.js';
import { refuseLeaks } from '../../lib/training/leaks.js';
import { addTallies, tallyOf, type Tally } from '../../lib/training/tally.js';
import type { DatasetFolder, DoneDay, Piece } from '../../lib/world/dataset/folder.js';
import { FileWriterThread, type WrittenByThread } from '../../lib/world/dataset/file-writer-thread.js';

/** A piece before it is written. */
interface PieceMark {
  readonly kind: 'piece';
  readonly symbol: string;
  readonly date: string;
  readonly tally: Tally;
}

/** A file before it is written. */
interface FileMark {
  readonly kind: 'file';
  readonly symbol: string;
  readonly path: string;
  readonly dates: readonly string[];
  readonly tally: Tally;
}

/** A file with some finished days. */
interface Begun {
  readonly symbol: string;
  readonly span: string;
  /** Tallies of its pieces by date. */
  readonly days: Map<string, Tally>;
}

/**
 * Writes the blocks of days as pieces, records each day in the dataset's folder once all its pieces
 * are complete, and joins the pieces of a span to files once a day of a later span is complete.
 */
export class DatasetFiles {
  private readonly folder: DatasetFolder;
  private readonly columns: readonly Column[];
  private readonly writer: FileWriterThread<PieceMark | FileMark>;
  /** Complete pieces of days that are not recorded yet, in order, with the pieces per day. */
  private readonly days = new Map<string, { readonly pieces: Piece[]; blocks: number }>();
  /** By path. */
  private readonly begun = new Map<string, Begun>();

  constructor(folder: DatasetFolder, columns: readonly Column[]) {
    [this.folder, this.columns] = [folder, columns];
    this.writer = new FileWriterThread({ folder: folder.folder, format: folder.request.format, columns });
    for (const day of folder.days.values()) this.addDay(day);
  }

  /**
   * Writes the blocks of whole days, in time order, and takes ownership of their columns. Skips
   * those of complete files. Throws `UserError` if one leaks or cannot be written.
   */
  put(blocks: Iterable<Block>): void {
    const whole: WrittenByThread<PieceMark | FileMark>[] = [];
    for (const block of blocks) {
      refuseLeaks(block, this.columns);
      const { symbol, date } = block;
      const day = this.days.get(date) ?? { pieces: [], blocks: 0 };
      this.days.set(date, day);
      if (this.folder.files.has(this.folder.fileOf(symbol, date))) continue;
      day.blocks++;
      const tally = tallyOf(block, this.columns);
      whole.push(...this.writer.put({ kind: 'piece', block }, { kind: 'piece', symbol, date, tally }));
    }
    this.note([...whole, ...this.writer.whole()]);
  }

  /** Joins the remaining files, and waits until everything is complete. */
  finish(): void {
    this.note(this.writer.finish());
    this.makeFiles(null);
    this.note(this.writer.finish());
  }

  close(): Promise<void> {
    return this.writer.close();
  }

  private note(written: readonly WrittenByThread<PieceMark | FileMark>[]): void {
    for (const { mark, bytes, sha256 } of written) {
      const { symbol, tally } = mark;
      if (mark.kind === 'piece') this.days.get(mark.date)!.pieces.push({ symbol, bytes, sha256, tally });
      else this.folder.finishFile({ path: mark.path, symbol, bytes, sha256, tally }, mark.dates);
    }
    for (const [date, { pieces, blocks }] of this.days) {
      if (pieces.length < blocks) return;
      this.folder.finishDay({ date, pieces });
      this.days.delete(date);
      this.addDay({ date, pieces });
      this.makeFiles(date);
    }
  }

  private addDay({ date, pieces }: DoneDay): void {
    const { folder, begun } = this;
    for (const { symbol, tally } of pieces) {
      const path = folder.fileOf(symbol, date);
      if (folder.files.has(path)) continue;
      const file = begun.get(path) ?? { symbol, span: folder.spanOf(date), days: new Map<string, Tally>() };
      begun.set(path, file);
      file.days.set(date, tally);
    }
  }

  /** Joins the files of spans before a day's; all spans after the last day. */
  private makeFiles(date: string | null): void {
    for (const [path, { symbol, span, days }] of this.begun) {
      if (date !== null && span >= this.folder.spanOf(date)) continue;
      this.begun.delete(path);
      const dates = [...days.keys()].sort();
      const tally = addTallies([...days.values()]);
      const mark = { kind: 'file', path, symbol, dates, tally } as const;
      this.note(this.writer.put({ kind: 'file', path, symbol, dates }, mark));
    }
  }
}
