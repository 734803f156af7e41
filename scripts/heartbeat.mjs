// Whether the processes of a live run that belong to this machine or container are at work, for a
// container's health check: node scripts/heartbeat.mjs [scanner] [positions] [--config FILE]. Ends
// with 0 if each of them has reported lately, else with 1. The database is found as the bot finds
// it: DATABASE_URL, else the configuration (and BOT_DATA_DIR); none is started.
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { isBuilt } from './built.mjs';

const SILENT_SECONDS = 150; // as long as "bot status" takes a process for alive
const TIMEOUT_MS = 5_000;

const at = path => new URL(`../${path}`, import.meta.url);

/** A module of ours, compiled where it is up to date, as bin/bot does it. */
const load = async path => {
  const fresh = isBuilt();
  if (!fresh) (await import('tsx/esm/api')).register();
  return import(at(fresh ? `dist/${path}.js` : `${path}.ts`).href);
};

/** Where the database answers; null where an embedded one does not run. */
const connectionNow = async file => {
  const { runningDatabase } = await load('lib/world/database/index');
  const url = process.env['DATABASE_URL'];
  if (url !== undefined && url !== '' && url !== 'embedded')
    return runningDatabase({ connectionString: url, dataDir: '' }); // an edit of the file that is wrong makes nothing ill
  const { loadConfiguration } = await load('lib/world/config-file');
  return runningDatabase(loadConfiguration(file).settings.database);
};

const reportsIn = async connection => {
  const { connect } = await load('lib/world/database/connection');
  const client = await connect(connection, { title: 'crypto-bot health', answerMs: TIMEOUT_MS });
  try {
    const { rows } = await client.query(
      `select role, extract(epoch from now() - heartbeat_at)::float8 as silent, stopped_at as stopped, stop_reason as reason
       from process_state where host = $1`,
      [hostname()],
    );
    return new Map(rows.map(({ role, ...report }) => [role, report]));
  } finally {
    await client.end().catch(() => undefined);
  }
};

const troubleOf = (role, report) => {
  if (report === undefined) return `${role} has not reported yet`;
  const { silent, stopped, reason } = report;
  if (stopped !== null) return `${role} ended at ${stopped.toISOString().slice(0, 19)}Z: ${reason}`;
  return silent > SILENT_SECONDS ? `${role} has been silent for ${Math.round(silent)} s` : null;
};

const check = async ({ values, positionals }) => {
  const roles = positionals.length > 0 ? positionals : ['scanner', 'positions'];
  const connection = await connectionNow(values.config);
  if (connection === null) return 'the embedded database does not run, so no process is at work';
  const reports = await reportsIn(connection);
  const troubles = roles.map(role => troubleOf(role, reports.get(role))).filter(trouble => trouble !== null);
  if (troubles.length > 0) return troubles.join('; ');
  console.log(`${roles.join(' and ')} at work`);
  return null;
};

const argumentsGiven = () => {
  try {
    return parseArgs({ options: { config: { type: 'string' } }, allowPositionals: true });
  } catch ({ message }) {
    console.log(message);
    process.exit(2);
  }
};

const trouble = await check(argumentsGiven()).catch(({ lines, code, name }) =>
  // the driver's text may hold parts of the URL: its code does not
  Array.isArray(lines) ? lines.join(' ') : `the database does not answer (${code ?? name})`,
);
if (trouble !== null) {
  console.log(trouble);
  process.exitCode = 1;
}
