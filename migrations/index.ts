import { Migration20261122000000 } from './migration-20261122000000.js';
import { Migration20261122200000 } from './migration-20261122200000.js';
import { Migration20261122210000 } from './migration-20261122210000.js';
import { Migration20261123000000 } from './migration-20261123000000.js';
import { Migration20261123010000 } from './migration-20261123010000.js';
import { Migration20261123030000 } from './migration-20261123030000.js';
import { Migration20261123030100 } from './migration-20261123030100.js';
import { Migration20261123030200 } from './migration-20261123030200.js';
import { Migration20261123030300 } from './migration-20261123030300.js';
import { Migration20261123030500 } from './migration-20261123030500.js';
import { Migration20261123030600 } from './migration-20261123030600.js';
import { Migration20261123030700 } from './migration-20261123030700.js';
import { Migration20261123030800 } from './migration-20261123030800.js';
import { Migration20261123040000 } from './migration-20261123040000.js';
import { Migration20261130120000 } from './migration-20261130120000.js';
import { Migration20261130130000 } from './migration-20261130130000.js';
import { Migration20261130140000 } from './migration-20261130140000.js';
import { Migration20261130150000 } from './migration-20261130150000.js';
import { Migration20261130161500 } from './migration-20261130161500.js';

/** Every migration, oldest first, as `names.ts` lists them. By hand, so that sources, compiled code and tests run the same ones. */
export const migrations = [
  { name: 'Migration20261122000000', class: Migration20261122000000 },
  { name: 'Migration20261122200000', class: Migration20261122200000 },
  { name: 'Migration20261122210000', class: Migration20261122210000 },
  { name: 'Migration20261123000000', class: Migration20261123000000 },
  { name: 'Migration20261123010000', class: Migration20261123010000 },
  { name: 'Migration20261123030000', class: Migration20261123030000 },
  { name: 'Migration20261123030100', class: Migration20261123030100 },
  { name: 'Migration20261123030200', class: Migration20261123030200 },
  { name: 'Migration20261123030300', class: Migration20261123030300 },
  { name: 'Migration20261123030500', class: Migration20261123030500 },
  { name: 'Migration20261123030600', class: Migration20261123030600 },
  { name: 'Migration20261123030700', class: Migration20261123030700 },
  { name: 'Migration20261123030800', class: Migration20261123030800 },
  { name: 'Migration20261123040000', class: Migration20261123040000 },
  { name: 'Migration20261130120000', class: Migration20261130120000 },
  { name: 'Migration20261130130000', class: Migration20261130130000 },
  { name: 'Migration20261130140000', class: Migration20261130140000 },
  { name: 'Migration20261130150000', class: Migration20261130150000 },
  { name: 'Migration20261130161500', class: Migration20261130161500 },
];
