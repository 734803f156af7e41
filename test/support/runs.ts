/**
 * How many cases a law is tried on: `runs` in `npm test`, or that many times what TEST_RUNS says
 * (`TEST_RUNS=10 npm test`).
 */
export const casesOf = (runs: number): number => Math.ceil(runs * Number(process.env['TEST_RUNS'] ?? 1));
