import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request; `name` is Kraken's name of the question, such as OHLC. */
export type Answer = (response: ServerResponse, query: URLSearchParams, request: IncomingMessage) => void;

/** A small HTTP server in the place of Kraken. */
export interface FakeKraken {
  readonly url: string;
  /** The questions so far, in order: their names. */
  readonly asked: string[];
  /** How each question is answered; what is not here gets 404. */
  readonly answers: Map<string, Answer>;
  close(): Promise<void>;
}

/** An answer with this body. */
export const body =
  (text: string | Buffer, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  response =>
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(text);

/** Kraken's answer with this result. */
export const result = (value: unknown): Answer => body(JSON.stringify({ error: [], result: value }));

/** Kraken's answer with this error. */
export const refusal = (...errors: readonly string[]): Answer => body(JSON.stringify({ error: errors }));

export const PAIR = {
  altname: 'XBTUSD',
  wsname: 'XBT/USD',
  base: 'XXBT',
  quote: 'ZUSD',
  pair_decimals: 1,
  lot_decimals: 8,
  tick_size: '0.1',
  ordermin: '0.00005',
  costmin: '0.5',
  status: 'online',
  fees: [
    [0, 0.4],
    [10000, 0.35],
  ],
};
export const ETHER = { ...PAIR, altname: 'ETHUSD', wsname: 'ETH/USD', base: 'XETH' };

/** 2026-11-02T12:00:00Z, a whole hour. */
export const NOON = Date.UTC(2026, 10, 2, 12);

/** Starts a server that knows BTC/USD and ETH/USD and whose clock stands at `NOON`. */
export const startKraken = async (): Promise<FakeKraken> => {
  const asked: string[] = [];
  const answers = new Map<string, Answer>([
    ['Time', result({ unixtime: NOON / 1_000, rfc1123: '' })],
    ['AssetPairs', result({ XXBTZUSD: PAIR, XETHZUSD: ETHER })],
    ['SystemStatus', result({ status: 'online', timestamp: '' })],
  ]);
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const name = url.pathname.replace('/0/public/', '');
    asked.push(name);
    (answers.get(name) ?? body('not found', 404))(response, url.searchParams, request);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answers,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
