/** First keys of the advisory locks that the store takes, so that they never meet. */
export const LOCKS = {
  migration: 7_340_001,
  run: 7_340_002,
  configuration: 7_340_003,
  liveRun: 7_340_004,
  role: 7_340_005,
  retention: 7_340_006,
} as const;
