import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';

const MODULES = new URL('../../../lib/world/', import.meta.url).href;

/**
 * Runs a script that knows the supervised side, without a supervisor, or with one that is gone
 * before the script begins.
 */
const run = async (body: string, orphaned = false): Promise<{ code: number | null; said: string }> => {
  const imports = `import { exitOnFault, superviseeLink } from '${MODULES}supervisor/index.ts';
    import { openLog } from '${MODULES}log/index.ts';`;
  const args = ['--import', import.meta.resolve('tsx/esm'), '--input-type=module', '-e', `${imports}${body}`];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe', ...(orphaned ? ['ipc' as const] : [])],
  });
  if (orphaned) child.disconnect();
  let said = '';
  const streams = [child.stdout!, child.stderr!];
  for (const stream of streams) stream.on('data', text => (said += String(text)));
  // Not `close`: it never comes where the channel was closed first.
  const ended = streams.map(stream => once(stream, 'end'));
  const [code] = (await once(child, 'exit')) as [number | null];
  await Promise.all(ended);
  return { code, said };
};

const FAULTY = `exitOnFault(openLog({ name: 'scanner', level: 'INFO', secrets: ['canary-secret-1'] })); setInterval(() => {}, 1_000);`;

describe('a supervised process', () => {
  for (const [what, fault] of [
    ['an error that nobody caught', `setTimeout(() => { throw new Error('boom canary-secret-1'); }, 10);`],
    ['a rejection that nobody handled', `void Promise.reject(new Error('boom canary-secret-1'));`],
  ] as const)
    it(`ends with 70 and one fatal line without secrets after ${what}`, async () => {
      const { code, said } = await run(`${FAULTY} ${fault}`);
      expect(code).to.equal(70);
      const lines = said.trim().split('\n');
      expect(lines).to.have.length(1);
      expect(JSON.parse(lines[0]!))
        .to.deep.include({ name: 'scanner', level: 60 })
        .and.nested.include({ 'err.message': 'boom ***' });
      expect(said).not.to.include('canary');
    });

  it('stops at once if its supervisor was gone before it began', async () => {
    const { code, said } = await run(
      `
      const link = superviseeLink({ onParentGone: () => console.log('alone') });
      const work = setInterval(() => {}, 1_000);
      link.signal.addEventListener('abort', () => { console.log('stops', link.supervised); link.close(); clearInterval(work); });`,
      true,
    );
    expect(said).to.equal('alone\nstops true\n');
    expect(code).to.equal(0);
  });

  it('stops at once if that was requested while its code was still being loaded', async () => {
    const { code, said } = await run(`
      const before = new AbortController();
      process.once('SIGTERM', () => before.abort());
      process.kill(process.pid, 'SIGTERM');
      while (!before.signal.aborted) await new Promise(resolve => setTimeout(resolve, 5));
      const link = superviseeLink({ stopRequested: before.signal });
      console.log(link.signal.aborted);
      link.close();`);
    expect([code, said]).to.deep.equal([0, 'true\n']);
  });

  it('works without a supervisor too, and stops at SIGTERM', async () => {
    const { code, said } = await run(`
      const link = superviseeLink({ onParentGone: () => console.log('alone') });
      link.beat();
      const work = setInterval(() => {}, 1_000);
      link.signal.addEventListener('abort', () => { console.log('stops', link.supervised); link.close(); clearInterval(work); });
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 20);`);
    expect(said).to.equal('stops false\n');
    expect(code).to.equal(0);
  });
});
