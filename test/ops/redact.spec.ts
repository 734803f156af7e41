import { expect } from 'chai';
import * as fc from 'fast-check';
import { isSecretKey, redactor } from '../../lib/ops/redact.js';

const CANARY = 'kX9"q\\zP/4+v=L2&w m#7é';
const redact = redactor([CANARY]);

/**
 * Whether a piece of the secret that is long enough to be of use can still be read, in any
 * spelling.
 */
const leaks = (text: string): boolean => {
  const spelled = [
    CANARY,
    JSON.stringify(CANARY).slice(1, -1),
    encodeURIComponent(CANARY),
    Buffer.from(CANARY).toString('base64'),
    Buffer.from(CANARY).toString('base64url'),
    Buffer.from(CANARY).toString('hex'),
  ];
  return spelled.some(form => text.includes(form.slice(0, 12)) || text.includes(form.slice(-9)));
};

describe('redacting secrets', () => {
  const ways: Readonly<Record<string, string>> = {
    'as it is': CANARY,
    'within JSON': JSON.stringify({ said: CANARY }),
    'URL-encoded': encodeURIComponent(CANARY),
    'as a form field': new URLSearchParams({ x: CANARY }).toString(),
    'in base64': Buffer.from(CANARY).toString('base64'),
    'in base64 for URLs': Buffer.from(CANARY).toString('base64url'),
    'in hexadecimal': Buffer.from(CANARY).toString('hex'),
    'cut after its first eight characters': `${CANARY.slice(0, 8)}…`,
    'cut further on': `${CANARY.slice(0, 15)}…`,
  };
  for (const [way, text] of Object.entries(ways))
    it(`hides a secret ${way}`, () => {
      const shown = redact(`before ${text} after`);
      expect(shown).to.include('***').and.not.include(CANARY.slice(0, 8));
      expect(leaks(shown), shown).to.equal(false);
      expect(shown).to.match(/^before .* after$/);
    });

  it('hides a secret wherever it stands in a longer text that is put into base64', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 7 }), fc.string({ maxLength: 7 }), (before, after) => {
        const shown = redact(Buffer.from(before + CANARY + after).toString('base64'));
        expect(shown).to.include('***');
        // 23 bytes are 31 characters: nine that are left over could be the neighbours' and a shared
        // one on each side.
        expect(leaks(shown), shown).to.equal(false);
      }),
    );
  });

  it('hides the password of a URL that it was not given', () => {
    const shown = redactor([])('cannot reach postgres://bot:p@ss/w0rd@db.example:5432/bot?x=1 now');
    expect(shown).to.equal('cannot reach postgres://bot:***@db.example:5432/bot?x=1 now');
  });

  it('hides the password of a URL that it was given, alone too, and leaves the word postgres readable', () => {
    const hide = redactor(['postgresql://bot:s3cr3t%2Fvalue@db/bot']);
    expect(hide('postgres answers; FATAL: no role for s3cr3t/value or s3cr3t%2Fvalue')).to.equal(
      'postgres answers; FATAL: no role for *** or ***',
    );
  });

  it('hides values that are named like secrets, however they are written', () => {
    const hide = redactor([]);
    expect(hide('API-Key: abc123, API-Sign=xyz==; next')).to.equal('API-Key: ***, API-Sign=***; next');
    expect(hide('Authorization: Bearer abc.def-ghi end')).to.equal('Authorization: *** end');
    expect(hide('{"apiKey":"abc","n":1}')).to.equal('{"apiKey":"***","n":1}');
    expect(hide(String.raw`{"msg":"{\"password\": \"two words\"}"}`)).to.equal(
      String.raw`{"msg":"{\"password\": \"***\"}"}`,
    );
    expect(hide("db_password='two words' x")).to.equal("db_password='***' x");
    expect(hide('?access_token=abc&page=2')).to.equal('?access_token=***&page=2');
  });

  it('leaves a line without secrets as it is', () => {
    const line = 'BTC/USD opened at 64,000.1: http://127.0.0.1:8765/0/public/Ticker 3 tokens, mail me@example.com';
    expect(redact(line)).to.equal(line);
  });

  it('keeps a JSON line readable as JSON, whatever the secret and the text are', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4, maxLength: 40 }), fc.string(), fc.string(), (secret, before, after) => {
        fc.pre(!'"msg":{}'.includes(secret));
        const shown = redactor([secret])(JSON.stringify({ msg: before + secret + after }));
        expect(JSON.parse(shown)).to.have.keys('msg');
      }),
    );
  });

  it('takes a hostile text of 16,000 characters in its stride', () => {
    const began = performance.now();
    for (const text of [
      'a'.repeat(16_000),
      'a://'.repeat(4_000),
      'a://b:'.repeat(2_600),
      'token='.repeat(2_600),
      '@'.repeat(16_000),
    ])
      redact(text);
    expect(performance.now() - began).to.be.below(2_000);
  });

  it('knows the names of secrets', () => {
    for (const name of [
      'apiKey',
      'api-key',
      'API-Sign',
      'DATABASE_URL',
      'connectionString',
      'dbPassword',
      'x_token',
      'secret',
    ])
      expect(isSecretKey(name), name).to.equal(true);
    for (const name of ['market', 'key', 'tokens', 'passwords_checked', 'url'])
      expect(isSecretKey(name), name).to.equal(false);
  });
});
