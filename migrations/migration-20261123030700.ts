import { Migration } from '@mikro-orm/migrations';

/** What the user's own reference data say of coins. */
export class Migration20261123030700 extends Migration {
  override up(): void {
    this.addSql(`create table coin_reference (
      symbol text not null,
      name text null,
      sector text null,
      coingecko_id text null,
      updated_at timestamptz not null default now(),
      constraint coin_reference_pkey primary key (symbol),
      constraint coin_reference_symbol check (symbol ~ '^[A-Z0-9.]{1,20}$'),
      constraint coin_reference_sector check (sector ~ '^[a-z][a-z0-9-]{0,31}$'),
      constraint coin_reference_says check (num_nonnulls(name, sector, coingecko_id) > 0)
    )`);
  }

  override down(): void {
    this.addSql(`drop table coin_reference`);
  }
}
