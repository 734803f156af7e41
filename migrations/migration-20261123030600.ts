import { Migration } from '@mikro-orm/migrations';

/** When a process ended in order. */
export class Migration20261123030600 extends Migration {
  override up(): void {
    this.addSql(`alter table process_state add column stopped_at timestamptz null`);
  }

  override down(): void {
    this.addSql(`alter table process_state drop column stopped_at`);
  }
}
