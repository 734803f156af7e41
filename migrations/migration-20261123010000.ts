import { Migration } from '@mikro-orm/migrations';

/** Candles of higher timeframes from before a live bot's 1-minute candles. */
export class Migration20261123010000 extends Migration {
  override up(): void {
    this.addSql(`create table timeframe_candle (
      cryptocurrency_id int not null,
      minutes int not null,
      "timestamp" timestamptz not null,
      open double precision not null,
      high double precision not null,
      low double precision not null,
      close double precision not null,
      volume double precision not null,
      constraint timeframe_candle_pkey primary key (cryptocurrency_id, minutes, "timestamp"),
      constraint timeframe_candle_cryptocurrency_id_foreign foreign key (cryptocurrency_id) references cryptocurrency (id),
      constraint timeframe_candle_minutes check (minutes > 1),
      constraint timeframe_candle_aligned check ((EXTRACT(epoch FROM "timestamp") % (minutes * 60)::numeric) = 0::numeric),
      constraint timeframe_candle_prices check (low > 0::double precision AND high < 'Infinity'::double precision AND high >= GREATEST(open, close) AND low <= LEAST(open, close)),
      constraint timeframe_candle_volume check (volume >= 0::double precision AND volume < 'Infinity'::double precision)
    )`);
  }

  override down(): void {
    this.addSql(`drop table timeframe_candle`);
  }
}
