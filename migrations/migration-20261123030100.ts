import { Migration } from '@mikro-orm/migrations';

/** The sector of a market's coin; null where it is not known. */
export class Migration20261123030100 extends Migration {
  override up(): void {
    this.addSql(`alter table cryptocurrency add column sector text null`);
    this.addSql(
      `alter table cryptocurrency add constraint cryptocurrency_sector check (sector ~ '^[a-z][a-z0-9-]{0,31}$')`,
    );
  }

  override down(): void {
    this.addSql(`alter table cryptocurrency drop column sector`);
  }
}
