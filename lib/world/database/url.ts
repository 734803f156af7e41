import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { databaseUrl } from '../../database-url.js';
import { UserError } from '../../errors.js';
import { codeOf, type Connection, type Tls } from './connection.js';

const ownName = (): string => {
  try {
    return userInfo().username;
  } catch {
    return ''; // this user has no name
  }
};

/** The form of a database URL. */
export const FORM = 'postgres://user:password@host:5432/database';

/**
 * Address of a database, and the ways of encryption that are tried in turn until the server accepts
 * one.
 */
export interface Target {
  readonly connection: Connection;
  readonly tls: readonly (false | Tls)[];
}

const MODES = ['disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca', 'verify-full'] as const;
type Mode = (typeof MODES)[number];

/** Supported parameters, and those of other clients that change no result. */
const MEANT = ['host', 'port', 'user', 'password', 'dbname', 'options'];
const OF_TLS = ['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword'];
const IDLE =
  /^(application_name|fallback_application_name|client_encoding|connect_timeout|keepalives\w*|tcp_user_timeout|target_session_attrs|load_balance_hosts|gssencmode|krbsrvname|channel_binding|sslcompression|sslsni|uselibpqcompat)$/;

const malformed = (): UserError =>
  new UserError([
    'The database URL (DATABASE_URL or database.connection_string) is invalid. It is not shown, as it may hold a password.',
    `Expected: ${FORM}, or: embedded`,
    'Write these characters of the password as codes: @ %40, # %23, / %2F, ? %3F, % %25, : %3A',
  ]);

const wrongParameter = (text: string, expected: string): UserError =>
  new UserError([`The database URL contains ${text}.`, `Expected: ${expected}`]);

/**
 * A raw @, # or / in a password moves parts of it into other parts of the URL, and from there into
 * messages.
 */
const isSound = (text: string): boolean => /^[^/?#]*(\/[^/?#@]*)?(\?[^#@]*)?$/.test(text.replace(/^\w+:\/\//, ''));

const fileAt = (name: string, path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError([
      `The database URL names ${name}=${path}, which cannot be read (${codeOf(error)}).`,
      'Expected: a file of certificates or a key in PEM.',
    ]);
  }
};

const modeOf = (parameters: ReadonlyMap<string, string>): Mode => {
  const mode = parameters.get('sslmode');
  const ssl = parameters.get('ssl') ?? '0';
  if (mode !== undefined) {
    if (!MODES.some(each => each === mode)) throw wrongParameter(`sslmode=${mode}`, `sslmode=${MODES.join(' | ')}`);
    return mode as Mode;
  }
  if (/^(0|false)$/.test(ssl))
    return ['sslrootcert', 'sslcert', 'sslkey'].some(name => parameters.has(name)) ? 'verify-full' : 'disable';
  if (/^(1|true)$/.test(ssl)) return 'verify-full';
  if (ssl === 'no-verify') return ssl;
  throw wrongParameter(`ssl=${ssl}`, 'ssl=true or ssl=false, or better sslmode=require');
};

/**
 * Each mode has the same meaning as for every other client of PostgreSQL; `no-verify` is Node's
 * name for `require`.
 */
const tlsOf = (parameters: ReadonlyMap<string, string>, host: string): Target['tls'] => {
  const mode = modeOf(parameters);
  if (host.startsWith('/')) return [false]; // nothing is encrypted on a Unix socket
  const given = (name: string, as: string) =>
    parameters.has(name) ? { [as]: fileAt(name, parameters.get(name)!) } : {};
  const files: Tls = {
    ...given('sslrootcert', 'ca'),
    ...given('sslcert', 'cert'),
    ...given('sslkey', 'key'),
    ...(parameters.has('sslpassword') && { passphrase: parameters.get('sslpassword')! }),
  };
  const unverified: Tls = { ...files, rejectUnauthorized: false };
  if (mode === 'disable') return [false];
  if (mode === 'allow') return [false, unverified];
  if (mode === 'prefer') return [unverified, false];
  if (mode === 'verify-full') return [files];
  if (files.ca !== undefined && mode !== 'no-verify') return [{ ...files, checksHost: false }];
  if (mode !== 'verify-ca') return [unverified];
  throw new UserError([
    'The database URL says sslmode=verify-ca, which needs sslrootcert=FILE, or sslmode=verify-full.',
  ]);
};

/**
 * The settings in `options`: -c name=value, or --name=value; a blank in a value is escaped by a
 * backslash.
 */
const settingsOf = (options: string): Readonly<Record<string, string>> => {
  const words = (options.match(/(?:\\.|[^\s\\])+/g) ?? []).map(word => word.replace(/\\(.)/g, '$1'));
  const settings: Record<string, string> = {};
  for (let at = 0; at < words.length; at++) {
    const word = words[at] === '-c' ? `-c${words[++at] ?? ''}` : words[at]!;
    const [, name, value] = /^(?:-c|--)([A-Za-z_][\w.-]*)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || value === undefined)
      throw wrongParameter(`options=${options}`, 'options=-c name=value, as options=-c%20search_path%3Dcrypto');
    settings[name.replaceAll('-', '_').toLowerCase()] = value;
  }
  return settings;
};

/**
 * The content of a database URL. No other source counts: no environment variable, no password file.
 * Throws `UserError`, which shows neither the URL nor its password, if it is invalid or has an
 * unknown parameter.
 */
export const parseUrl = (text: string): Target => {
  const url = isSound(text) ? databaseUrl(text) : null;
  if (!url) throw malformed();
  const parameters = new Map(url.searchParams);
  for (const name of parameters.keys())
    if (![...MEANT, ...OF_TLS].includes(name) && !IDLE.test(name))
      throw wrongParameter(`the unknown parameter ${name}`, `one of ${[...MEANT, ...OF_TLS].join(', ')}`);
  const decoded = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      throw malformed();
    }
  };
  const user = parameters.get('user') ?? (decoded(url.username) || ownName());
  const host = (parameters.get('host') || decoded(url.hostname) || 'localhost').replace(/^\[(.*)\]$/, '$1');
  const port = Number(parameters.get('port') ?? (url.port || 5432));
  if (!Number.isInteger(port) || port < 1 || port > 65_535 || host.includes(',') || user === '') throw malformed();
  const options = parameters.get('options') ?? '';
  return {
    connection: {
      host,
      port,
      user,
      password: parameters.get('password') ?? decoded(url.password),
      database: parameters.get('dbname') ?? (decoded(url.pathname.slice(1)) || user),
      ...(options.trim() !== '' && { settings: settingsOf(options) }),
    },
    tls: tlsOf(parameters, host),
  };
};

/** The host and the port of a database URL. Throws `UserError` as `parseUrl` does. */
export const serverOf = (url: string): Pick<Connection, 'host' | 'port'> => parseUrl(url).connection;
