/**
 * The parts of a database URL, or null if it is none. A host may be missing behind the user
 * (`user@/database?host=/socket`).
 */
export const databaseUrl = (text: string): URL | null => {
  const whole = text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?]|$)/, '$1localhost');
  if (!/^postgres(ql)?:\/\/[^\s#]*$/.test(whole) || !URL.canParse(whole)) return null;
  const url = new URL(whole);
  if (whole !== text) url.searchParams.set('host', url.searchParams.get('host') ?? 'localhost');
  return url;
};
