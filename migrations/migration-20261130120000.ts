import { Migration } from '@mikro-orm/migrations';

/** Why a process ended, and whether anybody asked for it: a run that was stopped on request is not one that is down. */
export class Migration20261130120000 extends Migration {
  override up(): void {
    this.addSql(`alter table process_state add column stop_reason text null, add column stop_requested boolean null`);
    this.addSql(
      `update process_state set stop_reason = 'stopped on request', stop_requested = true where stopped_at is not null`,
    );
    this.addSql(
      `alter table process_state add constraint process_state_stop
        check ((stopped_at is null) = (stop_reason is null) and (stopped_at is null) = (stop_requested is null))`,
    );
  }

  override down(): void {
    this.addSql(`alter table process_state drop constraint process_state_stop`);
    this.addSql(`alter table process_state drop column stop_reason, drop column stop_requested`);
  }
}
