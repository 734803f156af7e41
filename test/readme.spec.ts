import { expect } from 'chai';
import type { Command } from 'commander';
import { readFileSync, readdirSync } from 'node:fs';
import { program } from '../bin/cli.js';
import { openTerminal } from '../bin/terminal.js';

const root = new URL('../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const documented = [
  readme,
  ...readdirSync(new URL('docs/', root))
    .filter(name => name.endsWith('.md'))
    .map(name => readFileSync(new URL(`docs/${name}`, root), 'utf8')),
].join('\n');

/** The arguments of every bin/bot in the sh blocks, up to a comment, pipe or redirection. */
const examples = [...readme.matchAll(/^```(?:sh|bash|console)\n(.*?)^```/gms)]
  .flatMap(([, block]) => block!.replaceAll('\\\n', ' ').split('\n'))
  .flatMap(line => /^\s*(?:\$ )?(?:\w+=\S* )*(?:\.\/)?bin\/bot\b([^#|&>;]*)/.exec(line)?.[1]?.trim() ?? []);
const words = (example: string): string[] =>
  [...example.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, bare]) => single ?? double ?? bare ?? '');

const terminal = openTerminal(new AbortController().signal);
const bot = () => program(terminal);
const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
const nameOf = (command: Command): string =>
  command.parent ? `${nameOf(command.parent)} ${command.name()}`.trim() : '';

/**
 * Lets commander take the arguments apart without doing anything, and gives the command that would
 * run.
 */
const parsed = async (args: readonly string[]): Promise<string> => {
  const commands = bot();
  const ran: string[] = [];
  for (const leaf of leaves(commands)) {
    leaf.configureOutput({ writeErr: () => undefined });
    leaf.action(() => void ran.push(nameOf(leaf)));
  }
  await commands.parseAsync(args, { from: 'user' });
  return ran.join();
};

describe('README.md', () => {
  it('has examples', () => {
    expect(examples.length).to.be.at.least(3);
  });

  for (const example of new Set(examples))
    it(`names a command that exists, with options that it takes: bin/bot ${example}`, async () => {
      const args = words(example).filter(word => word !== '--help');
      if (args.length > 0) expect(await parsed(args)).to.equal(/^((?:config|strategy) )?\S+/.exec(args.join(' '))![0]);
    });

  for (const command of leaves(bot()))
    if (documented.includes(`bot ${nameOf(command)}`))
      it(`tells, or the docs tell, every option of ${nameOf(command)}`, () => {
        const missing = command.options.map(({ long }) => long!).filter(long => !documented.includes(long));
        expect(missing).to.deep.equal([]);
      });

  it('refuses what does not exist, so that the above proves something', async () => {
    const refusal = await parsed(['status', '--bogus']).catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'commander.unknownOption');
  });
});
