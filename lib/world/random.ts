import { randomBytes } from 'node:crypto';

/** `bytes` random bytes in hexadecimal, suitable for passwords and unguessable names. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** A uniform random number from 0 up to, but not including, 1. */
export const randomFraction = (): number => Math.random();
