// Whether the processes of a live run that belong to this machine or container are at work, for a container's health check:
// node scripts/heartbeat.mjs [scanner] [positions]. Ends with 0 if each of them has told of itself lately, else with 1.
import { hostname } from 'node:os';
import pg from 'pg';

const SILENT_SECONDS = 150; // as long as "bot status" takes a process for alive
const PATIENCE_MS = 5_000;

const named = process.argv.slice(2);
const roles = named.length > 0 ? named : ['scanner', 'positions'];
const url = process.env['DATABASE_URL'] ?? '';
// sslmode means what it means to the bot
const connectionString =
  url.includes('sslmode=') && !url.includes('uselibpqcompat=') ? `${url}&uselibpqcompat=true` : url;

const silentSeconds = async () => {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: PATIENCE_MS,
    query_timeout: PATIENCE_MS,
    application_name: 'crypto-bot health',
  });
  client.on('error', () => undefined); // the query says it
  try {
    await client.connect();
    const { rows } = await client.query(
      'select role, extract(epoch from now() - heartbeat_at)::float8 as silent from process_state where host = $1',
      [hostname()],
    );
    return new Map(rows.map(({ role, silent }) => [role, silent]));
  } finally {
    await client.end().catch(() => undefined);
  }
};

try {
  const silent = await silentSeconds();
  const troubles = roles.flatMap(role => {
    const seconds = silent.get(role);
    if (seconds === undefined) return [`${role} has never told of itself`];
    return seconds > SILENT_SECONDS ? [`${role} has been silent for ${Math.round(seconds)} s`] : [];
  });
  console.log(troubles.join('; ') || `${roles.join(' and ')} at work`);
  process.exitCode = troubles.length > 0 ? 1 : 0;
} catch (error) {
  // the driver's text may hold parts of the URL: its code does not
  console.log(`the database does not answer (${error.code ?? error.name})`);
  process.exitCode = 1;
}
