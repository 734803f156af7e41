import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { createColors } from 'picocolors';
import { configCheck } from '../../bin/commands/config.js';
import { UserError } from '../../lib/errors.js';
import { loadConfiguration } from '../../lib/world/config-file.js';

const own = fileURLToPath(new URL('../../config.yaml', import.meta.url));
const VARIABLES = ['DATABASE_URL', 'BOT_DATA_DIR', 'BOT_ARCHIVE_DIR', 'BOT_LOGGING_LEVEL'];

describe('a configuration file', () => {
  let folder: string;
  let before: string;
  let kept: Map<string, string | undefined>;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'config-')));
    before = process.cwd();
    kept = new Map(VARIABLES.map(name => [name, process.env[name]]));
    for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
    mkdirSync(join(folder, 'here'));
    process.chdir(join(folder, 'here'));
  });

  afterEach(() => {
    process.chdir(before);
    for (const [name, value] of kept)
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string | Buffer) => writeFileSync(join(folder, name), text);
  const refused = (path?: string): readonly string[] => {
    try {
      loadConfiguration(path);
    } catch (error) {
      if (error instanceof UserError && error.exitCode === 2) return error.lines;
      throw error;
    }
    return [];
  };

  describe('is found', () => {
    it('where --config says', () => {
      write('other.yaml', 'exchange: { timeout_seconds: 5 }');
      write('here/config.yaml', 'exchange: { timeout_seconds: 6 }');
      const { file, settings } = loadConfiguration('../other.yaml');
      expect(file).to.equal(join(folder, 'other.yaml'));
      expect(settings.exchange.timeoutMs).to.equal(5000);
    });

    it('else in the working folder', () => {
      write('here/config.yaml', 'exchange: { timeout_seconds: 6 }');
      expect(loadConfiguration()).to.include({ file: join(folder, 'here/config.yaml') });
      expect(loadConfiguration().settings.exchange.timeoutMs).to.equal(6000);
    });

    it('else with the bot itself', () => {
      expect(loadConfiguration().file).to.equal(own);
    });
  });

  describe('names folders', () => {
    it('relative to the bot itself, so that every file finds the same data', () => {
      write('other.yaml', 'database: { data_dir: db }\ndata: { archive_dir: ../old }');
      const { settings, document } = loadConfiguration('../other.yaml');
      expect(settings.database.dataDir).to.equal(join(dirname(own), 'db'));
      expect(settings.data.archiveDir).to.equal(join(dirname(own), '..', 'old'));
      expect((document['database'] as Record<string, unknown>)['data_dir']).to.equal('db');
      expect(Object.isFrozen(settings) && Object.isFrozen(settings.database)).to.equal(true);
    });

    it('while those of the environment are relative to the working folder', () => {
      write('other.yaml', 'database: { data_dir: db }');
      process.env['BOT_DATA_DIR'] = 'env-db';
      process.env['BOT_ARCHIVE_DIR'] = '/archive';
      const { settings } = loadConfiguration('../other.yaml');
      expect(settings.database.dataDir).to.equal(join(folder, 'here/env-db'));
      expect(settings.data.archiveDir).to.equal('/archive');
    });
  });

  describe('names the home folder ~', () => {
    const HOME = homedir();
    for (const [written, expected] of [
      ['~', HOME],
      ['~/crypto', join(HOME, 'crypto')],
      ['db/~', join(dirname(own), 'db/~')],
      ['~crypto', join(dirname(own), '~crypto')],
    ] as const)
      it(`in the file and in the environment: ${written}`, () => {
        write('other.yaml', `database: { data_dir: "${written}" }\ndata: { archive_dir: "${written}" }`);
        const { settings } = loadConfiguration('../other.yaml');
        expect(settings.database.dataDir).to.equal(expected);
        expect(settings.data.archiveDir).to.equal(expected);
        write('other.yaml', 'database: { data_dir: db }');
        process.env['BOT_DATA_DIR'] = written;
        expect(loadConfiguration('../other.yaml').settings.database.dataDir).to.equal(
          expected.replace(dirname(own), join(folder, 'here')),
        );
      });
  });

  describe('is refused with its name', () => {
    it('if it is not there, or is a folder', () => {
      expect(refused('none.yaml')).to.deep.equal([
        'none.yaml: found no such file, expected a configuration file (--config names another one)',
      ]);
      expect(refused('..')[0]).to.contain('found a folder');
      expect(refused('../nothing/none.yaml')[0]).to.match(/^\/.*none\.yaml: found no such file/);
    });

    it('if it is larger than 256 kB, without end, or not UTF-8', () => {
      write('here/big.yaml', `# ${'x'.repeat(256 * 1024)}`);
      expect(refused('big.yaml')[0]).to.contain('big.yaml: found more than 256 kB');
      expect(refused('/dev/zero')[0]).to.contain('found more than 256 kB');
      write('here/latin.yaml', Buffer.from('# \xe9\ncosts: {}', 'latin1'));
      expect(refused('latin.yaml')).to.deep.equal(['latin.yaml: found bytes that are not UTF-8, expected a text file']);
    });

    it('if a value is wrong', () => {
      write('here/config.yaml', 'costs:\n  spread_percentage: much');
      expect(refused()[0]).to.match(/^config\.yaml:2 costs\.spread_percentage: found "much"/);
    });
  });

  describe('is checked on the command line', () => {
    const check = async (options: { config?: string; json?: boolean }) => {
      const said: string[] = [];
      const terminal = {
        out: (text: string) => void said.push(text),
        err: () => expect.fail('results go to stdout'),
        colours: createColors(false),
        width: 100,
        signal: new AbortController().signal,
        progress: () => expect.fail('nothing here lasts'),
      };
      let error: unknown = null;
      await configCheck(options, terminal).catch((problem: unknown) => (error = problem));
      return { out: said.join('\n'), error };
    };

    it('with what it changes, against the defaults', async () => {
      write(
        'here/config.yaml',
        'filtering: { unknown: { spread: pass } }\nrisk_management: { stop_loss_percentage: 3.5, max_open_positions: 5 }',
      );
      process.env['DATABASE_URL'] = 'postgres://me:canary@db/bot';
      const { out, error } = await check({});
      const { hash } = loadConfiguration();
      expect(error).to.equal(null);
      expect(out.split('\n')).to.deep.equal([
        `file         ${join(folder, 'here/config.yaml')}`,
        'state        valid',
        `version      ${hash.slice(0, 12)}`,
        'environment  DATABASE_URL overrides database.connection_string',
        'changed      3',
        '  filtering.unknown.spread              pass        default fail (verdict)',
        '  risk_management.stop_loss_percentage  3.5         default 2 (percent)',
        '  database.connection_string            [redacted]  default embedded (URL)',
      ]);
    });

    it('and says so if it changes nothing', async () => {
      const { out } = await check({ config: own });
      expect(out).to.contain('environment  overrides nothing').and.contain('changed      nothing');
    });

    it('as JSON for programs', async () => {
      write('here/config.yaml', 'exchange: { timeout_seconds: 6 }');
      const { out } = await check({ json: true });
      const answer = JSON.parse(out) as Record<string, unknown>;
      const { document, hash, file } = loadConfiguration();
      expect(answer).to.deep.equal({
        file,
        valid: true,
        hash,
        configuration: document,
        changed: [{ key: 'exchange.timeout_seconds', value: 6, default: 30 }],
        environment: [],
        warnings: [],
      });
    });

    it('and warned of where it is valid and matches nothing', async () => {
      write('here/config.yaml', 'filtering: { exclude_bases: [XDGE] }');
      const text = "filtering.exclude_bases: no known market of Kraken's has XDGE; did you mean DOGE?";
      const { out, error } = await check({});
      expect([error, out.split('\n').at(-1)]).to.deep.equal([null, `warning      ${text}`]);
      const answer = JSON.parse((await check({ json: true })).out) as { valid: boolean; warnings: unknown };
      expect([answer.valid, answer.warnings]).to.deep.equal([
        true,
        [{ key: 'filtering.exclude_bases', found: 'XDGE', suggestion: 'DOGE', text }],
      ]);
    });

    it('and warned of where it is valid and can only lose, in lines of the terminal', async () => {
      write(
        'here/config.yaml',
        'risk_management: { take_profit_levels: [{ percentage: 0.3, position_percentage: 100 }], trailing_stop: { activation_percentage: 1, offset_percentage: 3 } }',
      );
      const { out, error } = await check({});
      expect(error).to.equal(null);
      expect(out.split('\n').slice(-2)).to.deep.equal([
        'warning      risk_management.take_profit_levels[0].percentage: found 0.3, expected more than 0.8486:',
        '             costs take that much of the entry price, so a sale there loses money',
      ]);
    });

    it('and refused with every problem, in JSON too', async () => {
      write('here/config.yaml', 'exchange: { timeout_seconds: 0, name: mtgox }');
      for (const json of [false, true]) {
        const { out, error } = await check({ json });
        expect(error).to.be.instanceOf(UserError);
        const { lines, exitCode } = error as UserError;
        expect(exitCode).to.equal(2);
        expect(lines).to.have.length(2);
        if (json) expect(JSON.parse(out)).to.deep.equal({ file: null, valid: false, problems: lines });
        else expect(out).to.equal('');
      }
    });
  });
});
