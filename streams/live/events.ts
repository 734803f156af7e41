import type { ContactEvent } from '../../lib/market-data/positions-events.js';
import type { DirectoryStep } from './directory.js';
import type { DiskEvent, RetainedEvent } from './housekeeping.js';
import type { RecoverEvent } from './recover.js';
import type { SessionEvent } from './session.js';

/** All events of a live scanner. */
export type ScannerEvent =
  | ({ readonly kind: 'directory' } & DirectoryStep)
  | ContactEvent
  | RecoverEvent
  | SessionEvent
  | DiskEvent
  | RetainedEvent;
