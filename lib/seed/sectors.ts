/** The sectors that a coin may be in, and what belongs there; a coin that is several things is in the one it is best known for. */
export const SECTORS = {
  'layer-1': 'blockchains of their own, for contracts and applications',
  'layer-2': 'networks that settle on another blockchain',
  defi: 'lending, swaps, derivatives, staking and yield without a bank',
  exchange: 'coins of centralised exchanges',
  meme: 'coins that stand for a joke',
  gaming: 'games and virtual worlds',
  oracle: 'data of the world for contracts',
  privacy: 'payments and messages that nobody can follow',
  payment: 'money to pay and to send with',
  infrastructure: 'storage, computing, networks, bridges, names and identities',
  ai: 'models, agents and what they are trained on',
  'real-world-assets': 'gold, bonds, credit and other things that are not digital',
  entertainment: 'fan tokens, music, video, advertising and collectibles',
  stablecoin: 'coins pegged to a currency',
  fiat: 'money of states',
} as const;

export type Sector = keyof typeof SECTORS;

/** Whether that is the name of a sector. */
export const isSector = (name: unknown): name is Sector => typeof name === 'string' && Object.hasOwn(SECTORS, name);
