/** The current environment variables. */
export const environment = (): Readonly<Record<string, string | undefined>> => process.env;

/**
 * Replaces all variables whose names have this prefix, for libraries that read the environment by
 * themselves.
 */
export const replaceVariables = (prefix: string, by: Readonly<Record<string, string>>): void => {
  for (const name of Object.keys(process.env)) if (name.startsWith(prefix)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, by);
};
