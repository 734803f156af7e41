import { expect } from 'chai';
import * as fc from 'fast-check';
import { childEnvironment } from '../../lib/ops/child-environment.js';
import { lastWords } from '../../lib/ops/last-words.js';
import { lineSplitter } from '../../lib/ops/lines.js';

describe('lines of a process', () => {
  it('are the same however the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 9 })), text => {
        const whole = text.join('\n').replaceAll('\r', '');
        const splitter = lineSplitter();
        const lines = [...Array.from(whole).flatMap(character => splitter.push(character)), ...splitter.rest()];
        expect(lines).to.deep.equal(
          whole.endsWith('\n') || whole === '' ? whole.split('\n').slice(0, -1) : whole.split('\n'),
        );
      }),
    );
  });

  it('are cut where they never end, and the next one is whole again', () => {
    const splitter = lineSplitter(10);
    for (let n = 0; n < 1_000; n++) expect(splitter.push('x'.repeat(100))).to.deep.equal([]);
    expect(splitter.push('\nnext\r\n')).to.deep.equal(['x'.repeat(10), 'next']);
  });
});

describe('the last words of a process', () => {
  const said = (...lines: string[]) => {
    const words = lastWords();
    lines.forEach(line => words.hear(line, 'stderr'));
    return words.said();
  };

  it('are the error of a trace, not what Node prints around it', () => {
    expect(
      said(
        'file:///bot/x.js:3',
        "throw new TypeError('boom')",
        '^',
        '',
        'TypeError: boom',
        '    at x (file:///bot/x.js:3:7)',
        '',
        'Node.js v20.20.2',
      ),
    ).to.equal('TypeError: boom');
  });

  it('are all lines of a mistake in the configuration', () => {
    expect(said('starting', 'error: config.yaml, line 3: found x', 'error: expected y')).to.equal(
      'config.yaml, line 3: found x / expected y',
    );
  });

  it('are the text and error of a grave record in its log', () => {
    expect(
      said(
        '{"level":30,"msg":"hello"}',
        '{"level":60,"msg":"a fault","err":{"message":"boom"}}',
        '{"level":40,"msg":"x"}',
      ),
    ).to.equal('a fault: boom');
  });

  it('are the last line on stderr where nothing names an error', () => {
    expect(said('Killed by the kernel', '')).to.equal('Killed by the kernel');
    expect(said()).to.equal('');
  });
});

describe('the environment of a process', () => {
  it('holds what the bot uses and no secrets of other programs, in UTC', () => {
    const seen = childEnvironment({
      PATH: '/bin',
      HOME: '/h',
      LC_ALL: 'C',
      DATABASE_URL: 'x',
      BOT_LOGGING_LEVEL: 'INFO',
      HTTPS_PROXY: 'http://proxy:3128',
      no_proxy: 'localhost',
      AWS_SECRET_ACCESS_KEY: 'no',
      GITHUB_TOKEN: 'no',
      TZ: 'Asia/Tokyo',
      USER: undefined,
    });
    expect(seen).to.deep.equal({
      PATH: '/bin',
      HOME: '/h',
      LC_ALL: 'C',
      DATABASE_URL: 'x',
      BOT_LOGGING_LEVEL: 'INFO',
      HTTPS_PROXY: 'http://proxy:3128',
      no_proxy: 'localhost',
      TZ: 'UTC',
    });
  });
});
