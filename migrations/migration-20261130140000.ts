import { Migration } from '@mikro-orm/migrations';

/** Minutes of which an import found a bad row, so that no later one takes them for quiet. */
export class Migration20261130140000 extends Migration {
  override up(): void {
    this.addSql(`create table damaged_minutes (
      cryptocurrency_id int not null constraint damaged_minutes_cryptocurrency_id_foreign references cryptocurrency (id),
      first_at timestamptz not null,
      last_at timestamptz not null,
      primary key (cryptocurrency_id, first_at, last_at),
      constraint damaged_minutes_whole check (EXTRACT(second FROM first_at) = 0::numeric AND EXTRACT(second FROM last_at) = 0::numeric),
      constraint damaged_minutes_order check (first_at <= last_at)
    )`);
  }

  override down(): void {
    this.addSql(`drop table damaged_minutes`);
  }
}
