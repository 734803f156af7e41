/** Splits the output of a process into lines. */
export interface LineSplitter {
  /** The lines that this text completes. */
  push(text: string): readonly string[];
  /** The rest after the last line end. */
  rest(): readonly string[];
}

/** Lines of at most `most` characters: of a longer one only its start is kept. */
export const lineSplitter = (most = 65_536): LineSplitter => {
  let open = '';
  return {
    push: text => {
      const pieces = text.split('\n');
      const lines: string[] = [];
      pieces.forEach((piece, n) => {
        open += piece.slice(0, most - open.length);
        if (n === pieces.length - 1) return;
        lines.push(open.endsWith('\r') ? open.slice(0, -1) : open);
        open = '';
      });
      return lines;
    },
    rest: () => {
      const line = open;
      open = '';
      return line === '' ? [] : [line];
    },
  };
};
