import { expect } from 'chai';
import { ExchangeFailure, failureOf, type NextStep } from '../../lib/exchange/failure.js';
import { KRAKEN_ERRORS } from '../../lib/kraken/errors.js';

class NetworkError extends Error {}
class DDoSProtection extends NetworkError {}
class BadResponse extends Error {}
class BadRequest extends Error {}
class BadSymbol extends BadRequest {}
class AuthenticationError extends Error {}
class ExchangeError extends Error {}

describe('an error of the exchange', () => {
  const TABLE: readonly (readonly [what: string, error: unknown, kind: string, next: NextStep])[] = [
    ['a rate limit', new DDoSProtection('kraken {"error":["EAPI:Rate limit exceeded"]}'), 'rate_limit', 'wait'],
    ['too many requests', new ExchangeError('EGeneral:Too many requests'), 'rate_limit', 'wait'],
    ['a lockout', new DDoSProtection('kraken {"error":["EGeneral:Temporary lockout"]}'), 'lockout', 'wait'],
    ['a network error', new NetworkError('fetch failed'), 'temporary', 'retry'],
    [
      'an error of the network library',
      Object.assign(new Error('terminated'), { code: 'UND_ERR' }),
      'temporary',
      'retry',
    ],
    ['a timeout that Kraken tells', new ExchangeError('EService:Timeout'), 'temporary', 'retry'],
    ['a text that nobody has seen before', new ExchangeError('ENew:Fancy thing'), 'temporary', 'retry'],
    ['something thrown that is no error', 'boo', 'temporary', 'retry'],
    ['an answer that is none', new BadResponse('a page of HTML'), 'bad_answer', 'retry'],
    ['an unknown pair', new ExchangeError('EQuery:Unknown asset pair'), 'market', 'skip'],
    ['an invalid pair', new BadSymbol('EQuery:Invalid asset pair'), 'market', 'skip'],
    ['arguments refused for a market', new BadRequest('EGeneral:Invalid arguments'), 'market', 'skip'],
    ['a method that is unknown', new ExchangeError('EGeneral:Unknown method'), 'configuration', 'stop'],
    ['a throttle', new ExchangeError('kraken {"error":["EService: Throttled: 1786200000"]}'), 'rate_limit', 'wait'],
    ['a key that is refused', new AuthenticationError('EAPI:Invalid key'), 'configuration', 'stop'],
  ];
  for (const [what, error, kind, next] of TABLE)
    it(`is ${kind} for ${what}: ${next}`, () => {
      const failure = failureOf(error, 'XBTUSD', Infinity, KRAKEN_ERRORS);
      expect(failure).to.include({ kind, next });
    });

  it('is reported in one short line, without addresses, passwords and control characters', () => {
    const secret = 'http://user:secret@localhost:8080/0/public/OHLC?pair=X';
    const { message } = failureOf(
      new Error(`kraken GET ${secret} 502\u001b[31m\nBad\u202e Gateway ${'x'.repeat(9_000_000)}`),
      null,
    );
    expect(message).to.match(/^kraken GET \/0\/public\/OHLC 502 \[31m Bad Gateway x+…$/);
    expect(message).to.have.length(200);
  });

  it('quotes of a page of HTML its title alone', () => {
    const page = '<!DOCTYPE html>\n<html class="no-js"><head><title> 503 Service\n Unavailable </title></head><body>…';
    const of = (body: string) => failureOf(new NetworkError(`kraken GET https://x 503 ${body}`), null).message;
    expect(of(page)).to.equal('kraken GET 503 (a page of HTML: "503 Service Unavailable")');
    expect(of('<html><body>Bad gateway</body></html>')).to.equal('kraken GET 503 (a page of HTML)');
    expect(failureOf(new NetworkError('GET https://x/0/public/OHLC?pair=ADAUSD&since=5 503'), null).message).to.equal(
      'GET /0/public/OHLC 503',
    );
    expect(of('a < b, <3')).to.equal('kraken GET 503 a < b, <3');
  });

  it('waits for the end of a throttle, an hour at most', () => {
    const left = (now: number) =>
      failureOf(new Error('EService: Throttled: 1786200000'), null, now, KRAKEN_ERRORS).retryAfterMs;
    const end = 1_786_200_000_000;
    expect([left(end - 5_000), left(end - 3_600_000), left(end - 3_700_000)]).to.deep.equal([
      5_000, 3_600_000, 3_600_000,
    ]);
    expect([left(end), left(end + 1), left(Infinity)]).to.deep.equal([null, null, null]);
  });

  it('keeps the wait that was asked for', () => {
    expect(failureOf(Object.assign(new Error('503'), { retryAfterMs: 7_000 }), null).retryAfterMs).to.equal(7_000);
  });

  it('stays what it is where it is one of ours already', () => {
    const failure = new ExchangeFailure('market', 'no more listed');
    expect(failureOf(failure, null)).to.equal(failure);
  });
});
