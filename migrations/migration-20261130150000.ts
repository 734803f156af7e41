import { Migration } from '@mikro-orm/migrations';

const counts = (names: readonly string[]): string => {
  const all = [...names, 'COALESCE(late, 0)'].join(', ');
  return `present > 0 and present <= 1440 and least(${all}) >= 0 and greatest(${all}) <= present`;
};
const KEPT = ['quiet', 'suspect', 'revised', 'filled', 'decided'];
const CHECK = (names: readonly string[]) =>
  `alter table market_quality add constraint market_quality_counts check (${counts(names)})`;
const DROP = 'alter table market_quality drop constraint market_quality_counts';

/** Which minutes the exchange has confirmed, and how many were not confirmed on days that have left the database. */
export class Migration20261130150000 extends Migration {
  override up(): void {
    this.addSql(`create table confirmed_stretch (
      cryptocurrency_id int not null constraint confirmed_stretch_cryptocurrency_id_foreign references cryptocurrency (id),
      from_at timestamptz not null,
      until_at timestamptz not null,
      primary key (cryptocurrency_id, from_at),
      constraint confirmed_stretch_order check (from_at < until_at),
      constraint confirmed_stretch_whole_minutes check (extract(second from from_at) = 0 and extract(second from until_at) = 0))`);
    this.addSql('alter table market_quality add column unconfirmed int null');
    this.addSql(DROP);
    this.addSql(CHECK([...KEPT, 'COALESCE(unconfirmed, 0)']));
  }

  override down(): void {
    this.addSql(DROP);
    this.addSql('alter table market_quality drop column unconfirmed');
    this.addSql(CHECK(KEPT));
    this.addSql('drop table confirmed_stretch');
  }
}
