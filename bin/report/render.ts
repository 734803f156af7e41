import type { BacktestReport } from '../../lib/report/document.js';
import type { Colours } from './format.js';
import { funnelTable } from './funnel.js';
import { coverageLine, equityLine, header } from './header.js';
import { comparison, drawdownLine, tradeFigures, undefinedLines } from './metrics.js';
import { strategiesTable } from './strategies.js';
import { exitsTable, marketsTable, worstTrades } from './trades.js';

const WIDEST = 100;
const NARROWEST = 60;

/**
 * A report for the terminal: text in blocks, at most 100 columns wide; its running text also fits
 * narrower terminals.
 */
export const renderReport = (report: BacktestReport, colours: Colours, width: number): string => {
  const columns = Math.max(NARROWEST, Math.min(WIDEST, width || WIDEST));
  return [
    header(report, colours, columns),
    `${equityLine(report, colours, columns)}\n${coverageLine(report, colours, columns)}`,
    comparison(report, colours),
    strategiesTable(report, colours, columns),
    drawdownLine(report),
    report.trades.length > 0 ? tradeFigures(report, colours) : '',
    undefinedLines(report, colours, columns),
    exitsTable(report, colours),
    marketsTable(report, colours),
    worstTrades(report, colours),
    funnelTable(report, colours),
  ]
    .filter(block => block !== '')
    .join('\n\n');
};
