import { expect } from 'chai';
import { BREAKER_RULES } from '../../../lib/exchange/breaker.js';
import { ExchangeFailure, type FailureKind, type NextStep } from '../../../lib/exchange/failure.js';
import type { Exchange } from '../../../lib/exchange/ports.js';
import { openExchange } from '../../../lib/world/exchange/index.js';
import { captured, capturedText } from '../../support/captured.js';
import { settingsOf } from '../../support/settings.js';
import { body, NOON, result, startKraken, type FakeKraken } from './server.js';

interface Refusal {
  readonly status: number;
  readonly body: string;
}

/** Status and body (or its beginning), their meaning, the next step, and the message. */
const MEANINGS: readonly (readonly [status: number, body: string, kind: FailureKind, next: NextStep, says: RegExp])[] =
  [
    [200, '["EGeneral:Too many requests"]}', 'rate_limit', 'wait', /EGeneral:Too many requests/],
    [200, '["EQuery:Unknown asset pair"]}', 'market', 'skip', /EQuery:Unknown asset pair/],
    [200, '["EQuery:Invalid asset pair"]}', 'market', 'skip', /EQuery:Invalid asset pair/],
    [200, '["EQuery:Unknown asset pair"],"result":null}', 'market', 'skip', /EQuery:Unknown asset pair/],
    [200, '["EGeneral:Invalid arguments"]}', 'market', 'skip', /EGeneral:Invalid arguments/],
    [200, '["EService:Market in cancel_only mode"]}', 'market', 'skip', /Market in cancel_only mode/],
    [200, '["EService:Market in post_only mode"]}', 'market', 'skip', /Market in post_only mode/],
    [200, '["EService: Throttled: 1786200000"]}', 'rate_limit', 'wait', /EService: Throttled: 1786200000/],
    [200, '["EService:Unavailable"]}', 'temporary', 'retry', /EService:Unavailable/],
    [200, '["EService:Busy"]}', 'temporary', 'retry', /EService:Busy/],
    [200, '["EService:Timeout"]}', 'temporary', 'retry', /EService:Timeout/],
    [200, '["EGeneral:Internal error"]}', 'temporary', 'retry', /EGeneral:Internal error/],
    [200, '["EAPI:Rate limit exceeded"]}', 'rate_limit', 'wait', /EAPI:Rate limit exceeded/],
    [200, '["EGeneral:Temporary lockout"]}', 'lockout', 'wait', /EGeneral:Temporary lockout/],
    [200, '["EGeneral:Unknown method"]}', 'configuration', 'stop', /EGeneral:Unknown method/],
    [200, '["EDatabase:Internal error"]}', 'temporary', 'retry', /EDatabase:Internal error/],
    [200, '["EService:Deadline elapsed"]}', 'temporary', 'retry', /EService:Deadline elapsed/],
    [200, '["EGeneral:Permission denied"]}', 'configuration', 'stop', /EGeneral:Permission denied/],
    [429, 'Too many requests', 'rate_limit', 'wait', /^HTTP 429 Too Many Requests$/],
    [429, 'error code: 1015', 'rate_limit', 'wait', /^HTTP 429 Too Many Requests \(error code: 1015\)$/],
    [
      403,
      '<!DOCTYPE html><html><head><title>Just a',
      'blocked',
      'wait',
      /^HTTP 403 Forbidden \(Just a moment\.\.\.\)$/,
    ],
    [403, 'error code: 1020', 'blocked', 'wait', /^HTTP 403 Forbidden \(error code: 1020\)$/],
    [451, 'blocked', 'configuration', 'stop', /^HTTP 451 Unavailable For Legal Reasons \(blocked\)$/],
    [405, '<html><head><title>405 Not', 'configuration', 'stop', /^HTTP 405 Method Not Allowed \(405 Not Allowed\)$/],
    [502, '<html><head><title>502 Bad', 'temporary', 'retry', /^HTTP 502 Bad Gateway$/],
    [503, '<html><head><title>503 Ser', 'temporary', 'retry', /^HTTP 503 .*\(503 Service Temporarily Unavailable\)$/],
    [504, '<html><head><title>504 Gat', 'temporary', 'retry', /^HTTP 504 Gateway Timeout \(504 Gateway Time-out\)$/],
    [
      520,
      '@cloudflare-520',
      'temporary',
      'retry',
      /^HTTP 520 \(api\.kraken\.com \| 520: Web server is returning an unknown error\)$/,
    ],
    [
      522,
      '<!DOCTYPE html><html><head><title>api.kraken',
      'temporary',
      'retry',
      /^HTTP 522 .*522: Connection timed out\)$/,
    ],
    [525, '<!DOCTYPE html><html></html>', 'temporary', 'retry', /^HTTP 525$/],
  ];
const REFUSALS = captured('kraken-error-bodies.json') as readonly Refusal[];
const meaningOf = ({ status, body: text }: Refusal) =>
  MEANINGS.filter(([of, begins]) => of === status && text.replace('{"error":', '').startsWith(begins));

describe('what Kraken and what stands before it refuse with', () => {
  let kraken: FakeKraken;
  let exchange: Exchange;
  beforeEach(async () => {
    kraken = await startKraken();
    const settings = settingsOf(`exchange: { url: '${kraken.url}', rate_limit_retries: 0 }`);
    exchange = openExchange(settings.exchange, {
      budget: { intervalMs: 0, pairIntervalMs: 0, claimMs: 0 },
      breaker: { ...BREAKER_RULES, failures: Infinity },
    });
    await exchange.markets();
    await exchange.serverTime();
  });
  afterEach(async () => {
    exchange.close();
    await kraken.close();
  });
  const refusedWith = async (status: number, text: string, headers = {}): Promise<ExchangeFailure> => {
    kraken.answers.set('OHLC', body(text, status, headers));
    return exchange.ohlc('BTC/USD', 1).then(
      () => expect.fail('found an answer'),
      (error: unknown) => {
        expect(error).to.be.instanceOf(ExchangeFailure);
        return error as ExchangeFailure;
      },
    );
  };

  it('is all in the table, and the table is all of it', () => {
    expect(REFUSALS.map(refusal => meaningOf(refusal).length)).to.deep.equal(REFUSALS.map(() => 1));
    expect(MEANINGS).to.have.length(REFUSALS.length);
  });

  for (const refusal of REFUSALS) {
    const [meaning] = meaningOf(refusal);
    if (!meaning) continue;
    const [status, , kind, next, says] = meaning;
    const text = refusal.body.startsWith('@') ? capturedText(refusal.body.slice(1)) : refusal.body;
    it(`${status} ${refusal.body.slice(0, 60)} is ${kind}: ${next}`, async () => {
      const failure = await refusedWith(status, text);
      expect(failure).to.include({ kind, next });
      expect(failure.message).to.match(says);
      expect(failure.message).not.to.match(/[<>]/);
      if (next === 'stop') expect(failure.cure).to.match(/^[A-Z].{20,}/);
      else expect(failure.cure).to.equal(null);
    });
  }

  it('a throttle ends when it says, by the exchange’s clock, and is believed for an hour', async () => {
    const until = (ms: number) => refusedWith(200, `{"error":["EService: Throttled: ${(NOON + ms) / 1_000}"]}`);
    const { kind, retryAfterMs } = await until(300_000);
    expect(kind).to.equal('rate_limit');
    expect(retryAfterMs).to.be.within(280_000, 300_000);
    expect((await exchange.usage()).silentForMs).to.be.within(270_000, 300_000);
  });

  it('a throttle that is over, or never ends, is a rate limit all the same', async () => {
    const past = await refusedWith(200, `{"error":["EService: Throttled: ${NOON / 1_000 - 5}"]}`);
    expect(past).to.include({ kind: 'rate_limit', retryAfterMs: null });
  });

  it('403 silences all requests for a growing while, at least as long as it asks', async () => {
    expect((await refusedWith(403, 'error code: 1020', { 'Retry-After': '120' })).retryAfterMs).to.equal(120_000);
    expect((await exchange.usage()).silentForMs).to.be.within(110_000, 120_000);
  });

  it('an error beside a result is of what the result leaves out, and a warning is none', async () => {
    const part = captured('kraken-ticker-partial-error-2026-10.json') as { error: string[]; result: object };
    expect(part.error).to.deep.equal(['EQuery:Unknown asset pair']);
    const row = Object.values(part.result)[0] as unknown;
    const answer = (error: readonly string[], value: unknown) => body(JSON.stringify({ error, result: value }));
    kraken.answers.set('Ticker', answer(part.error, { XXBTZUSD: row }));
    const { tickers } = await exchange.tickers();
    expect([...tickers.keys()]).to.deep.equal(['BTC/USD']);
    expect(tickers.get('BTC/USD')).to.include({ bid: 65926.1, ask: 65926.2, last: 65908.9, volume24h: 627.83444338 });
    kraken.answers.set('Ticker', answer(['WGeneral:Deprecated'], { XXBTZUSD: row }));
    expect((await exchange.tickers()).tickers.size).to.equal(1);
    kraken.answers.set('Ticker', answer(['EService:Busy'], { XXBTZUSD: row }));
    const failure = await exchange.tickers().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(ExchangeFailure).with.property('kind', 'temporary');
    kraken.answers.set('Ticker', result({ XXBTZUSD: row }));
    expect((await exchange.tickers()).tickers.size).to.equal(1);
  });
});
