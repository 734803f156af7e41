import type { Connection } from '../../../lib/world/database/index.js';
import { migrate } from '../../../lib/world/store/migrate.js';

// Migrates and prints what it applied.
process.stdout.write(JSON.stringify(await migrate(JSON.parse(process.argv[2]!) as Connection)));
