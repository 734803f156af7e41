import { DAY_MS, type EpochMs, type Ratio } from '../units.js';
import { coverageText, type CoverageReport, type Covered, type CoveredDay } from './coverage.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for any place in a document, attributes included. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, character => ENTITIES[character]!);

const dateOf = (day: EpochMs): string => new Date(day).toISOString().slice(0, 10);

/** Shades by the maximum share of missing minutes in a day. */
const SHADES: readonly (readonly [most: Ratio, name: string, colour: string, meaning: string])[] = [
  [0, 'whole', '#2e8b57', 'nothing missing'],
  [0.01, 'few', '#b5c334', 'up to 1 % missing'],
  [0.1, 'some', '#f0b429', 'up to 10 %'],
  [0.5, 'many', '#e8743b', 'up to 50 %'],
  [Infinity, 'most', '#c0392b', 'more'],
];
const shadeOf = ({ gap, expected }: Covered): string => SHADES.find(([most]) => gap <= most * expected)![1];

const described = (
  { symbol, expected, present, quiet, gap, suspect, revised, late, filled, ...covered }: Covered,
  when: string,
) => {
  const { unconfirmed, decided, lagMedianMs, lagP99Ms } = covered;
  const lag =
    lagMedianMs === null || lagP99Ms === null
      ? ''
      : `, ${decided} decided on, ${Math.round(lagMedianMs)} ms after their close (p99 ${Math.round(lagP99Ms)} ms)`;
  return (
    `${symbol} ${when}: ${present} of ${expected} minutes, ${gap} missing, ${quiet} quiet, ${suspect} suspect, ` +
    `${revised} revised, ${late ?? 'unknown'} late, ${filled} from trades, ${unconfirmed ?? 'unknown'} unconfirmed${lag}`
  );
};

const STYLE = `
  body { font: 14px system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
  table { border-collapse: collapse } th { text-align: left; font-weight: normal; padding-right: 1em; white-space: nowrap;
  position: sticky; left: 0; background: #fff } td { width: 9px; min-width: 9px; height: 18px; padding: 0; border: 1px solid #fff }
  thead th, thead td { font-size: 11px; color: #666; border: 0 } thead td { overflow: visible; white-space: nowrap; max-width: 9px }
  .share { text-align: right; color: #666 } .odd { box-shadow: inset 0 -4px #3b5bdb } .scroll { overflow-x: auto }
  i { display: inline-block; width: 12px; height: 12px; margin: 0 4px 0 1em }
  ${SHADES.map(([, name, colour]) => `.${name} { background: ${colour} }`).join(' ')}`;

const cell = (day: CoveredDay | undefined): string => {
  if (!day) return '<td></td>';
  const odd = day.suspect + day.revised + (day.late ?? 0) > 0 ? ' odd' : '';
  return `<td class="${shadeOf(day)}${odd}" title="${escapeHtml(described(day, dateOf(day.day)) + (day.isGone ? '; its minutes have left the database' : ''))}"></td>`;
};

/**
 * Coverage as a self-contained page: one line per market, one field per day, darker if more is
 * missing; hovering a field shows its numbers. No scripts, no external resources, all text escaped.
 */
export const heatMap = ({ days, markets }: CoverageReport, title: string): string => {
  const bySymbol = new Map(markets.map(({ symbol }) => [symbol, new Map<EpochMs, CoveredDay>()]));
  let [first, last] = [Infinity, -Infinity];
  for (const day of days) {
    bySymbol.get(day.symbol)?.set(day.day, day);
    first = Math.min(first, day.day);
    last = Math.max(last, day.day);
  }
  const columns: EpochMs[] = [];
  for (let day = first; day <= last; day += DAY_MS) columns.push(day);
  const head = columns.map(day => `<td>${new Date(day).getUTCDate() === 1 ? dateOf(day).slice(0, 7) : ''}</td>`);
  const rows = markets.map(
    market =>
      `<tr><th title="${escapeHtml(described(market, 'in all'))}">${escapeHtml(market.symbol)}</th>` +
      `<th class="share">${coverageText(market)}</th>${columns.map(day => cell(bySymbol.get(market.symbol)!.get(day))).join('')}</tr>`,
  );
  const legend = SHADES.map(([, name, , meaning]) => `<i class="${name}"></i>${escapeHtml(meaning)}`).join('');
  const period = columns.length > 0 ? `${dateOf(first)} to ${dateOf(last)}, UTC days` : 'nothing is stored';
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
<p>${period}. ${legend}<i class="odd"></i>some suspect, revised or late</p>
<div class="scroll"><table><thead><tr><th></th><th></th>${head.join('')}</tr></thead><tbody>
${rows.join('\n')}
</tbody></table></div></body></html>
`;
};
