import { elapsed } from '../../lib/world/clock.js';
import type { Heartbeat } from '../../lib/world/store/live/index.js';
import { heartbeat, type HeartbeatOptions } from '../../streams/sinks/heartbeat.js';
import { withSettings } from '../../streams/with-settings.js';
import type { RunWorld } from './world.js';

/** What a heartbeat takes of a live run's world. */
type HealthWorld = Pick<RunWorld, 'role' | 'codeVersion' | 'stored' | 'settings$'> & {
  readonly live: Pick<RunWorld['live'], 'beat'>;
  readonly link: Pick<RunWorld['link'], 'beat'>;
  readonly run: { readonly id: number };
};

/** How events become heartbeats: `describe` says what a health comes to under a configuration. */
type HealthOptions<E, H> = Pick<HeartbeatOptions<E, H>, 'start' | 'after' | 'isNews'> & {
  readonly describe: (health: H, configurationId: number) => Pick<Heartbeat, 'lagMs' | 'counters'>;
};

/** Reports the health of a process in the database and to its supervisor. An error is reported once. */
export const reportHealth = <E, H extends { readonly error: string | null }>(
  { role, codeVersion, stored, settings$, live, link, run }: HealthWorld,
  { describe, ...options }: HealthOptions<E, H>,
) =>
  heartbeat({
    ...options,
    reported: health => ({ ...health, error: null }),
    beat: health =>
      withSettings(settings$, async ({ configurationId }) => {
        const { error } = health;
        const report = { role, codeVersion, runId: run.id, error, ...describe(health, configurationId) };
        await stored(`reporting that the ${role} process lives`, () => live.beat(report));
        link.beat();
      }),
    elapsed,
  });
