import { expect } from 'chai';
import fc from 'fast-check';
import { changeLine, diffConfigurations, diffDocuments } from '../../lib/settings/diff.js';
import { defaultConfiguration, readSettings } from '../../lib/settings/read.js';
import { restartNames, restartReason } from '../../lib/settings/restart.js';
import { keys } from '../../lib/settings/schema.js';

const { document } = defaultConfiguration;
const configuration = (yaml: string, env = {}) => readSettings(yaml, 'config.yaml', env);
const diff = (from: string, to: string) => diffConfigurations(configuration(from), configuration(to));

describe('the difference of two configurations', () => {
  it('names each key that changed with its old and new value, in the order of config.yaml', () => {
    const changes = diff(
      'costs: { taker_fee_percentage: 0.25 }',
      'risk_management: { stop_loss_percentage: 3 }\nfiltering: { unknown: { spread: pass }, listing_exchanges: [kraken, okx, binance] }',
    );
    expect(changes).to.deep.equal([
      { key: 'filtering.unknown.spread', from: 'fail', to: 'pass' },
      {
        key: 'filtering.listing_exchanges',
        from: ['binance', 'coinbase', 'kraken', 'kucoin', 'okx'],
        to: ['kraken', 'okx', 'binance'],
      },
      { key: 'risk_management.stop_loss_percentage', from: 2, to: 3 },
      { key: 'costs.taker_fee_percentage', from: 0.25, to: 0.4 },
    ]);
    expect(changes.slice(2).map(changeLine)).to.deep.equal([
      'risk_management.stop_loss_percentage: 2 → 3',
      'costs.taker_fee_percentage: 0.25 → 0.4',
    ]);
  });

  it('names the strategy and its key, not the whole list', () => {
    const main = '{ name: momentum, use: momentum }';
    const loose = (rest: string) => `{ name: loose, use: momentum, wallet: shadow, ${rest} }`;
    const list = (...entries: readonly string[]) => `strategies: [${entries.join(', ')}]`;
    const other = '{ name: other, use: momentum, wallet: shadow }';
    const stop = loose('risk: { stop_loss_percentage: 1 }');
    const wider = loose('risk: { stop_loss_percentage: 3 }, parameters: { volume: { factor: 2 } }');
    const lines = (from: string, to: string) => diff(from, to).map(changeLine);
    expect(lines(list(main, stop), list(main, wider))).to.deep.equal([
      'strategies.loose.parameters.volume.factor: absent → 2',
      'strategies.loose.risk.stop_loss_percentage: 1 → 3',
    ]);
    expect(lines(list(main), list(main, other))).to.deep.equal([
      'strategies.other: absent → {name: other, use: momentum, wallet: shadow, parameters: {}, risk: {}}',
    ]);
    expect(lines(list(main, other), list(main))).to.deep.equal([
      'strategies.other: {name: other, use: momentum, wallet: shadow, parameters: {}, risk: {}} → absent',
    ]);
    expect(diff(list(main, stop, other), list(main, other, stop)).map(({ key }) => key)).to.deep.equal(['strategies']);
  });

  it('is empty for what means the same', () => {
    expect(diff('{}', '# words\nmomentum_strategy: { rsi: { period: 14 } }')).to.deep.equal([]);
  });

  it('is not fooled by the order in which a database gives keys back', () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, inner]) => [key, turned(inner)]),
      );
    };
    expect(diffDocuments(document, turned(document))).to.deep.equal([]);
  });

  it('tells keys that only one of them has, such as those of an older version of the bot', () => {
    const { costs, ...rest } = document as { costs: Record<string, unknown> };
    const old = { ...rest, costs: { ...costs, stamp_duty: 1 } };
    expect(diffDocuments(old, document)).to.deep.equal([{ key: 'costs.stamp_duty', from: 1 }]);
    expect(changeLine({ key: 'costs.stamp_duty', to: 1 })).to.equal('costs.stamp_duty: absent → 1');
  });

  it('shows that a secret was replaced, and neither of the two', () => {
    const of = (password: string) => configuration('{}', { DATABASE_URL: `postgres://me:${password}@db/bot` });
    const changes = diffConfigurations(of('canary-1'), of('canary-2'));
    expect(changes).to.deep.equal([{ key: 'database.connection_string', from: '[redacted]', to: '[redacted]' }]);
  });

  it('brings one document to the other, whatever they hold', () => {
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.integer(), { maxLength: 3 }));
    const name = fc.constantFrom('costs', 'labels', 'a', 'b', 'c');
    const tree = fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, leaf, { minKeys: 1 })));
    const flat = (value: object): Map<string, string> =>
      new Map(
        Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
          typeof inner === 'object' && inner !== null && !Array.isArray(inner)
            ? Object.entries(inner).map(([part, deep]) => [`${key}.${part}`, JSON.stringify(deep)] as const)
            : [[key, JSON.stringify(inner)] as const],
        ),
      );
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        const built = flat(from);
        const wanted = flat(to);
        for (const change of diffDocuments(from, to)) {
          expect(JSON.stringify(change.from)).to.equal(built.get(change.key));
          expect(JSON.stringify(change.to)).to.not.equal(JSON.stringify(change.from));
          if ('to' in change) built.set(change.key, JSON.stringify(change.to));
          else built.delete(change.key);
        }
        expect([...built].sort()).to.deep.equal([...wanted].sort());
      }),
    );
  });
});

describe('a key that needs a restart', () => {
  it('is one of the schema, or a section of it', () => {
    for (const name of restartNames)
      expect(
        [...keys.keys()].some(key => key === name || key.startsWith(`${name}.`)),
        name,
      ).to.equal(true);
  });

  it('is never one of risk, costs or thresholds, which are in force from the next tape on', () => {
    const live = [...keys.keys()].filter(key => restartReason(key) === null);
    expect(live).to.include.members([
      'risk_management.stop_loss_percentage',
      'risk_management.take_profit_levels',
      'costs.taker_fee_percentage',
      'momentum_strategy.rsi.overbought',
      'momentum_strategy.roc.thresholds',
      'momentum_strategy.volume.factor',
      'filtering.min_daily_volume',
      'application.logging_level',
    ]);
    for (const key of [
      'database.pool_size',
      'exchange.url',
      'momentum_strategy.macd.fast_period',
      'portfolio.currency',
    ])
      expect(restartReason(key), key).to.be.a('string');
  });
});
