import { elapsed } from '../../lib/world/clock.js';
import type { ScannerPorts } from '../../lib/market-data/ports.js';
import type { Heartbeat, LiveStore, Role } from '../../lib/world/store/live/index.js';
import type { Persistent } from '../../lib/world/store/persistent.js';
import type { SuperviseeLink } from '../../lib/world/supervisor/index.js';
import { heartbeat, type HeartbeatOptions } from '../../streams/sinks/heartbeat.js';
import { withSettings } from '../../streams/with-settings.js';

/** Where a health is reported. */
interface HealthSinks {
  readonly role: Role;
  readonly codeVersion: string;
  readonly stored: Persistent;
  readonly settings$: ScannerPorts['settings$'];
  readonly live: Pick<LiveStore, 'beat'>;
  readonly link: Pick<SuperviseeLink, 'beat'>;
  readonly run: { readonly id: number };
}

/**
 * How events become heartbeats. `describe` turns a health into the figures of one, under a
 * configuration.
 */
type HealthOptions<E, H> = Pick<HeartbeatOptions<E, H>, 'start' | 'after' | 'isNews'> & {
  readonly describe: (health: H, configurationId: number) => Pick<Heartbeat, 'lagMs' | 'counters'>;
};

/**
 * Writes the health of a process to the database and reports it to the supervisor. Each error is
 * reported once.
 */
export const reportHealth = <E, H extends { readonly error: string | null }>(
  { role, codeVersion, stored, settings$, live, link, run }: HealthSinks,
  { describe, ...options }: HealthOptions<E, H>,
) =>
  heartbeat({
    ...options,
    reported: health => ({ ...health, error: null }),
    beat: health =>
      withSettings(settings$, async ({ configurationId }) => {
        const { error } = health;
        const report = { role, codeVersion, runId: run.id, error, ...describe(health, configurationId) };
        await stored(`writing the heartbeat of the ${role} process`, () => live.beat(report));
        link.beat();
      }),
    elapsed,
  });
