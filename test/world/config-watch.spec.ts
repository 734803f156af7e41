import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Subscription } from 'rxjs';
import { diffDocuments } from '../../lib/settings/diff.js';
import { readSettings } from '../../lib/settings/read.js';
import { restartReason } from '../../lib/settings/restart.js';
import type { ConfigurationEvent } from '../../lib/settings/reload.js';
import { keys, valueAt } from '../../lib/settings/schema.js';
import type { Settings } from '../../lib/settings/settings.js';
import { configurationFrom, loadConfiguration } from '../../lib/world/config-file.js';
import { configurationReader } from '../../lib/world/config-watch.js';
import { log } from '../../streams/sinks/log.js';
import { configurationEvents, inForce, recordVersions } from '../../streams/sources/settings.js';
import { refusal } from '../settings/edit.js';
import { mutation, yamlOf } from '../settings/mutation.js';

const until = async (what: string, holds: () => boolean) => {
  for (const deadline = Date.now() + 15_000; !holds(); await wait(1))
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
};
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));
const fee = (percent: number) => `costs: { taker_fee_percentage: ${percent} }\n`;

describe('the configuration file', () => {
  let folder: string;
  let file: string;
  let subscription: Subscription | undefined;
  let events: ConfigurationEvent[];
  let settings: Settings[];

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'config-watch-')));
    file = join(folder, 'config.yaml');
    writeFileSync(file, fee(1));
    [events, settings, subscription] = [[], [], undefined];
  });
  afterEach(() => {
    subscription?.unsubscribe();
    rmSync(folder, { recursive: true });
  });

  const watch = (everyMs: number): void => {
    const first = loadConfiguration(file);
    const settings$ = configurationEvents({ first, read: configurationReader(file), everyMs }).pipe(
      log(event => events.push(event)),
      recordVersions(() => [1]),
      inForce(),
    );
    subscription = settings$.subscribe(value => settings.push(value.settings));
  };
  const kinds = () => events.map(({ kind }) => kind);
  const fees = () => settings.map(({ costs }) => 100 * costs.takerFee);
  const next = async (count: number) => {
    await until(`there are ${count} events`, () => events.length >= count);
    return events[count - 1]!;
  };

  const EDITS: readonly (readonly [how: string, edit: (text: string) => void | Promise<void>])[] = [
    ['is written in place', text => writeFileSync(file, text)],
    [
      'is copied over (cp)',
      text => {
        writeFileSync(join(folder, 'other.yaml'), text);
        copyFileSync(join(folder, 'other.yaml'), file);
      },
    ],
    [
      'is moved over (mv, and editors that write a new file and rename it)',
      text => {
        writeFileSync(join(folder, '.config.yaml.swp'), text);
        renameSync(join(folder, '.config.yaml.swp'), file);
      },
    ],
    [
      'is moved away as a backup and written anew (vim)',
      text => {
        renameSync(file, `${file}~`);
        writeFileSync(file, text);
      },
    ],
    [
      'is truncated first and written in pieces',
      async text => {
        const half = text.length >> 1;
        const descriptor = openSync(file, 'w');
        await wait(2);
        writeSync(descriptor, text.slice(0, half));
        await wait(2);
        writeSync(descriptor, text.slice(half));
        closeSync(descriptor);
      },
    ],
    [
      'is deleted and created again',
      async text => {
        unlinkSync(file);
        await wait(2);
        writeFileSync(file, text);
      },
    ],
  ];
  for (const [how, edit] of EDITS)
    it(`is taken over each time that it ${how}`, async () => {
      watch(40);
      for (const [n, percent] of [2, 3, 4].entries()) {
        await edit(fee(percent));
        const event = await next(n + 2);
        expect(event).to.deep.include({
          kind: 'accepted',
          changes: [{ key: 'costs.taker_fee_percentage', from: percent - 1, to: percent }],
        });
      }
      expect(fees()).to.deep.equal([1, 2, 3, 4]);
      expect(kinds()).to.deep.equal(['accepted', 'accepted', 'accepted', 'accepted']);
    });

  it('is taken over when the link to its folder is flipped, as Kubernetes does', async () => {
    unlinkSync(file);
    const publish = (name: string, percent: number) => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'config.yaml'), fee(percent));
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    publish('..v1', 1);
    symlinkSync('..data/config.yaml', file);
    watch(10);
    publish('..v2', 2);
    rmSync(join(folder, '..v1'), { recursive: true });
    await next(2);
    publish('..v3', 3);
    await next(3);
    expect(fees()).to.deep.equal([1, 2, 3]);
  });

  it('that is deleted, emptied or cut short changes nothing, and is reported once', async () => {
    watch(10);
    unlinkSync(file);
    const gone = await next(2);
    expect(gone).to.have.property('kind', 'refused');
    expect(gone)
      .to.have.property('problems')
      .that.deep.equals([`${file}: found no such file, expected a configuration file (--config names another one)`]);
    writeFileSync(file, '');
    expect(await next(3))
      .to.have.property('problems')
      .that.deep.equals([`${file}: found no keys, expected at least one (an empty file is no configuration)`]);
    writeFileSync(file, fee(1).slice(0, -3));
    expect((await next(4)).kind).to.equal('refused');
    await wait(200); // twenty more looks
    expect(events).to.have.length(4);
    writeFileSync(file, fee(1));
    expect((await next(5)).kind).to.equal('restored');
    expect(fees()).to.deep.equal([1]);
  });

  const FOUND: readonly (readonly [what: string, make: () => void, said: string])[] = [
    ['a folder', () => mkdirSync(file), 'found a folder'],
    ['a pipe', () => void execFileSync('mkfifo', [file]), 'found a pipe or a device'],
    ['binary', () => writeFileSync(file, Buffer.from([0xff, 0xfe, 0])), 'found bytes that are not UTF-8'],
    [
      'huge',
      () => {
        writeFileSync(file, '');
        truncateSync(file, 1e8);
      },
      'found more than 256 kB',
    ],
  ];
  for (const [what, make, said] of FOUND)
    it(`that becomes ${what} changes nothing`, async () => {
      watch(10);
      unlinkSync(file);
      make();
      const event = await next(2);
      expect(event.kind === 'refused' && event.problems.join()).to.contain(said);
      await wait(50);
      expect(events).to.have.length(2);
      expect(fees()).to.deep.equal([1]);
    });

  it('stays as it was through 200 bad edits, each reported once with its line', async () => {
    watch(1);
    const mutations = fc.sample(mutation, { numRuns: 200, seed: 7 });
    for (const [n, { name, written, before }] of mutations.entries()) {
      writeFileSync(file, `# edit ${n}\n${'# comment\n'.repeat(before)}${yamlOf(name, written)}`);
      const event = await next(n + 2);
      if (event.kind !== 'refused') throw new Error(`${name}: ${written} was ${event.kind}`);
      expect(event.problems).to.have.length(1);
      expect(event.problems[0]!.startsWith(`${file}:${1 + before + name.split('.').length} ${name}`)).to.equal(true);
    }
    await wait(50);
    expect(events).to.have.length(201);
    expect(fees()).to.deep.equal([1]);
  }).timeout(60_000);

  it('is in force after each of 200 good edits of any key, and nothing but that key changes', async () => {
    watch(1);
    const tree: Record<string, unknown> = { costs: { taker_fee_percentage: 1 } };
    const live = [...keys].filter(([key]) => restartReason(key) === null);
    const pool = fc.record({
      key: fc.constantFrom(...live),
      number: fc.oneof(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 1, max: 10_000 }).map(n => n / 100),
      ),
      word: fc.constantFrom('DEBUG', 'WARN', 'http://127.0.0.1:80/a', 'https://caps.example.com', '/archive', 'cold'),
      pick: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
    });
    const inForceNow = () => events.findLast(event => event.kind === 'accepted')!.configuration;
    let count = 0;
    for (const { key, number, word, pick } of fc.sample(pool, { numRuns: 2_000, seed: 11 })) {
      const [name, { default: standard }] = key;
      const valueOf = (): unknown => {
        if (typeof standard === 'number') return number;
        if (typeof standard === 'boolean') return valueAt(inForceNow().document, name) !== true;
        if (name === 'filtering.unknown') return { spread: number % 2 === 0 ? 'pass' : 'fail' };
        if (!Array.isArray(standard)) return word;
        const items = [...new Set(pick)].map(at => standard[at % standard.length] as unknown);
        return typeof standard[0] === 'number' ? items.map((_, n) => number + n) : items;
      };
      const edited = structuredClone(tree);
      const parts = name.split('.');
      const last = parts.pop()!;
      let node = edited;
      for (const part of parts) node = (node[part] ??= {}) as Record<string, unknown>;
      node[last] = valueOf();
      const text = JSON.stringify(edited, null, 1);
      if (refusal(text).length > 0) continue;
      if (diffDocuments(inForceNow().document, readSettings(text, '', {}).document).length === 0) continue;
      writeFileSync(file, text);
      const event = await next(++count + 1);
      if (event.kind !== 'accepted') throw new Error(`${name} was ${event.kind}`);
      for (const change of event.changes)
        expect(change.key === name || change.key.startsWith(`${name}.`), change.key).to.equal(true);
      expect(event.changes).to.not.have.length(0);
      expect(event.configuration).to.deep.equal(configurationFrom(text, file));
      Object.assign(tree, edited);
      if (count === 200) break;
    }
    expect(count).to.equal(200);
    expect(settings).to.have.length(201);
    expect(settings.at(-1)).to.deep.equal(loadConfiguration(file).settings);
  }).timeout(60_000);

  it('is no longer read once nothing is subscribed', async () => {
    watch(5);
    subscription?.unsubscribe();
    appendFileSync(file, 'costs: [');
    await wait(50);
    expect(events).to.have.length(1);
    expect(readFileSync(file, 'utf8')).to.contain('[');
  });
});
