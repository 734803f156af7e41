import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Subscription } from 'rxjs';
import { UserError } from '../../../lib/errors.js';
import type { InForce } from '../../../lib/settings/settings.js';
import type { ConfigurationEvent } from '../../../lib/settings/reload.js';
import { decidingStrategy } from '../../../lib/strategy/setup.js';
import { loadConfiguration } from '../../../lib/world/config-file.js';
import { configurationReader } from '../../../lib/world/config-watch.js';
import { configuredStrategies, withStrategies, withStrategiesTried } from '../../../lib/world/strategies/configured.js';
import { readingWithSources, StrategySources } from '../../../lib/world/strategies/sources.js';
import { configurationEvents, inForce, recordVersions } from '../../../streams/sources/settings.js';
import { log } from '../../../streams/sinks/log.js';
import { until } from '../../bin/child.js';

const RISES = (period: string) => `
import { PERIOD } from './numbers.js';
export default ({ strategy, integer, own, indicator, above }) =>
  strategy({
    name: 'rises',
    parameters: { period: integer(2, 100, PERIOD) },
    columns: ({ period }) => ({
      mean: indicator('sma', { period }),
      mine: own({ candles: 1, start: () => ({}), step: (_, { close }) => close * period }),
    }),
    entry: ({ mean, mine }, _, { close }) => ({ up: above(close, mean.times(${period})), mine: above(mine, close) }),
  });
`;
const NUMBERS = (period: number) => `export const PERIOD = ${period};\n`;
const config = (rest = '', entry = '{name: mine, use: ./rises.mjs, wallet: shadow}') =>
  `strategies:\n  - {name: momentum, use: momentum}\n  - ${entry}\n${rest}`;

describe('the strategies of a configuration, watched', function () {
  this.timeout(60_000);
  let folder: string;
  let subscriptions: Subscription[];
  const file = () => join(folder, 'config.yaml');
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'strategies-watch-')));
    write('config.yaml', config());
    write('rises.mjs', RISES('1'));
    write('numbers.js', NUMBERS(20));
    subscriptions = [];
  });
  afterEach(() => {
    subscriptions.forEach(each => each.unsubscribe());
    rmSync(folder, { recursive: true });
  });

  /** Watches as the process does that evaluates them, or as the other one. */
  const watch = async (evaluates = true) => {
    const sources = new StrategySources();
    const loaded = loadConfiguration(file());
    const first = evaluates ? { ...loaded, strategies: await configuredStrategies(loaded, sources) } : loaded;
    const events: ConfigurationEvent[] = [];
    const settings: InForce[] = [];
    const settings$ = configurationEvents({
      first,
      read: readingWithSources(file(), configurationReader(file()), sources),
      everyMs: 20,
      complete: (evaluates ? withStrategies : withStrategiesTried)(file(), sources),
    }).pipe(
      log(event => events.push(event)),
      recordVersions(() => [1]),
      inForce(),
    );
    subscriptions.push(settings$.subscribe(value => settings.push(value)));
    const next = async (count: number) => {
      await until(`there are ${count} events`, () => Promise.resolve(events.length >= count));
      return events[count - 1]!;
    };
    return { events, settings, next };
  };
  const strategyOf = ({ strategies }: InForce, name: string) => strategies!.find(one => one.name === name)!;

  it('are in force as their files change, imports too; those that did not change stay as they are', async () => {
    const { next, settings } = await watch();
    write('rises.mjs', RISES('1.01'));
    expect(await next(2)).to.have.property('kind', 'accepted');
    write('numbers.js', NUMBERS(30));
    const third = await next(3);
    expect(third).to.have.property('changes').with.length(1);
    expect(third).to.have.nested.property('changes[0].key', 'strategies.mine.source');
    write('config.yaml', config('costs: {taker_fee_percentage: 0.3}\n'));
    await next(4);
    const [one, two, three, four] = settings.map(each => strategyOf(each, 'mine'));
    expect([one, two, three, four].map(each => each!.parameters['period'])).to.deep.equal([20, 20, 30, 30]);
    expect(new Set([one, two, three].map(each => each!.sourceHash))).to.have.property('size', 3);
    expect(four!.strategy).to.equal(three!.strategy);
    expect(four!.requested).to.equal(three!.requested);
    expect(new Set(settings.map(each => strategyOf(each, 'momentum').strategy))).to.have.property('size', 1);
  });

  it('keep their version where a file does not load, which is refused once; then edits are still accepted', async () => {
    const { next, settings, events } = await watch();
    const { strategy } = strategyOf(settings[0]!, 'mine');
    write('rises.mjs', 'export default ({ strategy }) => strategy({ name: "rises", entry: 1 ');
    const broken = await next(2);
    expect(broken).to.have.property('kind', 'refused');
    expect(broken)
      .to.have.nested.property('problems[0]')
      .that.matches(/rises\.mjs:1:\d+: Expected/);
    write('config.yaml', config('costs: {taker_fee_percentage: 0.3}\n'));
    const third = await next(3);
    expect(third).to.have.property('kind', 'accepted');
    expect(third)
      .to.have.nested.property('kept[0]')
      .that.matches(/rises\.mjs:1:/);
    expect(strategyOf(settings[1]!, 'mine').strategy).to.equal(strategy);
    write('rises.mjs', RISES('1'));
    expect(await next(4)).to.have.property('kind', 'restored');
    expect(events.map(({ kind }) => kind)).to.deep.equal(['accepted', 'refused', 'accepted', 'restored']);
  });

  it('are refused with their edit where they are new and do not load, alike in both processes', async () => {
    const both = [await watch(), await watch(false)];
    write(
      'config.yaml',
      config('costs: {taker_fee_percentage: 0.3}\n', '{name: mine, use: ./other.mjs, wallet: shadow}'),
    );
    const [one, two] = await Promise.all(both.map(({ next }) => next(2)));
    expect(one).to.have.property('kind', 'refused');
    expect(one)
      .to.have.nested.property('problems[0]')
      .that.matches(/other\.mjs does not exist/);
    expect(two).to.deep.equal(one);
    write('numbers.js', NUMBERS(40));
    write('other.mjs', RISES('2'));
    const accepted = await Promise.all(both.map(({ next }) => next(3)));
    expect(accepted.map(({ kind }) => kind)).to.deep.equal(['accepted', 'accepted']);
    expect(strategyOf(both[0]!.settings[1]!, 'mine').parameters).to.deep.equal({ period: 40 });
    // the other process has nothing to say of a file that changes
    write('other.mjs', RISES('3'));
    await both[0]!.next(4);
    write(
      'config.yaml',
      config('costs: {taker_fee_percentage: 0.2}\n', '{name: mine, use: ./other.mjs, wallet: shadow}'),
    );
    await Promise.all([both[0]!.next(5), both[1]!.next(4)]);
  });

  it('of one file are several, each with its parameters, its own indicators and its own name', async () => {
    mkdirSync(join(folder, 'more'));
    write(
      'config.yaml',
      config(
        '',
        '{name: fast, use: ./rises.mjs, wallet: shadow, parameters: {period: 5}, risk: {stop_loss_percentage: 1}}\n  - {name: slow, use: ./rises.mjs, wallet: shadow, parameters: {period: 50}}',
      ),
    );
    const loaded = loadConfiguration(file());
    const [momentum, fast, slow] = await configuredStrategies(loaded);
    expect([fast!, slow!].map(({ requested }) => requested.flatMap(({ group }) => group.keys))).to.deep.equal([
      ['sma_5', 'fast.mine'],
      ['sma_50', 'slow.mine'],
    ]);
    expect(decidingStrategy(fast!)).to.deep.include({
      name: 'fast',
      wallet: 'shadow',
      parameters: { period: 5, 'risk.stop_loss_percentage': 1 },
    });
    expect(decidingStrategy(momentum!).parameters).to.include({ 'rsi.oversold': 30, 'volume.factor': 1.5 });
    write('rises.mjs', 'export default 1');
    const error = await configuredStrategies(loaded).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(UserError);
  });
});
