const HANDED_ON =
  /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TMPDIR|TEMP|TMP|SystemRoot|DATABASE_URL|BOT_\w+|NODE_ENV|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_COMPILE_CACHE|SSL_CERT_\w+|XDG_\w+|(?:HTTPS?|NO)_PROXY|(?:https?|no)_proxy)$/;

/**
 * Environment of a child process: the variables that the bot uses, no other secrets, and UTC as the
 * time zone.
 */
export const childEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => HANDED_ON.test(entry[0]) && entry[1] !== undefined,
    ),
  ),
  TZ: 'UTC',
});
