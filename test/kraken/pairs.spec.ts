import { expect } from 'chai';
import { archiveName } from '../../lib/kraken/archive.js';
import { symbolOf } from '../../lib/kraken/pairs.js';

describe('names of pairs', () => {
  const names: readonly (readonly [symbol: string, ...names: string[]])[] = [
    ['BTC/USD', 'XBTUSD', 'XXBTZUSD', 'XBT/USD', 'BTC/USD', 'btc-usd', 'BTCUSD'],
    ['BTC/EUR', 'XBTEUR', 'XXBTZEUR', 'XBT/EUR'],
    ['BTC/USDT', 'XBTUSDT', 'XBT/USDT'],
    ['BTC/USDQ', 'XXBTUSDQ', 'XBTUSDQ'],
    ['DOGE/EUR', 'XDGEUR', 'XDG/EUR', 'DOGE/EUR'],
    ['DOGE/BTC', 'XDGXBT', 'XXDGXXBT', 'XDG/XBT'],
    ['ETH/BTC', 'ETHXBT', 'XETHXXBT', 'ETH/XBT'],
    ['ETH/USD', 'ETHUSD', 'XETHZUSD'],
    ['ETH/USDC', 'ETHUSDC'],
    ['ETH2.S/ETH', 'ETH2.SETH', 'ETH2.S/ETH'],
    ['USDT/USD', 'USDTUSD', 'USDTZUSD', 'USDT/USD'],
    ['USD/CAD', 'USDCAD', 'ZUSDZCAD'],
    ['XTZ/USD', 'XTZUSD', 'XTZ/USD'],
    ['XTZ/BTC', 'XTZXBT'],
    ['AVAX/BTC', 'AVAXXBT'],
    ['ZRX/USD', 'ZRXUSD'],
    ['ZEUS/USD', 'ZEUSUSD'],
    ['T/USD', 'TUSD'],
    ['SPY/USD', 'SPYUSD'],
    ['BTC/PYUSD', 'XBTPYUSD'],
    ['RLUSD/USD', 'RLUSDUSD'],
    ['DAI/USDT', 'DAIUSDT'],
    ['LUNA/USD', 'LUNA2USD', 'LUNA/USD', 'LUNA2/USD'],
    ['LUNC/USD', 'LUNAUSD', 'LUNC/USD', 'LUNCUSD'],
    ['REP/USD', 'REPV2USD', 'REPV2/USD', 'REP/USD'],
    ['REPV1/USD', 'XREPZUSD', 'REPUSD', 'REPV1/USD'],
    ['BTC/AUSD', 'XBTAUSD', 'BTCAUSD', 'XBT/AUSD'],
    ['MON/AUSD', 'MONAUSD'],
    ['ADA/USD', 'ADAUSD'],
    ['NEWCOINA/USD', 'NEWCOINAUSD'],
    ['HAPPY/USD', 'HAPPYUSD'],
    ['AUSD/USD', 'AUSDUSD'],
    ['USD1/USD', 'USD1USD'],
    ['BTC/USD1', 'XBTUSD1'],
    ['ETH/EUROP', 'ETHEUROP'],
    ['BTC/FIDD', 'XBTFIDD'],
    ['SOL/EURC', 'SOLEURC'],
    ['BTC/LTC', 'XBTLTC', 'XXBTXLTC'],
    ['USTC/USDT', 'USTUSDT', 'UST/USDT'],
  ];
  for (const [symbol, ...spellings] of names)
    it(`knows ${spellings.join(', ')} as ${symbol}`, () => {
      for (const spelling of spellings) expect(symbolOf(spelling), spelling).to.equal(symbol);
    });

  it('does not guess where no currency ends the name or nothing is before it', () => {
    for (const name of [
      '',
      'USD',
      'FOO',
      'XXRP',
      'XBTUSD_1',
      'XBTUSD.d',
      'XBT/USD.d',
      'XBTUSD:BTNL',
      'A/B/C',
      '/USD',
      'BTC/',
      'USD/USD',
      '../USD',
      "BTC';--/USD",
    ])
      expect(symbolOf(name), name).to.equal(null);
  });
});

describe('names of archive files', () => {
  it('gives the pair and the timeframe, whatever folder the file is in', () => {
    expect(archiveName('XBTUSD_1.csv')).to.deep.equal({ pair: 'XBTUSD', minutes: 1 });
    expect(archiveName('a/b/XDGEUR_1440.csv.gz')).to.deep.equal({ pair: 'XDGEUR', minutes: 1440 });
    expect(archiveName('C:\\data\\ETHUSD.csv')).to.deep.equal({ pair: 'ETHUSD', minutes: null });
    expect(archiveName('XBTUSD_1 (2).csv')).to.deep.equal({ pair: 'XBTUSD', minutes: 1 });
  });

  it('refuses names of another form', () => {
    for (const name of ['XBTUSD_1.txt', 'XBTUSD_trades.csv', '_1.csv', 'XBTUSD_1.csv.bak', 'folder/'])
      expect(archiveName(name), name).to.equal(null);
  });
});
