/** How a shell block of the documentation is tested. */
export type BlockMode =
  | { readonly kind: 'run' }
  /** Only where these programs are, of this version at least. */
  | { readonly kind: 'needs'; readonly tools: readonly { readonly name: string; readonly version: number }[] }
  | { readonly kind: 'not run'; readonly reason: string };

/** A fenced block that a user would paste into a shell. */
export interface DocBlock {
  readonly file: string;
  /** Of the fence, from 1. */
  readonly line: number;
  readonly text: string;
  readonly mode: BlockMode;
}

const FENCE = /^```(\w*)\s*$/;
const NOT_RUN = /^<!-- not run: (.{10,}) -->$/;
const NEEDS = /^<!-- run where there is: (.+) -->$/;
const SHELLS = ['sh', 'bash', 'shell', 'console', 'zsh'];
/** How a line of a block without a language begins that is a command all the same. */
const COMMAND = /^\s*(?:\$ |(?:\w+=\S+ )*(?:bin\/bot|npm|npx|docker|node|pg_\w+|psql|tar|git) )/;

const toolOf = (text: string) => {
  const [name = '', version = '0'] = text.trim().split(' ');
  return { name, version: Number(version) };
};

const modeOf = (marker: string): BlockMode => {
  const reason = NOT_RUN.exec(marker)?.[1];
  if (reason !== undefined) return { kind: 'not run', reason };
  const needs = NEEDS.exec(marker)?.[1];
  return needs === undefined ? { kind: 'run' } : { kind: 'needs', tools: needs.split(',').map(toolOf) };
};

/** The last line before a fence that is not empty. */
const before = (lines: readonly string[], fence: number): string =>
  lines.slice(0, fence).findLast(line => line.trim() !== '') ?? '';

/**
 * The shell blocks of a page of Markdown, in order. One that cannot be run word by word says why in
 * a comment before it. Throws where commands stand in a block whose language is not a shell's,
 * since these would be overlooked.
 */
export const blocksOf = (file: string, markdown: string): readonly DocBlock[] => {
  const lines = markdown.split('\n');
  const blocks: DocBlock[] = [];
  for (let fence = 0; fence < lines.length; fence++) {
    const language = FENCE.exec(lines[fence]!)?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', fence + 1);
    if (end < 0) throw new Error(`${file}:${fence + 1}: this block has no end`);
    const body = lines.slice(fence + 1, end);
    if (SHELLS.includes(language))
      blocks.push({ file, line: fence + 1, text: body.join('\n'), mode: modeOf(before(lines, fence)) });
    else if (language === '' && body.some(line => COMMAND.test(line)))
      throw new Error(`${file}:${fence + 1}: commands in a block without a language: \`\`\`sh`);
    fence = end;
  }
  return blocks;
};

/** The blocks of a language on a page of Markdown, in order. */
export const codeOf = (markdown: string, language: string): readonly string[] =>
  [...markdown.matchAll(/^```(\w*)\s*\n(.*?)^```$/gms)].flatMap(([, of, code]) => (of === language ? [code!] : []));
