export { childEnvironment } from '../../ops/child-environment.js';
export type { ChildCommand } from './child.js';
export { exitOnFault } from './fault.js';
export { supervise, type SuperviseOptions, type SuperviseOutcome } from './supervise.js';
export { superviseeLink, type SuperviseeLink, type SuperviseeOptions } from './supervisee.js';
