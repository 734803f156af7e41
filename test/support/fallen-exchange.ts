import type { SimulatedExchange } from '../../lib/simulator/exchange/exchange.js';
import type { EpochMs } from '../../lib/units.js';

/** A time in which all prices are other ones. */
export interface Fall {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly factor: number;
}

type Row = (string | number)[];
type Book = Readonly<Record<'asks' | 'bids', readonly Row[]>>;

/** A simulated exchange whose trades and order books fall, and recover, when a test says so. */
export const fallenExchange = (exchange: SimulatedExchange, fall: () => Fall | null): SimulatedExchange => ({
  ...exchange,
  reply: request => {
    const at = exchange.now();
    const reply = exchange.reply(request);
    const [name, now] = [request.path.split('/').at(-1)!, fall()];
    if (!now || reply.status !== 200 || !['Depth', 'Trades'].includes(name)) return reply;
    const isWithin = (time: EpochMs) => time >= now.from && time < now.to;
    const move = (row: Row) =>
      void (row[0] = (Number(row[0]) * now.factor).toFixed(String(row[0]).split('.')[1]!.length));
    const body = JSON.parse(reply.body) as { result?: Record<string, unknown> };
    for (const part of Object.values(body.result ?? {})) {
      if (name === 'Trades' && Array.isArray(part))
        for (const row of part as Row[]) if (isWithin(Number(row[2]) * 1_000)) move(row);
      if (name === 'Depth' && isWithin(at)) for (const side of Object.values(part as Book)) side.forEach(move);
    }
    return { ...reply, body: JSON.stringify(body) };
  },
});
