import type { Connection } from '../../../lib/world/database/index.js';
import { retain, type RetainOrder } from '../../../lib/world/archive/retain.js';

// Drops old months, as a process that can be killed.
const [connection, order] = process.argv.slice(2).map(text => JSON.parse(text) as unknown);
const { months } = await retain(connection as Connection, order as RetainOrder);
process.stdout.write(JSON.stringify(months));
