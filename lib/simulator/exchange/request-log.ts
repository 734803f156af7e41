import { MINUTE_MS, type EpochMs } from '../../units.js';

/** A request that has been answered. */
export interface LoggedRequest {
  readonly at: EpochMs;
  readonly endpoint: string;
  readonly pair: string | null;
  readonly status: number;
  /** Kraken's error, the kinds of faults; empty without any. */
  readonly remarks: readonly string[];
}

/** The number of requests by endpoint. */
export type Counts = Readonly<Record<string, number>>;

/** Counts of the requests that arrived. */
export interface RequestSummary {
  readonly total: number;
  readonly endpoints: Counts;
  /** By minute of market time, the oldest first; the latest 1,440 minutes with requests. */
  readonly minutes: readonly { readonly minute: EpochMs; readonly endpoints: Counts }[];
  /** The latest 1,000. */
  readonly requests: readonly LoggedRequest[];
}

/** Counts requests. */
export interface RequestLog {
  add(request: LoggedRequest): void;
  summary(): RequestSummary;
  clear(): void;
}

const MAX_REQUESTS = 1_000;
const MAX_MINUTES = 1_440;

/** An empty log; it keeps the latest 1,000 requests and the counts of all. */
export const requestLog = (): RequestLog => {
  let requests: LoggedRequest[] = [];
  let total = 0;
  const endpoints: Record<string, number> = {};
  const minutes = new Map<EpochMs, Record<string, number>>();
  const count = (counts: Record<string, number>, endpoint: string) => (counts[endpoint] = (counts[endpoint] ?? 0) + 1);
  return {
    add: request => {
      total++;
      requests.push(request);
      if (requests.length >= 2 * MAX_REQUESTS) requests = requests.slice(-MAX_REQUESTS);
      count(endpoints, request.endpoint);
      const minute = request.at - (request.at % MINUTE_MS);
      const counts = minutes.get(minute) ?? {};
      count(counts, request.endpoint);
      minutes.set(minute, counts);
      const [oldest] = minutes.keys();
      if (minutes.size > MAX_MINUTES && oldest !== undefined) minutes.delete(oldest);
    },
    summary: () => ({
      total,
      endpoints: { ...endpoints },
      minutes: [...minutes].map(([minute, counts]) => ({ minute, endpoints: { ...counts } })),
      requests: requests.slice(-MAX_REQUESTS),
    }),
    clear: () => {
      total = 0;
      requests = [];
      minutes.clear();
      for (const endpoint of Object.keys(endpoints)) Reflect.deleteProperty(endpoints, endpoint);
    },
  };
};
