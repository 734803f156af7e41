import type { Connection } from '../../../lib/world/database/index.js';
import { openStore, type RunStart } from '../../../lib/world/store/index.js';

// Starts a run, prints its id and lives on until it is killed.
const { connection, run } = JSON.parse(process.argv[2]!) as { connection: Connection; run: RunStart };
const store = await openStore(connection, { poolSize: 1 });
process.stdout.write(String((await store.startRun(run)).id));
