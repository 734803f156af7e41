import { declared } from './rules/index.js';

const HEAD = '| rule | passes if | unknown if | backtest |\n|---|---|---|---|\n';

const table = (): string =>
  HEAD +
  declared
    .map(
      ({ name, doc, fromCandles }) =>
        `| \`${name}\` | ${doc.passes} | ${doc.unknown} | ${fromCandles ? 'yes' : 'no'} |\n`,
    )
    .join('');

/** docs/semantics.md with its table of the rules as their files declare them. */
export const withRuleTable = (page: string): string => {
  const start = page.indexOf(HEAD);
  if (start < 0) throw new Error(`found no table of the rules, expected one under the line ${HEAD.split('\n', 1)[0]}`);
  const end = start + /^(?:\|.*\n)+/.exec(page.slice(start))![0].length;
  return page.slice(0, start) + table() + page.slice(end);
};
