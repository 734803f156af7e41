import { Migration } from '@mikro-orm/migrations';

/** The order books that live fills walked, and a way to those of snapshots by their time. */
export class Migration20261123030800 extends Migration {
  override up(): void {
    this.addSql(`create table fill_book (
      run_id int not null constraint fill_book_run_id_foreign references run (id),
      cryptocurrency_id int not null constraint fill_book_cryptocurrency_id_foreign references cryptocurrency (id),
      "timestamp" timestamptz not null,
      kind text check (kind in ('entry', 'exit')) not null,
      order_book jsonb not null,
      primary key (run_id, cryptocurrency_id, "timestamp", kind))`);
    this.addSql(`create index fill_book_timestamp_index on fill_book ("timestamp")`);
    this.addSql(`create index market_snapshot_book_at_index on market_snapshot (book_at) where book_at is not null`);
  }

  override down(): void {
    this.addSql(`drop index market_snapshot_book_at_index`);
    this.addSql(`drop table fill_book`);
  }
}
