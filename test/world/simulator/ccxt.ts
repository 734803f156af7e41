import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import type { kraken } from 'ccxt';

/**
 * ccxt's kraken class, pointed at this address; loading it alone takes a third of what all of ccxt
 * takes.
 */
export const openKraken = async (url: string): Promise<kraken> => {
  const entry = pathToFileURL(createRequire(import.meta.url).resolve('ccxt'));
  const root = entry.href.slice(0, entry.href.indexOf('/ccxt/') + '/ccxt/'.length);
  const { default: Kraken } = (await import(new URL('js/src/kraken.js', root).href)) as {
    default: new (options: object) => kraken;
  };
  const exchange = new Kraken({ enableRateLimit: false, timeout: 2_000 });
  exchange.urls['api'] = { public: url };
  return exchange;
};
