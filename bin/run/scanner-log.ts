import type { Mode } from '../../lib/exchange/mode.js';
import { mismatchText } from '../../lib/indicators/verify.js';
import { capsSummary } from '../../lib/market-data/directory.js';
import type { NamedOpportunity } from '../../lib/market-data/scans.js';
import type { RetentionOutcome, Verification } from '../../lib/market-data/ports.js';
import type { Log } from '../../lib/ops/log.js';
import { failureText } from '../../lib/strategy/condition.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import type { WithheldReason } from '../../lib/portfolio/events.js';
import type { MonthOutcome } from '../../lib/ops/plan.js';
import type { DirectoryStep } from '../../streams/live/directory.js';
import type { ScannerEvent } from '../../streams/live/events.js';
import type { StrategySignal } from '../../streams/strategies.js';
import { bytesOf, count, counted, priceOf, some } from '../report/format.js';
import { describeContact, marketTime } from './process-log.js';

type ScannerLog = Pick<Log, 'debug' | 'info' | 'warn' | 'error'>;

const WITHHELD_TEXTS: Readonly<Record<WithheldReason, string>> = {
  disk_full: 'disk full',
  untrusted: 'indicator mismatch',
};

/**
 * Progress of recovery. `behind` are the lanes without all their minutes up to now, `trouble` is
 * the last failure.
 */
export const recoveredText = (
  behind: readonly number[],
  symbols: readonly string[],
  trouble: string | null,
): { readonly level: 'info' | 'warn'; readonly text: string } => {
  if (behind.length === 0)
    return { level: 'info', text: 'caught up with the exchange; evaluating the strategy from now on' };
  const why = trouble === null ? '' : ` (last: ${trouble})`;
  if (behind.length === symbols.length)
    return {
      level: 'warn',
      text: `no market has caught up with the exchange yet${why}: no decisions until it answers`,
    };
  const markets = some(behind.map(market => symbols[market]!));
  const all = counted(symbols.length, 'market', 'markets');
  return {
    level: 'warn',
    text: `${symbols.length - behind.length} of ${all} have caught up with the exchange; no decisions yet on ${markets}${why}`,
  };
};

/**
 * Opportunities that were too old to buy when they were found, in one line; `timeOf` formats a
 * minute of the market's clock. `strategy` is named where there are several.
 */
export const lateText = (
  late: readonly { readonly symbol: string; readonly at: EpochMs }[],
  timeOf: (at: EpochMs) => string,
  strategy?: string,
): string => {
  const minutes = late.map(({ at }) => at);
  const [first, last] = [Math.min(...minutes), Math.max(...minutes)];
  const when = first === last ? `of ${timeOf(first)}` : `from ${timeOf(first)} to ${timeOf(last)}`;
  const symbols = [...new Set(late.map(({ symbol }) => symbol))].toSorted();
  const of = strategy === undefined ? '' : ` of strategy ${strategy}`;
  return `${counted(late.length, 'opportunity', 'opportunities')}${of} ${when} found too late to buy, on ${some(symbols)}`;
};

/** Reports the failures of a strategy's own code. */
export const describeFailures = (
  log: ScannerLog,
  { setup: { name, strategy }, failures }: StrategySignal,
  symbols: readonly string[],
  timeOf: (at: EpochMs) => string,
): void => {
  for (const { market, at, error, isLast, isExit } of failures) {
    log.warn(
      { market: symbols[market], repeatKey: `strategy ${name} ${error.message}` },
      `strategy ${name} failed on the minute ${timeOf(at)}: ${failureText(strategy, error)}`,
    );
    if (isLast)
      log.error(
        { market: symbols[market] },
        isExit
          ? `the exit of strategy ${name} failed three times in a row: it sells nothing on this market until its file changes, or the next start`
          : `strategy ${name} failed three times in a row: it decides nothing on this market until its file changes, or the next start`,
      );
  }
};

const describeDirectory = (log: ScannerLog, { directory, event }: DirectoryStep): void => {
  switch (event.kind) {
    case 'no_answer':
      if (event.of === 'coins')
        log.warn({ repeatKey: `coins ${event.reason}` }, `coin data unavailable: ${event.reason}`);
      else
        log.warn(
          { repeatKey: event.of },
          `${event.of === 'markets' ? 'list of markets' : 'tickers'} unavailable: ${event.reason}`,
        );
      return;
    case 'turned':
      if (event.gone.length > 0) log.info(`no longer traded on the exchange: ${some(event.gone)}`);
      if (event.back.length > 0) log.info(`traded on the exchange again: ${some(event.back)}`);
      return;
    case 'learnt':
      if (event.fact.kind === 'listings') log.info(`listings read from ${[...event.fact.listings.keys()].join(', ')}`);
      if (event.fact.kind !== 'caps') return;
      const { known, coins, unmatched } = capsSummary(directory);
      for (const { base, reason, candidates } of unmatched)
        log.debug(
          { repeatKey: `coin ${base} ${reason}` },
          `no market capitalisation for ${base}: ${reason} (${candidates.join(', ')})`,
        );
      log.info(`market capitalisations: ${known} of ${coins} coins known`);
  }
};

const describeVerification = (
  log: ScannerLog,
  { agreeing, differences, markets }: Verification,
  symbols: readonly string[],
): void => {
  for (const { market, at, count: differing, ...values } of differences)
    log.error({ market: symbols[market] }, `not traded: ${mismatchText({ ...values, minute: at }, differing)}`);
  log.info(`the indicators of ${agreeing.size} of ${markets} markets agree with the reference within 1e-9`);
};

const describeMonth = (log: ScannerLog, { month, outcome, reason, rows, bytes, files }: MonthOutcome): void => {
  if (outcome === 'dropped')
    log.info(
      `minutes of ${month} dropped from the database: ${count(rows)} rows, ${bytesOf(bytes)}, ${files.length > 0 ? `archived in ${counted(files.length, 'file', 'files')}` : 'not archived'}`,
    );
  if (outcome === 'imported')
    log.info(`minutes of ${month} kept: they were imported or downloaded (bot data retain --imported drops them)`);
  if (outcome === 'kept')
    log.warn(
      { repeatKey: ['month', Number(month.replace('-', ''))] },
      `minutes of ${month} not dropped yet: ${reason}`,
    );
};

/** Logs what happened to old months. */
export const describeRetained = (log: ScannerLog, retained: RetentionOutcome): void => {
  if (retained.kind === 'failed')
    log.warn({ repeatKey: 'retention' }, `old months not dropped yet: ${retained.reason}`);
  else for (const month of retained.months) describeMonth(log, month);
};

/** Log lines for the events of a scanner. */
export const scannerLog = (log: ScannerLog, mode: Mode): ((event: ScannerEvent) => void) => {
  const timeOf = (at: EpochMs): string => marketTime(mode, at);
  const describeLate = (late: readonly NamedOpportunity[], symbols: readonly string[], isOneOfSeveral: boolean) => {
    for (const strategy of new Set(late.map(one => one.strategy))) {
      const found = late.filter(one => one.strategy === strategy);
      const lines = found.map(({ market, at }) => ({ symbol: symbols[market]!, at }));
      log.info(lateText(lines, timeOf, isOneOfSeveral ? strategy : undefined));
    }
  };
  return event => {
    switch (event.kind) {
      case 'directory':
        describeDirectory(log, event);
        return;
      case 'away':
      case 'back':
        describeContact(log, mode, event);
        return;
      case 'opened':
        log.info(
          `tracking ${counted(event.opened.traded.length, 'market', 'markets')} (+${event.opened.auxiliary.length} for conversion)`,
        );
        return;
      case 'primed': {
        const { symbol, prime } = event;
        if (prime.kind === 'trouble')
          log.warn(
            { market: symbol, repeatKey: `higher candles ${prime.reason}` },
            `no ${prime.minutes}-minute candles (${prime.reason}): their indicators start later`,
          );
        return;
      }
      case 'scanned': {
        const { signals, settings } = event.signal;
        const isOneOfSeveral = settings.strategies.length > 1;
        for (const { market, at, close, score, strategy, withheld } of event.opportunities)
          log.info(
            { market: event.symbols[market] },
            `opportunity${isOneOfSeveral ? ` of ${strategy}` : ''} at ${timeOf(at)}: close ${priceOf(close)}, score ${score.toFixed(2)}${withheld ? `; rejected: ${WITHHELD_TEXTS[withheld]}` : ''}`,
          );
        for (const signal of signals) describeFailures(log, signal, event.symbols, timeOf);
        describeLate(event.late, event.symbols, isOneOfSeveral);
        return;
      }
      case 'recovered': {
        const { behind, late, strategies, trouble, symbols } = event;
        describeLate(late, symbols, strategies > 1);
        const reason = trouble && `${symbols[trouble.market]}: ${trouble.reason}`;
        const { level, text } = recoveredText(behind, symbols, reason);
        log[level](text);
        return;
      }
      case 'verified':
        describeVerification(log, event.verification, event.symbols);
        return;
      case 'gap': {
        const minutes = (event.to - event.from) / MINUTE_MS;
        log.warn(
          { market: event.symbols[event.market] },
          `${minutes} minutes from ${timeOf(event.from)} are unavailable: its indicators restart`,
        );
        return;
      }
      case 'trouble':
        log.warn({ market: event.symbols[event.market], repeatKey: `trouble ${event.reason}` }, event.reason);
        return;
      case 'disk':
        if (event.trouble !== null) log.warn({ repeatKey: `disk ${event.space.state}` }, event.trouble);
        else if (event.hasRecovered) log.info('the disk has free space again');
        return;
      case 'retained':
        describeRetained(log, event.retained);
    }
  };
};
