import type { Sector } from './sectors.js';

/** Reference data of a coin; null if unknown. */
export interface CoinReference {
  readonly name: string | null;
  readonly sector: Sector | null;
  /** CoinGecko's id of the coin, which is stable, unlike a symbol. */
  readonly coinGeckoId: string | null;
}

/** Coins by sector: ccxt's symbol, name, and CoinGecko's id of the most traded (often copied). */
const COINS: Readonly<Record<Sector, string>> = {
  'layer-1': `
    ADA Cardano (cardano), ALGO Algorand (algorand), APT Aptos (aptos), ASTR Astar, ATOM Cosmos (cosmos),
    AVAX Avalanche (avalanche-2), BERA Berachain, BTC Bitcoin (bitcoin), CFX Conflux, CHR Chromia, DOT Polkadot (polkadot),
    DYM Dymension, EGLD MultiversX, EOS EOS, ETC Ethereum Classic (ethereum-classic), ETH Ethereum (ethereum),
    ETHW EthereumPoW, FLOW Flow, FLR Flare, FTM Fantom, GLMR Moonbeam, HBAR Hedera (hedera-hashgraph),
    ICP Internet Computer (internet-computer), ICX ICON, INJ Injective (injective-protocol), IP Story, JUNO Juno,
    KAS Kaspa (kaspa), KAVA Kava, KSM Kusama, MINA Mina, MOVR Moonriver, NEAR NEAR Protocol (near), NTRN Neutron, QTUM Qtum,
    ROSE Oasis, S Sonic, SDN Shiden, SEI Sei, SGB Songbird, SOL Solana (solana), SUI Sui (sui), TIA Celestia,
    TON Toncoin (the-open-network), TRX TRON (tron), VET VeChain, WAVES Waves, XPL Plasma, XTZ Tezos (tezos), ZETA ZetaChain`,
  'layer-2': `
    ARB Arbitrum (arbitrum), BLAST Blast, BOBA Boba Network, CELO Celo, CTSI Cartesi, IMX Immutable, LINEA Linea, LRC Loopring,
    MANTA Manta Network, MATIC Polygon, MNT Mantle, OMG OMG Network, OP Optimism (optimism),
    POL Polygon (polygon-ecosystem-token), SKL SKALE, STRK Starknet, STX Stacks, ZK ZKsync`,
  defi: `
    1INCH 1inch, AAVE Aave (aave), ACA Acala, AERO Aerodrome Finance, AEVO Aevo, ALCX Alchemix, ASTER Aster, BADGER Badger DAO,
    BAL Balancer, BNT Bancor, BOND BarnBridge, C98 Coin98, CETUS Cetus Protocol, COMP Compound, COW CoW Protocol,
    CRV Curve DAO (curve-dao-token), CVX Convex Finance, DEEP DeepBook, DRIFT Drift, DYDX dYdX, ENA Ethena, ETHFI ether.fi,
    FARM Harvest Finance, FORTH Ampleforth Governance, GMX GMX, HFT Hashflow, HYPE Hyperliquid (hyperliquid), IDEX IDEX,
    INTR Interlay, JTO Jito, JUP Jupiter, KAR Karura, KINT Kintsugi, KMNO Kamino, KNC Kyber Network, LDO Lido DAO (lido-dao),
    LQTY Liquity, MKR Maker, MLN Enzyme, MNGO Mango, MORPHO Morpho, ORCA Orca, OSMO Osmosis, PENDLE Pendle,
    PERP Perpetual Protocol, POLS Polkastarter, PSTAKE pSTAKE Finance, RAY Raydium, RBC Rubic, REN Ren, REP Augur, REPV1 Augur v1,
    REZ Renzo, RPL Rocket Pool, RSR Reserve Rights, RUNE THORChain, SBR Saber, SKY Sky, SNX Synthetix, SPELL Spell Token,
    SRM Serum, STEP Step Finance, STG Stargate Finance, SUSHI Sushi, SYRUP Maple Finance, TRU TrueFi,
    UNI Uniswap (uniswap), WLFI World Liberty Financial, YFI yearn.finance, ZRX 0x Protocol`,
  exchange: `BNB BNB (binancecoin), CRO Cronos, LCX LCX, WOO WOO`,
  meme: `
    BOME Book of Meme, BONK Bonk, BRETT Brett, CHILLGUY Just a chill guy, DEGEN Degen, DOGE Dogecoin (dogecoin),
    FARTCOIN Fartcoin, FLOKI FLOKI, FWOG Fwog, GIGA Gigachad, GOAT Goatseus Maximus, MELANIA Melania Meme, MEME Memecoin,
    MEW cat in a dogs world, MOG Mog Coin, MOODENG Moo Deng, PENGU Pudgy Penguins, PEPE Pepe (pepe),
    PNUT Peanut the Squirrel, PONKE Ponke, POPCAT Popcat, SAMO Samoyedcoin, SHIB Shiba Inu (shiba-inu), SPX SPX6900,
    TOSHI Toshi, TRUMP Official Trump, TURBO Turbo, USELESS Useless Coin, WEN Wen, WIF dogwifhat`,
  gaming: `
    AGLD Adventure Gold, ALICE My Neighbor Alice, APE ApeCoin, ATLAS Star Atlas, AXS Axie Infinity, BIGTIME Big Time,
    CATI Catizen, ENJ Enjin Coin, GALA Gala, GHST Aavegotchi, GMT STEPN, GODS Gods Unchained, GST Green Satoshi Token,
    HMSTR Hamster Kombat, ILV Illuvium, MAGIC Treasure, MANA Decentraland, MC Merit Circle, NOT Notcoin,
    POLIS Star Atlas DAO, PORTAL Portal, PRIME Echelon Prime, SAND The Sandbox, SUPER SuperVerse, TLM Alien Worlds,
    YGG Yield Guild Games`,
  oracle: `API3 API3, BAND Band Protocol, LINK Chainlink (chainlink), PYTH Pyth Network, RED RedStone, TRB Tellor, UMA UMA`,
  privacy: `NYM Nym, SCRT Secret, XMR Monero (monero), ZEC Zcash (zcash), ZEN Horizen`,
  payment: `
    ACH Alchemy Pay, AMP Amp, BCH Bitcoin Cash (bitcoin-cash), DASH Dash (dash), KIN Kin, LTC Litecoin (litecoin),
    PUNDIX Pundi X, REQ Request, XLM Stellar (stellar), XRP XRP (ripple)`,
  infrastructure: `
    AKT Akash Network, ALT AltLayer, ANKR Ankr, AR Arweave, ARKM Arkham, AXL Axelar, BICO Biconomy, BLZ Bluzelle,
    BTT BitTorrent, CELR Celer Network, CVC Civic, EIGEN EigenLayer, ENS Ethereum Name Service, EWT Energy Web,
    FIDA Bonfida, FIL Filecoin (filecoin), GLM Golem, GRT The Graph (the-graph), GTC Gitcoin, HNT Helium,
    JASMY JasmyCoin, KILT KILT Protocol, LPT Livepeer, MASK Mask Network, MOBILE Helium Mobile, NODL Nodle, OXT Orchid,
    PHA Phala Network, POND Marlin, POWR Powerledger, QNT Quant, RAD Radworks, RLC iExec RLC, SAFE Safe, SC Siacoin, SSV SSV Network,
    STORJ Storj, SYN Synapse, T Threshold, W Wormhole, WAL Walrus, WLD Worldcoin, XYO XYO, ZRO LayerZero`,
  ai: `
    AIXBT aixbt, FET Artificial Superintelligence Alliance (fetch-ai), GRASS Grass, GRIFFAIN Griffain, IO io.net, KAITO Kaito,
    NMR Numeraire, OCEAN Ocean Protocol, RENDER Render (render-token), SAHARA Sahara AI, TAO Bittensor (bittensor),
    VIRTUAL Virtuals Protocol`,
  'real-world-assets': `
    CFG Centrifuge, OM MANTRA, ONDO Ondo (ondo-finance), PAXG PAX Gold, PLUME Plume, POLYX Polymesh, XAUT Tether Gold`,
  entertainment: `
    AUDIO Audius, BAT Basic Attention Token, BLUR Blur, CHZ Chiliz, GARI Gari Network, LMWR LimeWire, ME Magic Eden,
    RARE SuperRare, RARI Rarible, THETA Theta Network, TNSR Tensor, ZORA Zora`,
  stablecoin: `
    DAI Dai, EURC EURC, EURT Euro Tether, FDUSD First Digital USD, PYUSD PayPal USD, RLUSD Ripple USD, TUSD TrueUSD,
    USDC USDC, USDE Ethena USDe, USDG Global Dollar, USDS USDS, USDT Tether`,
  fiat: `
    AUD Australian Dollar, CAD Canadian Dollar, CHF Swiss Franc, EUR Euro, GBP British Pound, JPY Japanese Yen, USD US Dollar`,
};

const ROW = /^(\S+) ([^()]+?)(?: \(([\w-]+)\))?$/;

/** The bundled reference data, by symbol. */
export const PACKAGE_COINS: ReadonlyMap<string, CoinReference> = new Map(
  Object.entries(COINS).flatMap(([sector, text]) =>
    text.split(',').map((row): [string, CoinReference] => {
      const [, symbol, name, coinGeckoId = null] = ROW.exec(row.trim())!;
      return [symbol!, { name: name!, sector: sector as Sector, coinGeckoId }];
    }),
  ),
);

const NOTHING: CoinReference = { name: null, sector: null, coinGeckoId: null };

/** Reference data of a coin: the user's value, else the bundled one. */
export const referenceOf = (symbol: string, own: ReadonlyMap<string, CoinReference> = new Map()): CoinReference => {
  const [mine, theirs] = [own.get(symbol) ?? NOTHING, PACKAGE_COINS.get(symbol) ?? NOTHING];
  return {
    name: mine.name ?? theirs.name,
    sector: mine.sector ?? theirs.sector,
    coinGeckoId: mine.coinGeckoId ?? theirs.coinGeckoId,
  };
};

/** Known CoinGecko ids, by symbol. */
export const coinIds = (own: ReadonlyMap<string, CoinReference> = new Map()): ReadonlyMap<string, string> =>
  new Map(
    [...new Set([...PACKAGE_COINS.keys(), ...own.keys()])].flatMap(symbol => {
      const { coinGeckoId } = referenceOf(symbol, own);
      return coinGeckoId === null ? [] : [[symbol, coinGeckoId] as const];
    }),
  );
