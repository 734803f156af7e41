import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { program } from '../bin/cli.js';
import { openTerminal } from '../bin/terminal.js';
import { overridesIn } from '../lib/settings/read.js';
import { openEmbedded } from '../lib/world/database/embedded.js';
import { migrate } from '../lib/world/store/migrate.js';
import { urlOf } from './bin/child.js';
import { migratedDatabase, query, type FreshDatabase } from './world/store/fixtures.js';

const root = new URL('../', import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(name, root), 'utf8');

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly restart: string;
  readonly read_only?: boolean;
}
const composeText = textOf('docker-compose.yml');
const compose = parse(composeText, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const example = new Map(
  [...textOf('.env.example').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
);
/** A text as compose reads it where nothing is set. */
const filledIn = (text: string): string => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
const ROLES = ['scanner', 'positions'] as const;

interface Instruction {
  readonly word: string;
  readonly rest: string;
}
interface Stage {
  readonly image: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}
const instructions = textOf('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .flatMap((line): Instruction[] => {
    const [, word, rest] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    return word === undefined || rest === undefined ? [] : [{ word, rest }];
  });
const NODE = /^NODE=(.*)$/.exec(instructions.find(({ word }) => word === 'ARG')!.rest)![1]!;
const stages = instructions.reduce<Stage[]>((found, instruction) => {
  const [, image, name = ''] = instruction.word === 'FROM' ? /^(\S+)(?: AS (\S+))?$/.exec(instruction.rest)! : [];
  if (image !== undefined) return [...found, { image: image.replace('${NODE}', NODE), name, instructions: [] }];
  const last = found.at(-1);
  if (!last) return found;
  return [...found.slice(0, -1), { ...last, instructions: [...last.instructions, instruction] }];
}, []);
const wordsOf = (stage: Stage, word: string): readonly string[] =>
  stage.instructions.filter(each => each.word === word).map(({ rest }) => rest);
const copies = (stage: Stage) =>
  wordsOf(stage, 'COPY').map(rest => {
    const parts = rest.split(/\s+/);
    const from = parts[0]!.startsWith('--from=') ? parts.shift()!.slice('--from='.length) : null;
    return { from, sources: parts.slice(0, -1), target: parts.at(-1)! };
  });
/** What may come into an image. */
const ignored = textOf('.dockerignore').split('\n');
const image = stages.at(-1)!;

describe('Dockerfile', () => {
  it('has stages of one fixed version of Node, one that the package allows', () => {
    const { engines } = JSON.parse(textOf('package.json')) as { engines: { node: string } };
    const [least, wanted] = [engines.node, NODE].map(text => text.match(/\d+/g)!.map(Number)) as [number[], number[]];
    expect(stages.length).to.equal(3);
    expect(stages.map(stage => /^node:\d+\.\d+\.\d+-\w+/.exec(stage.image)?.[0])).to.deep.equal(
      stages.map(() => `node:${NODE}`),
    );
    expect(wanted[0]! * 1_000 + wanted[1]!).to.be.at.least(least[0]! * 1_000 + least[1]!);
  });

  it('builds with what a checkout is installed with, and installs for running without tools and without PostgreSQL', () => {
    const runs = stages.map(stage => wordsOf(stage, 'RUN'));
    expect(textOf('.ci/run')).to.match(/^npm ci\b/m);
    expect(runs).to.deep.equal([['npm ci'], ['npm ci --omit=dev --omit=optional --ignore-scripts'], []]);
  });

  it('copies only what is there, is let in and was made by a stage before', () => {
    const letIn = (name: string): boolean =>
      [`!${name}`, `!${name}/`, `!${name.split('/')[0]!}/`].some(line => ignored.includes(line));
    const missing = stages.flatMap((stage, n) =>
      copies(stage).flatMap(({ from, sources }) => {
        if (from === null) return sources.filter(name => !letIn(name) || !existsSync(new URL(name, root)));
        return stages.slice(0, n).some(({ name }) => name === from) ? [] : [from];
      }),
    );
    expect(missing).to.deep.equal([]);
    expect(ignored).to.include('*');
    expect(ignored.filter(line => /^!\.?(env|git|data)/.test(line))).to.deep.equal([]);
  });

  it('builds from every folder of sources', () => {
    const { include } = JSON.parse(textOf('tsconfig.json')) as { include: string[] };
    const copied = copies(stages[0]!).flatMap(({ sources }) => sources);
    const missing = include.filter(folder => folder !== 'test' && folder !== 'bench' && !copied.includes(folder));
    expect(missing).to.deep.equal([]);
  });

  it('runs the bot as an unprivileged user, with a health check', () => {
    expect(wordsOf(image, 'USER')).to.deep.equal(['node']);
    expect(JSON.parse(wordsOf(image, 'ENTRYPOINT')[0]!)).to.deep.equal(['bin/bot']);
    const [, check] = / CMD (\[.*\])$/.exec(wordsOf(image, 'HEALTHCHECK')[0]!)!;
    expect(JSON.parse(check!)).to.deep.equal(['node', 'scripts/heartbeat.mjs']);
    expect(copies(image).map(({ target }) => target)).to.include.members([
      'bin/bot',
      'scripts/built.mjs', // both of the others load it
      'scripts/heartbeat.mjs',
      'dist',
    ]);
  });
});

describe('docker-compose.yml', () => {
  const terminal = openTerminal(new AbortController().signal);
  /** What commander makes of the arguments of `bot run`. */
  const optionsOf = async (args: readonly string[]): Promise<Record<string, unknown>> => {
    const bot = program(terminal);
    let seen: Record<string, unknown> = {};
    const run = bot.commands.find(command => command.name() === 'run')!;
    run
      .configureOutput({ writeErr: () => undefined })
      .action((options: Record<string, unknown>) => void (seen = options));
    await bot.parseAsync(args, { from: 'user' });
    return seen;
  };

  it('has a PostgreSQL that the bot supports, of a fixed version, with a volume that stays', () => {
    const { image: name, volumes } = compose.services['postgres']!;
    expect(Number(/^postgres:(\d+)/.exec(name)![1])).to.be.at.least(14);
    const [volume, folder] = volumes[0]!.split(':');
    expect(compose.volumes).to.have.property(volume!);
    expect(folder).to.equal('/var/lib/postgresql');
  });

  it('opens PostgreSQL, whose password everybody knows unless another is set, to this machine alone', () => {
    const published = Object.values(compose.services).flatMap(({ ports = [] }) => ports);
    expect(published.map(filledIn)).to.deep.equal(['127.0.0.1:5432:5432']);
  });

  for (const role of ROLES)
    describe(role, () => {
      const service = compose.services[role]!;

      it('is started by a command that exists, with options that it takes', async () => {
        expect(await optionsOf(service.command!)).to.deep.include({ only: role, config: '/config/config.yaml' });
      });

      it('reads the configuration from a mounted folder, since a mounted file would never change', async () => {
        const { config } = await optionsOf(service.command!);
        const targets = service.volumes.map(volume => filledIn(volume).split(':')[1]!);
        expect(targets).to.include(dirname(config as string));
        expect(targets.filter(target => basename(target).includes('.'))).to.deep.equal([]);
      });

      it('waits for a PostgreSQL that answers, which its URL names, and is started again when it ends', () => {
        const { environment } = compose.services['postgres']!;
        const url = new URL(filledIn(service.environment['DATABASE_URL']!));
        expect(service.depends_on).to.deep.equal({ postgres: { condition: 'service_healthy' } });
        expect([url.hostname, url.port, url.username, url.password, url.pathname]).to.deep.equal([
          'postgres',
          '5432',
          environment['POSTGRES_USER'],
          filledIn(environment['POSTGRES_PASSWORD']!),
          `/${environment['POSTGRES_DB']!}`,
        ]);
        expect(service.restart).to.equal('unless-stopped');
      });

      it('is healthy as long as its own heartbeat is', () => {
        const check = ['CMD', 'node', 'scripts/heartbeat.mjs', role, '--config', service.command!.at(-1)];
        expect(service.healthcheck.test).to.deep.equal(check);
      });

      it('sets only variables that the configuration knows, and proxies', () => {
        const names = Object.keys(service.environment).filter(name => !/^(HTTPS?|NO)_PROXY$/.test(name));
        const known = overridesIn(Object.fromEntries(names.map(name => [name, 'any'])));
        expect(known.map(({ variable }) => variable)).to.have.members(names);
      });
    });

  it('takes from the environment what .env.example explains, and nothing else', () => {
    const used = [...composeText.matchAll(/\$\{(\w+):-/g)].map(([, name]) => name!);
    expect([...new Set(used)]).to.have.members([...example.keys()]);
    expect(composeText.replace(/\$\{\w+:-[^}]*\}/g, '')).not.to.include('$');
  });
});

describe('scripts/heartbeat.mjs', () => {
  let database: FreshDatabase;
  before(async () => {
    database = await migratedDatabase();
  });
  after(() => database.drop());

  const checkWith = (env: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const script = fileURLToPath(new URL('scripts/heartbeat.mjs', root));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
      encoding: 'utf8',
      cwd: tmpdir(),
      env: { PATH: process.env['PATH'], ...env },
    });
    return { status, said: `${stdout}${stderr}`.trim() };
  };
  const check = (url: string, ...roles: readonly string[]) => checkWith({ DATABASE_URL: url }, ...roles);
  const beatenAgo = (role: string, seconds: number, host = hostname()) =>
    query(
      database.connection,
      `insert into process_state (role, pid, host, code_version, started_at, heartbeat_at, counters)
       values ('${role}', 1, '${host}', '0.1.0', now(), now() - interval '${seconds} seconds', '{}')
       on conflict (role) do update set heartbeat_at = excluded.heartbeat_at, host = excluded.host`,
    );

  it('ends with 0 while the process tells of itself, and with 1 before, afterwards or from elsewhere', async () => {
    const url = urlOf(database.connection);
    expect(check(url, 'scanner')).to.deep.equal({ status: 1, said: 'scanner has not reported yet' });
    await beatenAgo('scanner', 140);
    expect(check(url, 'scanner')).to.deep.equal({ status: 0, said: 'scanner at work' });
    expect(check(url)).to.deep.equal({ status: 1, said: 'positions has not reported yet' });
    await beatenAgo('scanner', 160);
    await beatenAgo('positions', 1);
    expect(check(url, 'scanner')).to.deep.include({ status: 1 });
    expect(check(url, 'scanner').said).to.match(/^scanner has been silent for 16\d s$/);
    expect(check(url, 'positions').status).to.equal(0);
    await beatenAgo('positions', 1, 'another-machine');
    expect(check(url, 'positions').status).to.equal(1);
    await query(
      database.connection,
      `update process_state set host = '${hostname()}', stopped_at = now(), stop_reason = 'stopped on request', stop_requested = true`,
    );
    expect(check(url, 'positions').said).to.match(/^positions ended at \S+Z: stopped on request$/);
    expect(check(url, '--roles').status).to.equal(2);
  }).timeout(60_000);

  it('finds the database as the bot does: by config.yaml, BOT_DATA_DIR and DATABASE_URL, and starts none', async () => {
    await beatenAgo('scanner', 1);
    await query(
      database.connection,
      'update process_state set stopped_at = null, stop_reason = null, stop_requested = null',
    );
    const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-heartbeat-'));
    const config = join(folder, 'config.yaml');
    const dataDir = join(folder, 'data');
    writeFileSync(config, `database: { connection_string: '${urlOf(database.connection)}' }`);
    const atWork = { status: 0, said: 'scanner at work' };
    expect(checkWith({}, 'scanner', '--config', config)).to.deep.equal(atWork);
    const away = { status: 1, said: 'the embedded database does not run, so no process is at work' };
    expect(checkWith({ BOT_DATA_DIR: dataDir }, 'scanner')).to.deep.equal(away);
    expect(existsSync(dataDir)).to.equal(false);
    writeFileSync(config, 'database: { pool_size: many }');
    expect(checkWith({}, '--config', config).said).to.match(/config\.yaml:1 database\.pool_size: found "many"/);
    expect(checkWith({ DATABASE_URL: urlOf(database.connection) }, 'scanner', '--config', config)).to.deep.equal(
      atWork,
    );

    const own = await openEmbedded({ dataDir, durable: false });
    try {
      await migrate(own.connection);
      expect(checkWith({ BOT_DATA_DIR: dataDir }, 'scanner')).to.deep.equal({
        status: 1,
        said: 'scanner has not reported yet',
      });
    } finally {
      await own.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }).timeout(60_000);

  it('ends with 1 where the database is away, without showing with which password', () => {
    expect(check('postgres://bot:hushhush@127.0.0.1:1/x')).to.deep.equal({
      status: 1,
      said: 'The database at 127.0.0.1:1 cannot be reached: ECONNREFUSED. Start it, or check host and port in DATABASE_URL or database.connection_string.',
    });
  });
});
