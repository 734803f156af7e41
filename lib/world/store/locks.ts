/**
 * A key that differs between schemas, so that bots in two schemas never block each other; unchanged
 * in public.
 */
const inSchema = (key: number): string =>
  `(${key} # case current_schema() when 'public' then 0 else hashtext(current_schema()) end)`;

/**
 * First keys of the store's advisory locks, as SQL expressions: one for each purpose and schema.
 */
export const LOCKS = {
  migration: inSchema(7_340_001),
  run: inSchema(7_340_002),
  configuration: inSchema(7_340_003),
  liveRun: inSchema(7_340_004),
  role: inSchema(7_340_005),
  retention: inSchema(7_340_006),
} as const;
