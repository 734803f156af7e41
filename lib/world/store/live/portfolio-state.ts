import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { PortfolioState } from '../../../portfolio/restore.js';
import type { EpochMs } from '../../../units.js';
import { ask } from '../bulk.js';
import type { WalletKey } from '../opportunities.js';

/** A portfolio's state, as the next one in the sequence of its wallet. */
export interface NextState {
  /** One more than the state that it follows; 1 is the first. */
  readonly version: number;
  /** Permanent name of the process. */
  readonly writer: string;
  /** Everything before this is settled. */
  readonly settledUntil: EpochMs;
  readonly state: PortfolioState;
}

/**
 * Another process has already stored a successor of the state that this process knows. This process
 * must end: its changes never happened.
 */
export class Superseded extends Error {
  override readonly name = 'Superseded';

  constructor({ runId, strategy }: WalletKey, version: number) {
    super(`another process has stored change ${version} of ${strategy} in run ${runId} already`);
  }
}

const WRITE = `
  insert into portfolio_state as stored (run_id, strategy, version, writer, settled_until, state)
  select id, ?, ?::int, ?, ?::timestamptz, ?::jsonb from run
  where id = ?::int and (?::int = 1 or exists (select from portfolio_state where run_id = ?::int and strategy = ?))
  on conflict (run_id, strategy) do update
    set version = excluded.version, writer = excluded.writer, settled_until = excluded.settled_until, state = excluded.state
    where stored.version = excluded.version - 1
       or (stored.version = excluded.version and stored.writer = excluded.writer)
  returning version`;

/**
 * Writes the next state within the transaction of `em`, whose other changes then belong to it. Of
 * several processes that continue from one state, one succeeds; the others wait for it and get
 * `Superseded`.
 */
export const writeState = async (em: SqlEntityManager, wallet: WalletKey, next: NextState): Promise<void> => {
  const { version, writer, settledUntil, state } = next;
  const until = new Date(settledUntil).toISOString();
  const { runId, strategy } = wallet;
  const values = [strategy, version, writer, until, JSON.stringify(state), runId, version, runId, strategy];
  if ((await ask(em, WRITE, values)).length === 0) throw new Superseded(wallet, version);
};
