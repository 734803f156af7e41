import { Migration } from '@mikro-orm/migrations';

/** Stores the exit signals of a minute. */
export class Migration20261130233000 extends Migration {
  override up(): void {
    this.addSql('alter table market_data add column exit_signals jsonb');
  }

  override down(): void {
    this.addSql('alter table market_data drop column exit_signals');
  }
}
