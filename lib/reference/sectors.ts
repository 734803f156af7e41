/** The sectors with their content; a coin is in the one that it is best known for. */
export const SECTORS = {
  'layer-1': 'independent blockchains, for contracts and applications',
  'layer-2': 'networks that settle on another blockchain',
  defi: 'decentralised lending, swaps, derivatives, staking and yield',
  exchange: 'coins of centralised exchanges',
  meme: 'joke coins',
  gaming: 'games and virtual worlds',
  oracle: 'real-world data for contracts',
  privacy: 'untraceable payments and messages',
  payment: 'payments and transfers',
  infrastructure: 'storage, computing, networks, bridges, names and identities',
  ai: 'models, agents and their training data',
  'real-world-assets': 'gold, bonds, credit and other non-digital assets',
  entertainment: 'fan tokens, music, video, advertising and collectibles',
  stablecoin: 'coins pegged to a currency',
  fiat: 'national currencies',
} as const;

/** Name of a sector. */
export type Sector = keyof typeof SECTORS;

/** Whether a value is the name of a sector. */
export const isSector = (name: unknown): name is Sector => typeof name === 'string' && Object.hasOwn(SECTORS, name);
