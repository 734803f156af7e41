import { Migration } from '@mikro-orm/migrations';

/** When a market capitalisation was asked for: after a restart it is as old as it was. */
export class Migration20261123030000 extends Migration {
  override up(): void {
    this.addSql(`alter table cryptocurrency add column market_cap_at timestamptz null`);
  }

  override down(): void {
    this.addSql(`alter table cryptocurrency drop column market_cap_at`);
  }
}
