import { Command, type ErrorOptions } from 'commander';
import type { SubcommandDeclaration } from './command.js';
import { usageError } from './usage-error.js';

/** Commander's command, whose errors are in our words. */
export class Parser extends Command {
  /** Its example; null for a group of commands. */
  example: SubcommandDeclaration['example'] | null = null;

  override createCommand(name?: string): Parser {
    return new Parser(name);
  }

  override error(message: string, options?: ErrorOptions): never {
    const lines = usageError(this, this.example, message, options?.code ?? '');
    return super.error(lines.map(line => `error: ${line}`).join('\n'), options);
  }
}
