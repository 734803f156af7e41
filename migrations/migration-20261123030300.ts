import { Migration } from '@mikro-orm/migrations';

/** What the universe's rule `coverage` says is stored as well. */
export class Migration20261123030300 extends Migration {
  override up(): void {
    this.addSql(`alter table universe_verdict drop constraint universe_verdict_rule_check`);
    this.addSql(`alter table universe_verdict add constraint universe_verdict_rule_check
      check (rule in ('active', 'quote_currency', 'base_currency', 'market_cap', 'daily_volume', 'spread', 'exchange_listings', 'volatility', 'history', 'coverage'))`);
  }

  override down(): void {
    this.addSql(`delete from universe_verdict where rule = 'coverage'`);
    this.addSql(`alter table universe_verdict drop constraint universe_verdict_rule_check`);
    this.addSql(`alter table universe_verdict add constraint universe_verdict_rule_check
      check (rule in ('active', 'quote_currency', 'base_currency', 'market_cap', 'daily_volume', 'spread', 'exchange_listings', 'volatility', 'history'))`);
  }
}
