import { FIRST_CANDLE } from '../series/bad-row.js';
import type { EpochMs } from '../units.js';
import { ExchangeFailure, plain } from './failure.js';
import { EXCHANGE_STATUSES, type ExchangeStatus } from './ports.js';

const LAST_TIME = Date.UTC(2100, 0, 1);

/** Reads the exchange's time, which it tells in whole seconds. */
export const readTime = (result: Readonly<Record<string, unknown>>): EpochMs => {
  const seconds = result['unixtime'];
  const at = typeof seconds === 'number' ? seconds * 1_000 : Number.NaN;
  if (!(at >= FIRST_CANDLE && at < LAST_TIME))
    throw new ExchangeFailure('bad_answer', 'the time of the exchange is no time');
  return at;
};

/** Reads whether the exchange as a whole is open. */
export const readStatus = (result: Readonly<Record<string, unknown>>): ExchangeStatus => {
  const status = EXCHANGE_STATUSES.find(known => known === result['status']);
  if (!status)
    throw new ExchangeFailure('bad_answer', `an unknown status of the exchange: ${plain(String(result['status']))}`);
  return status;
};
