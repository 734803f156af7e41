import { expect } from 'chai';
import { warningsOf } from '../../lib/settings/warnings.js';
import { defaultConfiguration, readSettings } from '../../lib/settings/read.js';
import { edited, refusal } from './edit.js';

const read = (text: string) => readSettings(text, 'config.yaml', {});
const warningTexts = (text: string) => warningsOf(read(text)).map(({ text }) => text);

describe('currency codes of a configuration', () => {
  it("may be Kraken's, and mean what they mean in --symbols", () => {
    const { settings, document } = read(`
      filtering: { exclude_bases: [XDG, XXRP, REPV2, ETH], allowed_quote_currencies: [ZUSD, XBT, USDT] }
      portfolio: { currency: XBT }`);
    expect(settings.filtering.excludeBases).to.deep.equal(['DOGE', 'XRP', 'REP', 'ETH']);
    expect(settings.filtering.allowedQuoteCurrencies).to.deep.equal(['USD', 'BTC', 'USDT']);
    expect(settings.portfolio.currency).to.equal('BTC');
    expect(document['portfolio']).to.include({ currency: 'BTC' });
  });

  it('mean the same configuration whichever way they are written', () => {
    const other = read('filtering: { allowed_quote_currencies: [ZUSD, USDT, XXBT] }');
    expect(other.hash).to.equal(defaultConfiguration.hash);
  });

  it('keep their common meaning where Kraken has another one', () => {
    const { settings } = read('filtering: { exclude_bases: [LUNA, REP] }');
    expect(settings.filtering.excludeBases).to.deep.equal(['LUNA', 'REP']);
  });

  it('stand in a list once, whatever they are called', () => {
    const { text, line } = edited('filtering.exclude_bases', '[DOGE, XDG]');
    expect(refusal(text)).to.deep.equal([
      `config.yaml:${line} filtering.exclude_bases[1]: found "XDG", expected each value only once: "DOGE" means the same`,
    ]);
  });

  it('that no market has are mentioned with what is close to them', () => {
    expect(
      warningTexts(`
        filtering: { exclude_bases: [XDGE, USDT, QWERTYUIOP], allowed_quote_currencies: [UDS, DOGE, EUR] }
        portfolio: { currency: XTB }`),
    ).to.deep.equal([
      "filtering.allowed_quote_currencies: no known market of Kraken's is quoted in UDS; did you mean USD?",
      "filtering.allowed_quote_currencies: no known market of Kraken's is quoted in DOGE",
      "filtering.exclude_bases: no known market of Kraken's has XDGE; did you mean DOGE?",
      "filtering.exclude_bases: no known market of Kraken's has QWERTYUIOP",
      "portfolio.currency: no known market of Kraken's has XTB; did you mean BTC?",
    ]);
  });

  it('are not mentioned where they are defaults or known', () => {
    expect(warningsOf(defaultConfiguration)).to.deep.equal([]);
    expect(warningTexts('filtering: { exclude_bases: [XDG, ARS] }')).to.deep.equal([]);
  });
});
