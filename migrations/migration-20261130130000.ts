import { Migration } from '@mikro-orm/migrations';

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  equity_point: ['cash', 'open_value', 'equity'],
  partial_exit: ['exit_price', 'size', 'profit_loss', 'fee', 'half_spread', 'slippage', 'quote_rate'],
  performance_metric: [
    ...['average_profit', 'average_loss', 'total_profit_loss', 'expectancy', 'fees', 'spread_cost', 'slippage_cost'],
  ],
  run: ['initial_balance', 'final_balance'],
  simulated_trade: [
    ...['entry_price', 'size', 'stop_loss_price', 'take_profit_price', 'exit_price', 'profit_loss'],
    ...['profit_loss_percentage', 'entry_fee', 'entry_half_spread', 'entry_slippage', 'entry_quote_rate'],
    ...['remaining_size', 'highest_price'],
  ],
};

/** A trigger whose condition names a column keeps its type from being changed. */
const DROP = 'drop trigger simulated_trade_stop_never_falls on simulated_trade';
const CREATE = `create trigger simulated_trade_stop_never_falls before update of stop_loss_price on simulated_trade
  for each row when (new.position_type = 'long' and new.stop_loss_price < old.stop_loss_price)
  execute function simulated_trade_stop_never_falls()`;

const altered = (type: string): readonly string[] =>
  Object.entries(COLUMNS).map(
    ([table, columns]) =>
      `alter table ${table} ${columns.map(column => `alter column ${column} type ${type}`).join(', ')}`,
  );

/** Amounts of trades to the last bit: with twelve decimals a price of 1.1466e-9 was 4e-4 off, and 1e16 was too much. */
export class Migration20261130130000 extends Migration {
  override up(): void {
    this.addSql(DROP);
    altered('numeric').forEach(sql => this.addSql(sql));
    this.addSql(CREATE);
  }

  /** Amounts are rounded again: the last exit of a closed trade takes the rest, so that sums stay exact. */
  override down(): void {
    this.addSql(DROP);
    altered('numeric(28,12)').forEach(sql => this.addSql(sql));
    this.addSql(`
      update partial_exit as last set size = trade.size - coalesce((
        select sum(size) from partial_exit as other where other.trade_id = trade.id and other.sequence < last.sequence), 0)
      from simulated_trade as trade
      where trade.id = last.trade_id and trade.status = 'closed'
        and last.sequence = (select max(sequence) from partial_exit where trade_id = trade.id)`);
    this.addSql(`
      update simulated_trade as trade set profit_loss = sold.profit_loss, remaining_size = trade.size - sold.size
      from (select trade_id, sum(profit_loss) as profit_loss, sum(size) as size from partial_exit group by trade_id) as sold
      where sold.trade_id = trade.id`);
    this.addSql(CREATE);
  }
}
