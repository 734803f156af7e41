import { checkedTime } from '../exchange/clock.js';
import { ExchangeFailure, plain } from '../exchange/failure.js';
import { EXCHANGE_STATUSES, type ExchangeStatus } from '../exchange/ports.js';
import type { EpochMs } from '../units.js';

/** Reads the exchange's time, which Kraken gives in whole seconds. */
export const readTime = (result: Readonly<Record<string, unknown>>): EpochMs => {
  const seconds = result['unixtime'];
  return checkedTime(typeof seconds === 'number' ? seconds * 1_000 : Number.NaN);
};

/** Reads the status of the whole exchange. */
export const readStatus = (result: Readonly<Record<string, unknown>>): ExchangeStatus => {
  const status = EXCHANGE_STATUSES.find(known => known === result['status']);
  if (!status) throw new ExchangeFailure('bad_answer', `unknown exchange status: ${plain(String(result['status']))}`);
  return status;
};
