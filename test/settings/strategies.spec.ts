import { expect } from 'chai';
import type { UserError } from '../../lib/errors.js';
import { readSettings } from '../../lib/settings/read.js';
import { settingsFor } from '../../lib/settings/settings-for.js';
import { warningsOf } from '../../lib/settings/warnings.js';

const read = (entries: string, rest = '') => readSettings(`strategies:\n${entries}${rest}`, 'config.yaml', {});
const refusal = (entries: string, rest = ''): readonly string[] => {
  try {
    read(entries, rest);
    return [];
  } catch (error) {
    return (error as UserError).lines;
  }
};

const LOOSE =
  '  - {name: loose, use: momentum, wallet: shadow, parameters: {roc: {thresholds: [0.3, 0.6, 1]}, trend: {timeframes: [30]}}, risk: {stop_loss_percentage: 1, trailing_stop: {offset_percentage: 0.5}}}\n';
const MAIN = '  - {name: momentum, use: momentum}\n';

describe('several strategies of a configuration', () => {
  it('have the main wallet first, whatever their order in the file', () => {
    const { settings, document } = read(LOOSE + MAIN);
    expect(settings.strategies.map(({ name, wallet }) => `${name} ${wallet}`)).to.deep.equal([
      'momentum main',
      'loose shadow',
    ]);
    expect(document['strategies']).to.deep.equal([
      { name: 'momentum', use: 'momentum', wallet: 'main', parameters: {}, risk: {} },
      {
        name: 'loose',
        use: 'momentum',
        wallet: 'shadow',
        parameters: { roc: { thresholds: [0.3, 0.6, 1] }, trend: { timeframes: [30] } },
        risk: { stop_loss_percentage: 1, trailing_stop: { offset_percentage: 0.5 } },
      },
    ]);
  });

  it('have their own conditions and risk over those of the run, and all else in common', () => {
    const { settings } = read(LOOSE + MAIN, 'risk_management: {max_open_positions: 3}\n');
    const loose = settingsFor(settings, 'loose');
    expect(settingsFor(settings, 'momentum')).to.equal(settings);
    expect(settingsFor(settings, 'of_no_entry')).to.equal(settings);
    expect(settings.risk).to.include({ stopLoss: 0.02, maxOpenPositions: 3 });
    expect(loose.risk).to.include({ stopLoss: 0.01, maxOpenPositions: 3 });
    expect(loose.risk.trailingStop).to.deep.equal({ ...settings.risk.trailingStop, offset: 0.005 });
    expect(loose.strategy.rocThresholds).to.deep.equal([0.3, 0.6, 1]);
    expect(loose.strategy.rsi).to.deep.equal(settings.strategy.rsi);
    expect(loose.indicators).to.equal(settings.indicators);
    expect(loose.costs).to.equal(settings.costs);
  });

  it('share the columns that any of them reads', () => {
    expect(read(LOOSE + MAIN).settings.indicators.timeframes).to.deep.equal([5, 15, 30]);
  });

  it('are warned of where what they override can only lose', () => {
    const tight = LOOSE.replace('risk: {', 'risk: {break_even: {activation_percentage: 1}, ');
    const rest = 'risk_management: {break_even: {offset_percentage: 0.5}}\n';
    expect(warningsOf(read(tight + MAIN, rest)).map(({ text }) => text)).to.deep.equal([
      'strategies.loose.risk.break_even.offset_percentage: found 0.5, expected more than 0.8486: costs take that much of the entry price, so a trade that is sold at this stop loses money',
    ]);
    const all = warningsOf(read(tight + MAIN, rest.replace('{offset', '{activation_percentage: 1.5, offset')));
    expect(all.map(({ key }) => key)).to.deep.equal(['risk_management.break_even.offset_percentage']);
    expect(warningsOf(read(LOOSE + MAIN))).to.deep.equal([]);
  });

  it('get the same settings for each tape', () => {
    const { settings } = read(LOOSE + MAIN);
    expect(settingsFor(settings, 'loose')).to.equal(settingsFor(settings, 'loose'));
  });

  for (const [what, entries, lines] of [
    [
      'without a main wallet',
      LOOSE,
      [
        'config.yaml:1 strategies: found a list of 1, expected exactly one strategy with wallet: main (the default); the others have wallet: shadow',
      ],
    ],
    [
      'with two main wallets',
      `${MAIN}  - {name: other, use: other.ts}\n`,
      [
        'config.yaml:3 strategies[1].wallet: found "main", expected shadow: "momentum" has the main wallet, and exactly one strategy has it',
      ],
    ],
    [
      'of one name',
      `${MAIN}  - {name: momentum, use: other.ts, wallet: shadow}\n`,
      ['config.yaml:3 strategies[1].name: found "momentum", expected a name of its own: strategies[0] has it too'],
    ],
    [
      'with a wallet of another kind',
      `${MAIN}  - {name: other, use: other.ts, wallet: paper}\n`,
      ['config.yaml:3 strategies[1].wallet: found "paper", expected one of main, shadow'],
    ],
    [
      'that override what does not exist, or wrongly',
      `  - {name: other, use: other.ts, wallet: shadow, risk: {stop_loss: 1, cooldown_minutes: -1}}\n${MAIN}`,
      [
        'config.yaml:2 strategies[0].risk.stop_loss: unknown key (found 1), did you mean stop_loss_atr?',
        'config.yaml:2 strategies[0].risk.cooldown_minutes: found -1, expected a whole number from 0 to 10080',
      ],
    ],
    [
      'that override the period of an indicator, which all share',
      `${MAIN}  - {name: other, use: momentum, wallet: shadow, parameters: {rsi: {period: 3}}}\n`,
      [
        'config.yaml:3 strategies[1].parameters.rsi.period: unknown key here, expected it as momentum_strategy.rsi.period',
      ],
    ],
    [
      'whose overrides contradict the rest',
      `${MAIN}  - {name: other, use: momentum, wallet: shadow, parameters: {rsi: {oversold: 75}}}\n`,
      [
        'config.yaml:3 strategies[1].parameters.rsi.oversold: found 75, expected less than overbought (70): no RSI is between them, so nothing would ever be traded (with what other overrides)',
      ],
    ],
  ] as const)
    it(`are refused ${what}`, () => {
      expect(refusal(entries)).to.deep.equal(lines);
    });
});
