import { Migration } from '@mikro-orm/migrations';

const REASONS = ['already_open', 'cooldown', 'max_open_positions', 'size_too_small', 'no_depth'];

const check = (reasons: readonly string[]): string =>
  `alter table opportunity add constraint opportunity_reason_check
    check (reason in (${reasons.map(reason => `'${reason}'`).join(', ')}))`;
const DROP = 'alter table opportunity drop constraint opportunity_reason_check';

/** What the scanner itself turns away is stored as well, with its reason. */
export class Migration20261123040000 extends Migration {
  override up(): void {
    this.addSql(DROP);
    this.addSql(check([...REASONS, 'disk_full', 'untrusted']));
  }

  override down(): void {
    this.addSql(`update opportunity set status = 'expired', reason = null where reason in ('disk_full', 'untrusted')`);
    this.addSql(DROP);
    this.addSql(check(REASONS));
  }
}
