import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createColors } from 'picocolors';
import { simulateExchangeCommand, type SimulateOptions } from '../../../bin/commands/simulate-exchange.js';
import type { Terminal } from '../../../bin/terminal.js';
import { UserError } from '../../../lib/errors.js';

const BOT = new URL('../../../bin/bot', import.meta.url).pathname;
const OPTIONS: SimulateOptions = { port: 0, speed: 60, seed: 3, quietRows: 'zero', limits: true, symbols: ['BTC/USD'] };

describe('bot simulate-exchange', () => {
  const children: ChildProcess[] = [];
  afterEach(() => children.splice(0).forEach(child => child.kill('SIGKILL')));

  /** Runs the command until it has printed its address. */
  const run = async (options: Partial<SimulateOptions>) => {
    const stop = new AbortController();
    const lines: string[] = [];
    let ready: (url: string) => void;
    const url = new Promise<string>(resolve => (ready = resolve));
    const terminal: Terminal = {
      out: text => {
        lines.push(text);
        ready(/http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? '');
      },
      err: () => undefined,
      colours: createColors(false),
      width: 100,
      signal: stop.signal,
      progress: () => ({ at: () => undefined, stop: () => undefined }),
    };
    const done = simulateExchangeCommand({ ...OPTIONS, ...options }, terminal);
    return { lines, url: await Promise.race([url, done.then(() => '')]), stop: () => (stop.abort(), done) };
  };
  const timeAt = async (url: string) => {
    const { result } = (await (await fetch(`${url}/0/public/Time`)).json()) as { result: { unixtime: number } };
    return result.unixtime * 1000;
  };

  it('says where it is and how the bot finds it, and ends when it is stopped', async () => {
    const start = Date.now();
    const { lines, url, stop } = await run({});
    expect(lines[0]).to.match(
      /^simulated Kraken on http:\/\/127\.0\.0\.1:\d+, seed 3, speed 60×, now \d{4}-\d\d-\d\dT[\d:.]+Z$/,
    );
    expect(lines.join('\n')).to.include(`exchange: { url: '${url}', clock_speed: 60 }`);
    expect(await timeAt(url)).to.be.within(start - 1_000, start + 60 * (Date.now() - start) + 1_000);
    await stop();
    expect(await fetch(url).catch(() => 'gone')).to.equal('gone');
  });

  it('starts at the given time and runs at the given speed', async () => {
    const { url, stop } = await run({ start: '2026-04-01T12:30', speed: 1_000 });
    const began = Date.UTC(2026, 3, 1, 12, 30);
    const before = await timeAt(url);
    expect(before).to.be.within(began, began + 20 * 60_000);
    await new Promise(done => setTimeout(done, 120));
    expect((await timeAt(url)) - before).to.be.within(100_000, 2_000_000); // a hundred seconds and more in 0.12 s
    await stop();
  });

  it('says what is no market and no time', async () => {
    for (const wrong of [{ symbols: ['nonsense'] }, { start: 'noon' }]) {
      const failure = await run(wrong).catch((error: unknown) => error);
      expect(failure).to.be.instanceOf(UserError);
    }
  });

  it('ends with 0 when it is stopped by a signal, with 1 where its port is taken', async () => {
    const start = (port: string) => {
      const child = spawn(process.execPath, [BOT, 'simulate-exchange', '--symbols', 'BTC/USD', '--port', port], {
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      children.push(child);
      return child;
    };
    const first = start('0');
    const [line] = (await once(createInterface(first.stdout), 'line')) as [string];
    const port = /:(\d+),/.exec(line)![1]!;
    const second = start(port);
    const said = createInterface(second.stderr)[Symbol.asyncIterator]();
    expect((await said.next()).value).to.equal(`error: --port ${port} is taken by another program`);
    if (second.exitCode === null) await once(second, 'exit');
    expect(second.exitCode).to.equal(1);
    first.kill('SIGTERM');
    await once(first, 'exit');
    expect([first.exitCode, first.signalCode]).to.deep.equal([0, null]);
  });
});
