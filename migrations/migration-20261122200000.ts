import { Migration } from '@mikro-orm/migrations';

/** The history of configurations also holds the edits that were refused or wait for a restart, and what each changed. */
export class Migration20261122200000 extends Migration {
  override up(): void {
    this.addSql(`alter table configuration_history
      alter column configuration drop not null,
      add column status text check (status in ('accepted', 'restart_needed', 'refused')) not null default 'accepted',
      add column changes jsonb null,
      add column problems jsonb null,
      add constraint configuration_history_document check ((status = 'refused') = (configuration IS NULL)),
      add constraint configuration_history_problems check ((status = 'accepted') = (problems IS NULL))`);
  }

  override down(): void {
    this.addSql(`delete from configuration_history where status <> 'accepted'`);
    this.addSql(`alter table configuration_history
      drop constraint configuration_history_document,
      drop constraint configuration_history_problems,
      drop column status,
      drop column changes,
      drop column problems,
      alter column configuration set not null`);
  }
}
