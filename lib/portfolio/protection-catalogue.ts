import { crossChecksOf, type SettingsOf } from '../settings/fragment.js';
import type { Protection } from './protection.js';
import { declared } from './protections/index.js';

type Declared = (typeof declared)[number];

/** Why a protection rejects an opportunity. */
export type ProtectionReason = Declared['reason'];
/** The settings of all protections together. */
export type ProtectionSettings = SettingsOf<Declared>;

/** Every protection, in the order in which they are judged. */
export const PROTECTIONS: readonly Protection<ProtectionSettings, unknown, ProtectionReason>[] =
  declared as unknown as readonly Protection<ProtectionSettings, unknown, ProtectionReason>[];

/** Their reasons, in the same order. */
export const PROTECTION_REASONS: readonly ProtectionReason[] = declared.map(({ reason }) => reason);

/** What the protections refuse of a configuration although each key is valid by itself. */
export const protectionCrossChecks = crossChecksOf<Declared>(declared);
