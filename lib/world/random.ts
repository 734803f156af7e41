import { randomBytes } from 'node:crypto';

/** `bytes` random bytes in hexadecimal, fit for passwords and names that nobody may guess. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

/** A number drawn evenly from 0 up to, but not including, 1. */
export const randomFraction = (): number => Math.random();
