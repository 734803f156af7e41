/** Two bots in two schemas of one database are strangers to each other. The usual schema's keys are the bare ones. */
const inSchema = (key: number): string =>
  `(${key} # case current_schema() when 'public' then 0 else hashtext(current_schema()) end)`;

/** First keys of the advisory locks that the store takes, as SQL, so that they never meet: each is of the bot's own schema. */
export const LOCKS = {
  migration: inSchema(7_340_001),
  run: inSchema(7_340_002),
  configuration: inSchema(7_340_003),
  liveRun: inSchema(7_340_004),
  role: inSchema(7_340_005),
  retention: inSchema(7_340_006),
} as const;
