// Rewrites migrations/schema.sql from a database that the migrations have just made. A test
// compares the two.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from 'tsx/esm/api';

register();
const { openDatabase } = await import('../lib/world/database/index.ts');
const { migrate } = await import('../lib/world/store/migrate.ts');
const { openMigrationOrm } = await import('../lib/world/store/migrate.ts');
const { dumpSchema } = await import('../lib/world/store/schema.ts');

const dataDir = mkdtempSync(join(tmpdir(), 'crypto-bot-schema-'));
const { connection, close } = await openDatabase({ connectionString: 'embedded', dataDir });
try {
  await migrate(connection);
  const orm = await openMigrationOrm(connection, { poolSize: 1, statementTimeoutMs: 60_000 });
  writeFileSync(new URL('../migrations/schema.sql', import.meta.url), await dumpSchema(orm));
  await orm.close(true);
} finally {
  await close();
  rmSync(dataDir, { recursive: true, force: true });
}
