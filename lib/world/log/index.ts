import bunyan from 'bunyan';
import { createColors } from 'picocolors';
import { readableLine } from '../../ops/line.js';
import { repeatLimiter, type Held, type HeldBefore } from '../../ops/limit.js';
import { LEVELS, type Fields, type Level, type Log, type Say } from '../../ops/log.js';
import { plain } from '../../ops/plain.js';
import { redactor } from '../../ops/redact.js';
import { REPEAT_KEY, repeatKeyOf } from '../../ops/repeat-key.js';
import { elapsed } from '../clock.js';
import { proxySecrets } from '../../exchange/proxies.js';
import { environment } from '../environment.js';
import { fileOutput, type FileRules } from './file.js';
import { streamOutput, type Output } from './output.js';

/** Options of `openLog`. */
export interface LogOptions {
  /** Source of the lines: `scanner`, `positions`, `bot`. */
  readonly name: string;
  readonly level: Level;
  /** Secrets that no line may show, in any spelling. */
  readonly secrets?: readonly string[];
  /** Destination of the lines; default stdout. */
  readonly stream?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Destination of the message that lines were lost; default stderr. */
  readonly complaints?: NodeJS.WritableStream;
  /**
   * A file to write to instead: 5 files of 20 MB at most; `stream` takes the lines that the file
   * cannot.
   */
  readonly file?: string;
  readonly fileRules?: FileRules;
  /**
   * Whether another log relays these lines (`relay`): they then carry their repeat counts for it.
   */
  readonly relayed?: boolean;
  /** A clock in milliseconds that never jumps. */
  readonly elapsedMs?: () => number;
}

/** An open log: its owner controls it, everyone else gets it as a `Log`. */
export interface OpenLog extends Log {
  /** From now on lines below this level are left out, including those of children of this log. */
  setLevel(level: Level): void;
  /** Hides one more secret, as a password generated after the start. */
  keepSecret(secret: string): void;
  /**
   * Relays a line that another process wrote: a bunyan record as it is (readable on a terminal),
   * anything else as text of this level from `child`. Repeated warnings and texts count as
   * repetitions here too.
   */
  relay(child: string, line: string, level: Level): void;
  /** The number of lines lost since the log was opened. */
  dropped(): number;
  /** Logs the suppressed repetitions, so that the next line can be the last one. */
  flushRepeats(): void;
  /**
   * Logs the suppressed repetitions and waits, for a second at most, until everything is written.
   */
  close(): Promise<void>;
}

const REPEAT_MS = 60_000;
const DUE_EVERY_MS = 5_000;
const COMPLAIN_EVERY_MS = 3_600_000;
/** Set by bunyan itself. */
const RESERVED = new Set(['name', 'hostname', 'pid', 'level', 'time', 'msg', 'v']);

interface Line {
  readonly level: Level;
  readonly fields: Fields;
  readonly text: string;
  readonly emit: (fields: Fields, text: string) => void;
}

const recordOf = (line: string): (Fields & { readonly level: number; readonly msg: string }) | null => {
  if (!line.startsWith('{')) return null;
  try {
    const found = JSON.parse(line) as { level?: unknown; msg?: unknown };
    return typeof found.level === 'number' && typeof found.msg === 'string'
      ? (found as Fields & { level: number; msg: string })
      : null;
  } catch {
    return null;
  }
};

const withoutKey = (record: Fields): Fields =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== REPEAT_KEY));

/** How a line reports its repetitions. */
const REPEATED = / \(repeated (\d+) times?(?:, for (\d+) markets)?\)$/;

const again = (text: string, { times, markets }: HeldBefore): string =>
  times > 0
    ? `${text} (repeated ${times} ${times === 1 ? 'time' : 'times'}${markets > 1 ? `, for ${markets} markets` : ''})`
    : text;

/** Opens a log: one JSON record a line, or readable lines where `stream` is a terminal. */
export const openLog = (options: LogOptions): OpenLog => {
  const { name, stream = process.stdout, file, elapsedMs = elapsed, relayed = false } = options;
  const readable = file === undefined && stream.isTTY === true;
  const colours = createColors(readable && !environment().NO_COLOR);
  const secrets = [...(options.secrets ?? []), ...proxySecrets(environment())];
  let redact = redactor(secrets);
  let least: number = LEVELS[options.level];
  let dropped = 0;
  let reportedDrops = 0;
  let complainAtMs = -Infinity;
  const aside = streamOutput(options.complaints ?? process.stderr, () => undefined);
  /**
   * Readers of the log cannot see in it that lines are lost: that is reported elsewhere, now and
   * then.
   */
  const lose = (): void => {
    dropped++;
    if (elapsedMs() < complainAtMs) return;
    complainAtMs = elapsedMs() + COMPLAIN_EVERY_MS;
    aside.write(
      `${name}: lines of the log cannot be written and are lost (${dropped} so far); everything else goes on\n`,
    );
  };
  const shown = streamOutput(stream, lose);
  const outputs: readonly Output[] =
    file === undefined ? [shown] : [fileOutput(file, elapsedMs, options.fileRules), shown];

  const put = (record: Fields): void => {
    let text: string;
    try {
      const visible = withoutKey(record);
      text = redact(readable ? readableLine(visible, colours) : JSON.stringify(relayed ? record : visible));
    } catch {
      dropped++;
      return;
    }
    if (!outputs.some(output => output.write(`${text}\n`))) lose();
  };
  const logger = bunyan.createLogger({
    name,
    streams: [{ type: 'raw', level: 'trace', stream: { write: put } as unknown as NodeJS.WritableStream }],
  });
  logger.on('error', () => dropped++);

  const limiter = repeatLimiter<Line>(REPEAT_MS);
  const sayHeld = (held: readonly Held<Line>[]): void =>
    held.forEach(each => each.last.emit(each.last.fields, again(each.last.text, each)));
  const say = (line: Line, key: string, before?: HeldBefore): void => {
    const { market } = line.fields;
    const held = limiter.admit(key, line, elapsedMs(), typeof market === 'string' ? market : undefined, before);
    if (held) sayHeld([held]);
  };

  const emitWith = (level: Level) => (fields: Fields, text: string) =>
    logger[level.toLowerCase() as Lowercase<Level>](fields, '%s', text);

  const logWith = (bound: Fields): Log => {
    const at = (level: Level): Say => {
      const emit = emitWith(level);
      return (first: Fields | string, second?: string) => {
        if (LEVELS[level] < least) return;
        try {
          const given = Object.entries({ ...bound, ...(typeof first === 'string' ? {} : first) });
          const named = Object.fromEntries(given.map(([key, value]) => [RESERVED.has(key) ? `${key}_` : key, value]));
          const fields = plain(named, redact) as Fields;
          const text = plain(typeof first === 'string' ? first : (second ?? ''), redact) as string;
          say({ level, fields, text, emit }, repeatKeyOf(LEVELS[level], fields, text));
        } catch {
          dropped++;
        }
      };
    };
    return {
      trace: at('TRACE'),
      debug: at('DEBUG'),
      info: at('INFO'),
      warn: at('WARN'),
      error: at('ERROR'),
      fatal: at('FATAL'),
      child: fields => logWith({ ...bound, ...fields }),
    };
  };

  const root = logWith({});
  const relay = (child: string, line: string, level: Level): void => {
    const record = recordOf(line);
    if (!record) {
      if (line.trim() !== '') root.child({ child })[level.toLowerCase() as Lowercase<Level>](line);
      return;
    }
    const emit = (fields: Fields, text: string) => put({ ...fields, msg: text });
    if (record.level < LEVELS.WARN) {
      emit(record, record.msg);
      return;
    }
    const text = record.msg.replace(REPEATED, '');
    const [, times = 0, markets = 0] = REPEATED.exec(record.msg) ?? [];
    const before = { times: Number(times), markets: Number(markets) };
    say({ level, fields: record, text, emit }, repeatKeyOf(record.level, record, text), before);
  };

  const timer = setInterval(() => {
    sayHeld(limiter.due(elapsedMs()));
    if (dropped > reportedDrops)
      root.warn({ repeatKey: 'log-dropped', dropped }, 'lines of this log were lost, as they could not be written');
    reportedDrops = dropped;
  }, DUE_EVERY_MS);
  timer.unref();

  return {
    ...root,
    setLevel: level => (least = LEVELS[level]),
    keepSecret: secret => {
      secrets.push(secret);
      redact = redactor(secrets);
    },
    relay,
    dropped: () => dropped,
    flushRepeats: () => sayHeld(limiter.rest()),
    close: async () => {
      clearInterval(timer);
      sayHeld(limiter.rest());
      await Promise.all(outputs.map(output => output.close()));
      if (dropped > 0) aside.write(`${name}: lines of the log that were lost: ${dropped}\n`);
      await aside.close();
    },
  };
};
