import type { Connection } from '../../../../lib/world/database/index.js';
import { takeRole, type Role } from '../../../../lib/world/store/live/roles.js';

// Takes a role, says so, and lives on until it is killed.
const { connection, role } = JSON.parse(process.argv[2]!) as { connection: Connection; role: Role };
await takeRole(connection, role);
process.stdout.write('taken');
