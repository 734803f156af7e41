import type { Client } from 'pg';
import { UserError } from '../../lib/errors.js';
import type { StoredTrade } from '../../lib/report/stored-trade.js';
import { settingsOfDocument } from '../../lib/settings/recorded.js';
import { settingsFor } from '../../lib/settings/settings-for.js';
import type { Settings } from '../../lib/settings/settings.js';
import { readWholeVersions } from '../../lib/world/store/versions.js';

type Recorded = Readonly<Record<string, unknown>> | null;

/** The settings of a recorded configuration; null where this version of the bot refuses them. */
export const settingsIfReadable = (document: Recorded): Settings | null => {
  try {
    return settingsOfDocument(document ?? {});
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
};

/** The settings that each trade was bought under, those of its strategy, as `read` gives them. */
export const settingsOfTrades = async <Found extends Settings | null>(
  client: Client,
  trades: readonly StoredTrade[],
  read: (document: Recorded) => Found,
): Promise<(trade: StoredTrade) => Settings | Found> => {
  const versions = await readWholeVersions(client, [...new Set(trades.map(({ configuration }) => configuration))]);
  const settings = new Map(versions.map(({ id, configuration }) => [id, read(configuration)]));
  return ({ configuration, strategy }) => {
    const known = settings.get(configuration) as Found;
    return known === null ? known : settingsFor(known, strategy);
  };
};
