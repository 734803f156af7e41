import { expect } from 'chai';
import { Recent } from '../../lib/cross-market/recent.js';
import { ADAPTERS, EXCHANGE_NAMES, adapterOf, currencyNamed, symbolOf } from '../../lib/exchange/adapters.js';
import type { ExchangeAdapter } from '../../lib/exchange/adapter.js';
import type { ExchangeMarket } from '../../lib/exchange/ports.js';
import { listed } from '../support/listed.js';

const market: ExchangeMarket = listed('BTC/USD');
const requestsOf = ({ requests }: ExchangeAdapter) => [
  requests.time(),
  requests.status(),
  requests.markets([]),
  requests.tickers(() => null),
  requests.candles(market, { intervalMinutes: 1, since: 0, settleMs: 0 }),
  requests.book(market, 10, 60_000),
  requests.trades(market, '0'),
];

describe('the exchanges that config.yaml may name', () => {
  it('are those that are listed, each once', () => {
    expect(EXCHANGE_NAMES).to.deep.equal(['kraken']);
    expect(new Set(EXCHANGE_NAMES).size).to.equal(ADAPTERS.length);
    for (const name of EXCHANGE_NAMES) expect(adapterOf(name).name).to.equal(name);
  });

  for (const adapter of ADAPTERS)
    describe(adapter.title, () => {
      it('has its requests in ccxt, at costs that the budget can spend', async () => {
        const file = new URL(`./src/${adapter.ccxt.file}.js`, import.meta.resolve('ccxt'));
        const { default: Ccxt } = (await import(file.href)) as { default: new () => object };
        const ccxt = new Ccxt() as Readonly<Record<string, unknown>> & { urls: { api: Record<string, unknown> } };
        expect(ccxt.urls.api[adapter.ccxt.api]).to.be.a('string');
        for (const { call, cost = 1 } of requestsOf(adapter)) {
          expect(ccxt[call], call).to.be.a('function');
          expect(cost).to.be.within(1, 2);
        }
      });

      it('serves no more candles than the context of other markets remembers, among them minutes', () => {
        const { candlesBack, timeframes } = adapter.history;
        const values = Float64Array.from({ length: candlesBack }, (_, i) => i + 1);
        const recent = new Recent();
        recent.take(values, 0, candlesBack, 0);
        const out = new Float64Array(candlesBack);
        recent.read(out, 0, 0, candlesBack);
        expect(out).to.deep.equal(values);
        expect(timeframes).to.include(1);
      });

      it('knows its own currencies and markets', () => {
        const { names }: ExchangeAdapter = adapter;
        for (const code of names.known?.quotes ?? []) expect(names.known!.has(code), code).to.equal(true);
        expect(names.symbol('BTC/USD')).to.equal('BTC/USD');
      });
    });

  it('have names that users may write wherever a market or currency is named', () => {
    expect([currencyNamed('XBT'), currencyNamed('BTC'), currencyNamed('NEW')]).to.deep.equal(['BTC', 'BTC', 'NEW']);
    expect([symbolOf('XXBTZUSD'), symbolOf('btc-usd'), symbolOf('?')]).to.deep.equal(['BTC/USD', 'BTC/USD', null]);
  });
});
