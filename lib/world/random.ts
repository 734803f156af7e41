import { randomBytes } from 'node:crypto';

/** `bytes` random bytes in hexadecimal, fit for passwords and names that nobody may guess. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');
