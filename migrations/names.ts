/** The names of all migrations, oldest first: whether a database is up to date can be told without loading them. */
export const MIGRATION_NAMES: readonly string[] = [
  'Migration20261122000000',
  'Migration20261122200000',
  'Migration20261122210000',
  'Migration20261123000000',
  'Migration20261123010000',
  'Migration20261123030000',
  'Migration20261123030100',
  'Migration20261123030200',
  'Migration20261123030300',
  'Migration20261123030500',
  'Migration20261123030600',
  'Migration20261123030700',
  'Migration20261123030800',
  'Migration20261123040000',
  'Migration20261130120000',
  'Migration20261130130000',
];
