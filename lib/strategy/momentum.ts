import type { Strategy } from './condition.js';
import { CONDITIONS } from './conditions/index.js';

/** The momentum strategy (semantics §4). */
export const MOMENTUM = { name: 'momentum', conditions: CONDITIONS } as const satisfies Strategy;
