import { UserError } from '../errors.js';

/** The proxies of requests, by the scheme of the address; empty without one. */
export interface Proxies {
  /** URLs. Requests to https addresses use `http` if `https` is empty. */
  readonly http: string;
  readonly https: string;
  /** Hosts that are reached directly, separated by commas; * for all. */
  readonly direct: string;
}

/** This machine is always reached directly: no proxy can reach its simulator. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const SCHEMES = ['http:', 'https:'];

type Environment = Readonly<Record<string, string | undefined>>;

/** A variable whose name may also be lower case, which takes precedence, as in curl. */
const variable = (environment: Environment, name: string): readonly [name: string, value: string] => {
  const small = name.toLowerCase();
  return environment[small] ? [small, environment[small]] : [name, environment[name] ?? ''];
};

const decodes = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** Throws `UserError` without showing the value, which may hold a password. */
const readUrl = ([name, value]: readonly [string, string]): string => {
  if (value === '') return '';
  const refuse = (found: string) =>
    new UserError([
      `${name}: found ${found}, expected the URL of a proxy as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT`,
    ]);
  const text = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(text)) throw refuse('no URL');
  const { protocol, username, password, href } = new URL(text);
  if (!SCHEMES.includes(protocol)) throw refuse(`the scheme ${protocol.slice(0, -1)}`);
  if (![username, password].every(decodes)) throw refuse('a user or password that is not URL-encoded (% is %25)');
  return href;
};

/**
 * Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Throws `UserError` if one is not the URL of a proxy.
 */
export const readProxies = (environment: Environment): Proxies => {
  const [, none] = variable(environment, 'NO_PROXY');
  const hosts = none.split(/[\s,]+/).filter(host => host !== '');
  return {
    http: readUrl(variable(environment, 'HTTP_PROXY')),
    https: readUrl(variable(environment, 'HTTPS_PROXY')),
    direct: hosts.includes('*') ? '*' : [...hosts, ...LOOPBACK].join(','),
  };
};

/** The values of these variables that must never be shown: URLs with a password. */
export const proxySecrets = (environment: Environment): readonly string[] =>
  ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].flatMap(name => {
    const value = environment[name];
    return value?.includes('@') ? [value.includes('://') ? value : `http://${value}`] : [];
  });
