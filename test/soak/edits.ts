import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { redactor } from '../../lib/ops/redact.js';
import { openEmbedded } from '../../lib/world/database/embedded.js';
import { endRun, LIVELY, startRun, writeConfig } from '../bin/live-run.js';
import { query } from '../world/store/fixtures.js';
import { badEdits } from './broken-configurations.js';
import { brokenIn } from './checks.js';

export interface EditsOptions {
  /** So many that are refused, then so many that are not. */
  readonly edits: number;
  readonly seed: number;
  readonly speed: number;
  readonly say?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** What came of them. */
export interface Edits {
  readonly refused: number;
  readonly accepted: number;
  /**
   * By how many tapes the scanner was late with an edit, at most: 1 is the one that was under way.
   */
  readonly maxTapesLate: number;
  readonly wrong: readonly string[];
}

const SYMBOLS = ['BTC/USD', 'ETH/USD'];
const ROLES = ['scanner', 'positions'] as const;
/** The file is looked at each second, and counts when it was the same twice. */
const asLogged = redactor([]);
const TIMEOUT_MS = 30_000;
const POLL_INTERVAL_MS = 100;

/** Keys that are taken over while it runs, and a value of each that no edit before had. */
const HOT: readonly (readonly [key: string, valueOf: (n: number) => unknown])[] = [
  ['risk_management.cooldown_minutes', n => 3 + n],
  ['momentum_strategy.volume.factor', n => 0.5 + n / 1_000],
  ['risk_management.stop_loss_percentage', n => 0.4 + n / 1_000],
  ['momentum_strategy.rsi.overbought', n => 80 + n / 100],
  ['filtering.min_daily_volume', n => 1_000 + n],
  ['risk_management.max_position_size_percentage', n => 5 + n / 1_000],
  ['application.snapshot_interval_seconds', n => 300 + n],
  ['costs.taker_fee_percentage', n => 0.4 + n / 10_000],
  ['momentum_strategy.roc.thresholds', n => [0.02 + n / 10_000, 0.02]],
  ['risk_management.trailing_stop.offset_percentage', n => 0.2 + n / 1_000],
];

const put = (document: Record<string, unknown>, key: string, value: unknown): void => {
  const parts = key.split('.');
  const last = parts.pop()!;
  let node = document;
  for (const part of parts) node = (node[part] ??= {}) as Record<string, unknown>;
  node[last] = value;
};

/**
 * Of each version that was taken over: tapes that were stored afterwards and went by an older one.
 */
const LATE = (id: number, at: string): string => `
  select count(*)::int as count from (
    select timestamp from market_data where decision is not null and received_at > '${at}' group by timestamp
    having min(configuration_id) < ${id}) as tape`;
/**
 * Minutes that were decided by two configurations, and those by an older one than the minute
 * before.
 */
const MIXED = `
  select (count(*) filter (where first <> last) + count(*) filter (where first < before))::int as count from (
    select min(configuration_id) as first, max(configuration_id) as last, lag(max(configuration_id)) over (order by timestamp) as before
    from market_data where decision is not null group by timestamp) as minute`;

/**
 * Edits the configuration of a bot that runs: first so that it has to refuse, which must say why
 * and change nothing, then so that it has to follow, which both processes must do from the next
 * tape on.
 */
export const editWhileRunning = async ({ edits, seed, speed, say, signal }: EditsOptions): Promise<Edits> => {
  const folder = mkdtempSync(join(tmpdir(), 'crypto-bot-edits-'));
  const dataDir = join(folder, 'data');
  const file = writeConfig(folder);
  const run = startRun(
    ['--config', file, '--simulate', '--speed', String(speed), '--no-limits', '--symbols', SYMBOLS.join()],
    { env: { BOT_DATA_DIR: dataDir }, cwd: folder },
  );
  const lines: { readonly name: string; readonly msg: string; readonly time: string }[] = [];
  let text = '';
  run.process.stdout!.on('data', (part: string) => {
    const parts = (text + part).split('\n');
    text = parts.pop()!;
    for (const line of parts) if (line.startsWith('{')) lines.push(JSON.parse(line) as (typeof lines)[number]);
  });
  const wrong: string[] = [];
  const within = async <T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> => {
    for (const deadline = performance.now() + TIMEOUT_MS; performance.now() < deadline;) {
      signal?.throwIfAborted();
      const found = await ask();
      if (found !== undefined && found !== false) return found;
      await pause(POLL_INTERVAL_MS);
    }
    return undefined;
  };
  if (!(await within(() => lines.some(({ msg }) => msg.startsWith('simulated Kraken on')))))
    throw new Error('the bot does not start');
  const database = await openEmbedded({ dataDir: join(dataDir, 'simulated-1') });
  const rows = (sql: string) => query(database.connection, sql);
  const one = async (sql: string) => (await rows(sql))[0]!;
  /** When each process logged it, once both have. */
  const told = (from: number, found: (msg: string) => boolean) =>
    within(() => {
      const said = ROLES.map(role => lines.slice(from).find(({ name, msg }) => name === role && found(msg)));
      return said.every(line => line !== undefined) ? said.map(line => line.time) : undefined;
    });
  const versions = async () =>
    Object.fromEntries(
      (await rows(`select role, (counters->>'configuration')::int as id from process_state`)).map(({ role, id }) => [
        role as string,
        id as number,
      ]),
    );
  const newest = () => one('select id, status, problems from configuration_history order by id desc limit 1');
  const counted = async (sql: string) => (await one(sql))['count'] as number;
  const decidedBy = (id: number) =>
    counted(`select count(*)::int as count from market_data where decision is not null and configuration_id = ${id}`);

  let [refused, accepted, maxTapesLate] = [0, 0, 0];
  try {
    await within(async () =>
      (await counted('select count(*)::int as count from market_data where decision is not null')) > 0
        ? true
        : undefined,
    );
    const { id: inForce } = (await newest()) as { id: number };

    for (const [n, { what, write, lines: expected }] of badEdits(edits, seed).entries()) {
      const from = lines.length;
      const decided = await decidedBy(inForce);
      write(file);
      const says = (line: string) => (expected instanceof RegExp ? expected.test(line) : line === expected[0]);
      const PREFIX = 'edit rejected, nothing changed: ';
      // a log shows no value of a key that may be secret, nor the password of an address, not even
      // in what is expected
      const isToldBy = (msg: string) =>
        expected instanceof RegExp
          ? msg.startsWith(PREFIX) && says(msg.slice(PREFIX.length))
          : msg === asLogged(PREFIX + expected[0]!);
      const both = await told(from, isToldBy);
      if (!both) {
        wrong.push(`${what}: not refused with ${String(expected)}`);
        continue;
      }
      refused++;
      const { status, problems } = await newest();
      if (status !== 'refused' || !says((problems as string[])[0]!))
        wrong.push(`${what}: not in the history as refused`);
      if (n % 10 === 9 || n === edits - 1)
        if (!(await within(async () => ((await decidedBy(inForce)) > decided ? true : undefined))))
          wrong.push(`${what}: nothing more is decided by what is in force`);
      if (n % 20 === 19) say?.(`${n + 1} bad edits, ${refused} refused, ${wrong.length} wrong`);
    }
    const others = await rows(`select distinct configuration_id as id from market_data where decision is not null`);
    if (others.some(({ id }) => id !== inForce)) wrong.push('a refused edit was decided by');
    for (const [role, id] of Object.entries(await versions())) if (id !== inForce) wrong.push(`${role} goes by ${id}`);

    const document = parse(LIVELY) as Record<string, unknown>;
    const times = new Map<number, string>();
    for (let n = 0; n < edits; n++) {
      const [key, valueOf] = HOT[n % HOT.length]!;
      put(document, key, valueOf(n));
      const from = lines.length;
      writeFileSync(file, JSON.stringify(document));
      const both = await told(from, msg => /^configuration \d+ is in force: /.test(msg) && msg.includes(key));
      if (!both) {
        wrong.push(`${key} = ${String(valueOf(n))}: not taken over`);
        continue;
      }
      const { id, status } = (await newest()) as { id: number; status: string };
      if (status !== 'accepted') wrong.push(`${key}: not in the history as accepted`);
      times.set(id, both[0]!);
      const isFollowed = async () => {
        const { scanner, positions } = await versions();
        return scanner === id && positions === id && (await decidedBy(id)) > 0 ? true : undefined;
      };
      if (await within(isFollowed)) accepted++;
      else wrong.push(`${key} = ${String(valueOf(n))}: not followed by both`);
      if (n % 20 === 19) say?.(`${n + 1} good edits, ${accepted} followed by both processes, ${wrong.length} wrong`);
    }
    for (const [id, at] of times) maxTapesLate = Math.max(maxTapesLate, await counted(LATE(id, at)));
    if (maxTapesLate > 1) wrong.push(`an edit took ${maxTapesLate} tapes until it was decided by`);
    const mixed = await counted(MIXED);
    if (mixed > 0) wrong.push(`${mixed} minutes were decided by two configurations, or by an older one again`);
    wrong.push(...(await brokenIn(rows)));
    return { refused, accepted, maxTapesLate, wrong };
  } finally {
    await endRun(run, 20_000);
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
