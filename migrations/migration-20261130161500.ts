import { Migration } from '@mikro-orm/migrations';

const DROP = 'alter table universe_verdict drop constraint universe_verdict_rule_check';
const NAMES = [
  'active',
  'quote_currency',
  'base_currency',
  'market_cap',
  'daily_volume',
  'spread',
  'exchange_listings',
  'volatility',
  'history',
  'coverage',
]
  .map(name => `'${name}'`)
  .join(', ');

/** The name of a universe rule is checked by its form, so that a rule can be added without a migration. */
export class Migration20261130161500 extends Migration {
  override up(): void {
    this.addSql(DROP);
    this.addSql(`alter table universe_verdict add constraint universe_verdict_rule_check
      check (rule ~ '^[a-z][a-z0-9_]{0,62}$')`);
  }

  override down(): void {
    this.addSql(`delete from universe_verdict where rule not in (${NAMES})`);
    this.addSql(DROP);
    this.addSql(`alter table universe_verdict add constraint universe_verdict_rule_check check (rule in (${NAMES}))`);
  }
}
