import { Migration } from '@mikro-orm/migrations';

/** Keeps each rise of a trade's stop. */
export class Migration20261130231000 extends Migration {
  override up(): void {
    this.addSql(`create table stop_raise (
      id serial primary key,
      trade_id integer not null references simulated_trade (id),
      "timestamp" timestamptz not null,
      stop numeric not null,
      reason text not null,
      constraint stop_raise_once unique (trade_id, stop),
      constraint stop_raise_price check (stop > 0 and stop < 'Infinity'::numeric),
      constraint stop_raise_reason_check check (reason ~ '^[a-z][a-z0-9_]{0,62}$')
    )`);
    this.addSql('alter table stop_raise rename constraint stop_raise_trade_id_fkey to stop_raise_trade_id_foreign');
  }

  override down(): void {
    this.addSql('drop table stop_raise');
  }
}
