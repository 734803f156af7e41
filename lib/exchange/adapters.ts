import { KRAKEN } from '../kraken/index.js';
import type { ExchangeAdapter } from './adapter.js';

/** Every exchange that config.yaml may name. */
export const ADAPTERS = [KRAKEN] as const satisfies readonly ExchangeAdapter[];

/** A value of `exchange.name`. */
export type ExchangeName = (typeof ADAPTERS)[number]['name'];

/** The values of `exchange.name`, the default first. */
export const EXCHANGE_NAMES: readonly ExchangeName[] = ADAPTERS.map(({ name }) => name);

const BY_NAME: ReadonlyMap<ExchangeName, ExchangeAdapter> = new Map(ADAPTERS.map(adapter => [adapter.name, adapter]));

/** The adapter of an exchange. */
export const adapterOf = (name: ExchangeName): ExchangeAdapter => BY_NAME.get(name)!;

/**
 * The common name of a currency code as a user writes it, in the codes of any exchange: XBT is BTC.
 */
export const currencyNamed = (code: string): string =>
  ADAPTERS.map(({ names }) => names.currency(code)).find(name => name !== code) ?? code;

/** The symbol (`BTC/USD`) of a market in any exchange's spelling; null if it is none. */
export const symbolOf = (name: string): string | null =>
  ADAPTERS.map(({ names }) => names.symbol(name)).find(symbol => symbol !== null) ?? null;
