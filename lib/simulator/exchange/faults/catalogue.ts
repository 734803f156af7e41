import { UserError } from '../../../errors.js';
import { ENDPOINT_NAMES } from '../endpoints.js';
import type { Fault, Kind } from './fault.js';
import { REPLY_FAULTS } from './replies.js';
import { RESULT_FAULTS } from './results.js';
import { VIEW_FAULTS } from './views.js';

const CATALOGUE: Readonly<Record<string, Kind>> = { ...VIEW_FAULTS, ...RESULT_FAULTS, ...REPLY_FAULTS };

/** The names of all kinds of faults. */
export const FAULT_KINDS: readonly string[] = Object.keys(CATALOGUE);

/** A kind by its name; `readFault` lets no other name pass. */
export const kindOf = ({ kind }: Fault): Kind => CATALOGUE[kind]!;

const number = (least: number, most = Infinity) => ({
  is: (value: unknown) => typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most,
  wants: most === Infinity ? `a number from ${least}` : `a number from ${least} to ${most}`,
});
const text = { is: (value: unknown) => typeof value === 'string', wants: 'a text' };
const choice = (values: readonly string[]) => ({
  is: (value: unknown) => values.includes(value as string),
  wants: `one of ${values.join(', ')}`,
});

const FORMS: Readonly<Record<keyof Fault, { is: (value: unknown) => boolean; wants: string }>> = {
  kind: choice(FAULT_KINDS),
  endpoint: choice(ENDPOINT_NAMES),
  pair: text,
  probability: number(0, 1),
  count: number(1),
  from: number(0),
  to: number(0),
  status: { is: value => text.is(value) || number(100, 599).is(value), wants: 'an HTTP status or a text' },
  text,
  milliseconds: number(-Infinity),
  bytes: number(0, 1024 ** 3),
  minutes: number(0, 100_000),
  factor: number(0),
  share: number(0, 1),
};

/** Times may be written as 2026-04-01T12:30:00Z. */
const timesRead = (given: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      (name === 'from' || name === 'to') && typeof value === 'string' ? Date.parse(value) : value,
    ]),
  );

/** Reads a fault from JSON. Throws `UserError` with all that is wrong with it. */
export const readFault = (given: unknown): Fault => {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new UserError(['a fault is an object such as {"kind":"http_error","status":503,"count":3}']);
  const fault = timesRead({ ...given });
  const wrong = Object.entries(fault).flatMap(([name, value]) => {
    const form = Object.hasOwn(FORMS, name) ? FORMS[name as keyof Fault] : null;
    if (!form) return `${name}: unknown, expected one of ${Object.keys(FORMS).join(', ')}`;
    return form.is(value) ? [] : `${name}: found ${JSON.stringify(value)}, expected ${form.wants}`;
  });
  if (!('kind' in fault)) wrong.unshift(`kind: missing, expected ${FORMS.kind.wants}`);
  if (wrong.length > 0) throw new UserError(wrong);
  const endpoints = kindOf(fault as unknown as Fault).endpoints;
  if (fault['endpoint'] !== undefined && endpoints && !(endpoints as readonly unknown[]).includes(fault['endpoint']))
    throw new UserError([`endpoint: ${String(fault['kind'])} happens at ${endpoints.join(', ')} only`]);
  return fault as unknown as Fault;
};
