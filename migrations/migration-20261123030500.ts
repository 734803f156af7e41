import { Migration } from '@mikro-orm/migrations';

const DEPTHS = [10, 25, 50].flatMap(bp => [`book_bid_depth_${bp}bp`, `book_ask_depth_${bp}bp`]);
const DOUBLES = ['book_spread', ...DEPTHS, 'book_imbalance'];

const finite = (column: string, least: string) =>
  `${column} ${least}::double precision and ${column} < 'Infinity'::double precision`;

/** What a snapshot's order book comes to, and when it came. */
export class Migration20261123030500 extends Migration {
  override up(): void {
    this.addSql(`alter table market_snapshot add column book_at timestamptz null,
      ${DOUBLES.map(name => `add column ${name} double precision null`).join(', ')}`);
    this.addSql(`alter table market_snapshot
      add constraint market_snapshot_book
        check (order_book is not null or num_nonnulls(book_at, ${DOUBLES.join(', ')}) = 0),
      add constraint market_snapshot_book_at check (book_at <= "timestamp"),
      add constraint market_snapshot_book_spread check (${finite('book_spread', '> 0')}),
      add constraint market_snapshot_book_depths check (${DEPTHS.map(name => finite(name, '>= 0')).join(' and ')}),
      add constraint market_snapshot_book_imbalance
        check (book_imbalance >= '-1'::integer::double precision and book_imbalance <= 1::double precision)`);
  }

  override down(): void {
    this.addSql(`alter table market_snapshot ${['book_at', ...DOUBLES].map(name => `drop column ${name}`).join(', ')}`);
  }
}
