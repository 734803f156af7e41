import type { Client } from 'pg';
import { UserError } from '../../lib/errors.js';
import type { JournalTrade } from '../../lib/report/stored-trade.js';
import { settingsOfDocument } from '../../lib/settings/recorded.js';
import { settingsFor } from '../../lib/settings/settings-for.js';
import type { Settings } from '../../lib/settings/settings.js';
import { readWholeVersions } from '../../lib/world/store/versions.js';

const settingsOf = (document: Readonly<Record<string, unknown>> | null): Settings | null => {
  try {
    return settingsOfDocument(document ?? {});
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
};

/**
 * The settings that each trade was bought under, those of its strategy; null where this version of
 * the bot refuses them.
 */
export const settingsOfTrades = async (
  client: Client,
  trades: readonly JournalTrade[],
): Promise<(trade: JournalTrade) => Settings | null> => {
  const versions = await readWholeVersions(client, [...new Set(trades.map(({ configuration }) => configuration))]);
  const settings = new Map(versions.map(({ id, configuration }) => [id, settingsOf(configuration)]));
  return ({ configuration, strategy }) => {
    const known = settings.get(configuration);
    return known ? settingsFor(known, strategy) : null;
  };
};
