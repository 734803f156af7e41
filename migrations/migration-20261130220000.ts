import { Migration } from '@mikro-orm/migrations';

/** Records the strategies of each run, and the last check of each strategy file. */
export class Migration20261130220000 extends Migration {
  override up(): void {
    this.addSql(`alter table run add column strategies jsonb not null default '[]'`);
    this.addSql(`create table strategy_check (
      id serial primary key,
      source_hash text not null,
      parameters_hash text not null,
      name text not null,
      parameters jsonb not null,
      checked_at timestamptz not null,
      code_version text not null,
      passed boolean not null,
      verdict jsonb not null,
      constraint strategy_check_once unique (source_hash, parameters_hash),
      constraint strategy_check_hashes check (source_hash ~ '^[0-9a-f]{64}$' and parameters_hash ~ '^[0-9a-f]{64}$')
    )`);
  }

  override down(): void {
    this.addSql('drop table strategy_check');
    this.addSql('alter table run drop column strategies');
  }
}
