import { Migration } from '@mikro-orm/migrations';

/** A target may be filled in parts, one an observation, where the order book is thin; metrics name their configuration. */
export class Migration20261123000000 extends Migration {
  override up(): void {
    this.addSql(`alter table partial_exit drop constraint partial_exit_level_once`);
    this.addSql(`alter table partial_exit add constraint partial_exit_level_once
      unique (trade_id, level, exit_timestamp)`);
    this.addSql(`alter table performance_metric add column configuration_id int null,
      add constraint performance_metric_configuration_id_foreign
        foreign key (configuration_id) references configuration_history (id)`);
  }

  /** Fails, and changes nothing, where a target was filled in parts. */
  override down(): void {
    this.addSql(`alter table performance_metric drop column configuration_id`);
    this.addSql(`alter table partial_exit drop constraint partial_exit_level_once`);
    this.addSql(`alter table partial_exit add constraint partial_exit_level_once unique (trade_id, level)`);
  }
}
