const ERROR = 50;
/** What Node prints around an uncaught error. */
const NOISE = /^\s*(?:at .*|\^+|Node\.js v[\d.]+|\w+:\/\/.*:\d+|node:.*:\d+)?\s*$/;
const NAMED = /^(?:\w*error|fatal|FATAL)\b[^:]*:/i;
const MAX_LINES = 10;

/** The last error output of a process, collected from its lines. */
export interface LastWords {
  hear(line: string, from: 'stdout' | 'stderr'): void;
  /**
   * The last line that names an error (all of them where several are `error:` lines in a row), else
   * the last on stderr.
   */
  said(): string;
}

const ofRecord = (line: string): string | null => {
  try {
    const { level, msg, err } = JSON.parse(line) as { level?: unknown; msg?: unknown; err?: { message?: unknown } };
    if (typeof level !== 'number' || level < ERROR || typeof msg !== 'string') return null;
    return typeof err?.message === 'string' ? `${msg}: ${err.message}` : msg;
  } catch {
    return null;
  }
};

/** Follows the output of a process for the line that explains its end. */
export const lastWords = (): LastWords => {
  let named: string[] = [];
  let following = false;
  let last = '';
  const name = (text: string) => {
    named = following ? [...named, text].slice(-MAX_LINES) : [text];
  };
  return {
    hear: (line, from) => {
      if (line.startsWith('{')) {
        const text = ofRecord(line);
        if (text !== null) named = [text];
        following = false;
        return;
      }
      if (from === 'stdout' || NOISE.test(line)) return;
      last = line.trim();
      if (NAMED.test(last)) name(last.replace(/^error:\s*/, ''));
      following = last.startsWith('error:');
    },
    said: () => (named.length > 0 ? named.join(' / ') : last),
  };
};
