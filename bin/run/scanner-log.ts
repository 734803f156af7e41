import { mismatchText } from '../../lib/indicators/verify.js';
import { capsSummary } from '../../lib/live/directory.js';
import type { RetentionOutcome, Verification } from '../../lib/live/ports.js';
import type { Log } from '../../lib/log/log.js';
import { MINUTE_MS, type EpochMs } from '../../lib/units.js';
import type { MonthOutcome } from '../../lib/retention/plan.js';
import type { DirectoryStep } from '../../streams/live/directory.js';
import type { ScannerEvent } from '../../streams/live/scanner.js';
import { bytesOf, count, counted, priceOf, some } from '../report/format.js';
import { describeContact } from './contact.js';
import { marketTime, type Mode } from './mode.js';
import { lateWords, recoveredWords } from './scan-words.js';

type ScannerLog = Pick<Log, 'debug' | 'info' | 'warn' | 'error'>;

const describeDirectory = (log: ScannerLog, { directory, event }: DirectoryStep): void => {
  switch (event.kind) {
    case 'no_answer':
      if (event.of === 'coins') log.warn({ repeatKey: `coins ${event.reason}` }, `facts about coins: ${event.reason}`);
      else
        log.warn(
          { repeatKey: event.of },
          `the ${event.of === 'markets' ? 'list of markets' : 'tickers'} did not come: ${event.reason}`,
        );
      return;
    case 'turned':
      if (event.gone.length > 0) log.info(`no longer traded on the exchange: ${some(event.gone)}`);
      if (event.back.length > 0) log.info(`traded on the exchange again: ${some(event.back)}`);
      return;
    case 'learnt':
      if (event.fact.kind === 'listings') log.info(`listings known of ${[...event.fact.listings.keys()].join(', ')}`);
      if (event.fact.kind !== 'caps') return;
      const { known, coins, unmatched } = capsSummary(directory);
      for (const { base, reason, candidates } of unmatched)
        log.debug(
          { repeatKey: `coin ${base} ${reason}` },
          `no market capitalisation of ${base}: ${reason} (${candidates.join(', ')})`,
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
    log.error({ market: symbols[market] }, `it is not traded: ${mismatchText({ ...values, minute: at }, differing)}`);
  log.info(`the indicators of ${agreeing.size} of ${markets} markets agree with the reference within 1e-9`);
};

const describeMonth = (log: ScannerLog, { month, outcome, reason, rows, bytes, files }: MonthOutcome): void => {
  if (outcome === 'dropped')
    log.info(
      `the minutes of ${month} have left the database: ${count(rows)} rows, ${bytesOf(bytes)}, ${files.length > 0 ? `archived in ${counted(files.length, 'file', 'files')}` : 'not archived'}`,
    );
  if (outcome === 'imported')
    log.info(`the minutes of ${month} stay, as they were imported or downloaded (bot data retain --imported)`);
  if (outcome === 'kept')
    log.warn(
      { repeatKey: ['month', Number(month.replace('-', ''))] },
      `the minutes of ${month} stay in the database for now: ${reason}`,
    );
};

/** Describes what became of old months. */
export const describeRetained = (log: ScannerLog, retained: RetentionOutcome): void => {
  if (retained.kind === 'failed')
    log.warn({ repeatKey: 'retention' }, `old months stay in the database for now: ${retained.reason}`);
  else for (const month of retained.months) describeMonth(log, month);
};

/** Describes what a scanner does, in lines for the log. */
export const scannerLog = (log: ScannerLog, mode: Mode): ((event: ScannerEvent) => void) => {
  const timeOf = (at: EpochMs): string => marketTime(mode, at);
  const describeLate = (
    late: readonly { readonly market: number; readonly at: EpochMs }[],
    symbols: readonly string[],
  ) => {
    const found = late.map(({ market, at }) => ({ symbol: symbols[market]!, at }));
    if (found.length > 0) log.info(lateWords(found, timeOf));
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
          `follows ${event.opened.traded.length} markets, and ${event.opened.auxiliary.length} for their prices`,
        );
        return;
      case 'primed': {
        const { symbol, prime } = event;
        if (prime.kind === 'trouble')
          log.warn(
            { market: symbol, repeatKey: `higher candles ${prime.reason}` },
            `its ${prime.minutes}-minute candles did not come (${prime.reason}): their indicators begin later`,
          );
        return;
      }
      case 'scanned':
        for (const { market, at, close, score, withheld } of event.opportunities)
          log.info(
            { market: event.symbols[market] },
            `opportunity at ${timeOf(at)}: close ${priceOf(close)}, score ${score.toFixed(2)}${withheld ? `; turned away: ${withheld}` : ''}`,
          );
        describeLate(event.late, event.symbols);
        return;
      case 'recovered': {
        const { behind, late, trouble, symbols } = event;
        describeLate(late, symbols);
        const reason = trouble && `${symbols[trouble.market]}: ${trouble.reason}`;
        const { level, text } = recoveredWords(behind, symbols, reason);
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
          `${minutes} minutes from ${timeOf(event.from)} cannot be had: its indicators start anew`,
        );
        return;
      }
      case 'trouble':
        log.warn({ market: event.symbols[event.market], repeatKey: `trouble ${event.reason}` }, event.reason);
        return;
      case 'disk':
        if (event.trouble !== null) log.warn({ repeatKey: `disk ${event.space.state}` }, event.trouble);
        else if (event.hasRecovered) log.info('the disk has room again');
        return;
      case 'retained':
        describeRetained(log, event.retained);
    }
  };
};
