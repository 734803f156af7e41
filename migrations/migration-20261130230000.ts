import { Migration } from '@mikro-orm/migrations';

/**
 * Accepts every reason of a rejected opportunity that has the form of one, as with exits: a new protection needs no migration.
 */
export class Migration20261130230000 extends Migration {
  override up(): void {
    this.addSql(`alter table opportunity drop constraint opportunity_reason_check,
      add constraint opportunity_reason_check check (reason ~ '^[a-z][a-z0-9_]{0,62}$')`);
  }

  override down(): void {
    this.addSql(`alter table opportunity drop constraint opportunity_reason_check,
      add constraint opportunity_reason_check check (reason = any (array['already_open', 'cooldown', 'max_open_positions', 'size_too_small', 'no_depth', 'disk_full', 'untrusted']))`);
  }
}
