/** The environment's variables, as they are now. */
export const environment = (): Readonly<Record<string, string | undefined>> => process.env;
