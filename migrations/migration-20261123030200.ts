import { Migration } from '@mikro-orm/migrations';

/** When a minute was decided on, and how good the days of a market were whose minutes have left the database. */
export class Migration20261123030200 extends Migration {
  override up(): void {
    this.addSql(`alter table market_data add column decided_at timestamptz null`);
    this.addSql(`create table market_quality (
      cryptocurrency_id int not null,
      day timestamptz not null,
      first_at timestamptz not null,
      last_at timestamptz not null,
      present int not null,
      quiet int not null,
      suspect int not null,
      revised int not null,
      filled int not null,
      late int null,
      decided int not null,
      lag_median_ms double precision null,
      lag_p99_ms double precision null,
      constraint market_quality_pkey primary key (cryptocurrency_id, day),
      constraint market_quality_cryptocurrency_id_foreign foreign key (cryptocurrency_id) references cryptocurrency (id),
      constraint market_quality_whole_day check ((EXTRACT(epoch FROM day) % 86400::numeric) = 0::numeric),
      constraint market_quality_counts check (present > 0 AND present <= 1440
        AND LEAST(quiet, suspect, revised, filled, decided, COALESCE(late, 0)) >= 0
        AND GREATEST(quiet, suspect, revised, filled, decided, COALESCE(late, 0)) <= present)
    )`);
  }

  override down(): void {
    this.addSql(`drop table market_quality`);
    this.addSql(`alter table market_data drop column decided_at`);
  }
}
