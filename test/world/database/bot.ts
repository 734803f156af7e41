import { createInterface } from 'node:readline';
import { UserError } from '../../../lib/errors.js';
import { withClient } from '../../../lib/world/database/connection.js';
import { openEmbedded } from '../../../lib/world/database/embedded.js';

// A process that uses the embedded database as the bot does: opens it, obeys one line at a time,
// answers each with a line of JSON.
const say = (answer: unknown) => process.stdout.write(`${JSON.stringify(answer)}\n`);

const { umask, ...options } = JSON.parse(process.argv[2] ?? '') as { dataDir: string; umask?: number };
if (umask !== undefined) process.umask(umask);

try {
  const database = await openEmbedded({ durable: false, ...options });
  say({ title: database.title, connection: database.connection, uid: process.getuid?.() });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'close') break;
    say(
      await withClient(database.connection, async client => (await client.query<Record<string, unknown>>(line)).rows),
    );
  }
  await database.close();
  process.stdin.destroy();
} catch (error) {
  say(error instanceof UserError ? { lines: error.lines, exitCode: error.exitCode } : { error: String(error) });
  process.exitCode = 1;
}
