import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../lib/world/database/index.js';
import { migratedDatabase, query } from '../world/store/fixtures.js';
import { BOT, until, urlOf } from './child.js';
import { writeConfig } from './live-run.js';

const RUN = 'run --simulate --speed 120 --no-limits --symbols BTC/USD,ETH/USD --config "$CONFIG"';

/** `bin/bot run` in a pipeline of a shell, and what is seen of it there. */
const inShell = (pipeline: string, env: Readonly<Record<string, string>>) => {
  const { PATH, HOME } = process.env;
  const shell: ChildProcess = spawn('bash', ['-c', pipeline], {
    env: { PATH, HOME, BOT, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const said = ['', '', ''];
  shell.stdio.forEach((stream, fd) => stream?.on('data', (text: Buffer) => (said[fd] = said[fd]! + text.toString())));
  return {
    stdout: () => said[1]!,
    stderr: () => said[2]!,
    /** Ctrl-C in its terminal. */
    interrupt: () => process.kill(-shell.pid!, 'SIGINT'),
    ended: once(shell, 'close'),
    kill: () => {
      try {
        process.kill(-shell.pid!, 'SIGKILL');
      } catch {
        // it has ended
      }
    },
  };
};

const decided = async (connection: Connection) =>
  (await query(connection, 'select count(*)::int as n from market_data where decision is not null'))[0]!['n'] as number;

describe('bin/bot run whose log cannot be written', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-deaf-'));
  const config = writeConfig(folder);
  after(() => rmSync(folder, { recursive: true, force: true }));

  const ways: readonly (readonly [what: string, pipeline: string, lines: number])[] = [
    ['once its reader has gone (bin/bot run | head -1)', `"$BOT" ${RUN} | head -1`, 1],
    ...(existsSync('/dev/full')
      ? [['from the start (its disk is full)', `"$BOT" ${RUN} > /dev/full`, 0] as const]
      : []),
  ];
  it('goes on and decides, says so on stderr, and stops in order', async () => {
    await Promise.all(
      ways.map(async ([what, pipeline, lines]) => {
        const database = await migratedDatabase();
        const shell = inShell(pipeline, { CONFIG: config, DATABASE_URL: urlOf(database.connection) });
        try {
          await until(`it decides: ${what}`, async () => (await decided(database.connection)) > 0, 40_000);
          const before = await decided(database.connection);
          await until(`it goes on: ${what}`, async () => (await decided(database.connection)) > before + 6);
          shell.interrupt();
          await shell.ended;
          expect(shell.stdout().split('\n').length - 1, what).to.equal(lines);
          const [first, last, ...others] = shell.stderr().split('\n');
          expect(first, what).to.match(
            /^bot: lines of the log cannot be written and are lost \(1 so far\); everything else goes on$/,
          );
          expect(last, what).to.match(/^bot: lines of the log that were lost: \d+$/);
          expect(others, what).to.deep.equal(['']);
          const [{ stopped }] = (await query(
            database.connection,
            'select count(*) filter (where stopped_at is not null)::int as stopped from process_state',
          )) as [{ stopped: number }];
          expect(stopped, what).to.equal(2);
        } finally {
          shell.kill();
          await shell.ended;
          await database.drop();
        }
      }),
    );
  });
});
