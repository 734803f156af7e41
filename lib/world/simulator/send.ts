import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Reply } from '../../simulator/exchange/reply.js';

const pause = (milliseconds: number, signal: AbortSignal): Promise<unknown> =>
  sleep(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);

/**
 * Sends a reply as slowly or incompletely as it says, or not at all; drops the unsent rest when
 * `signal` fires.
 */
export const send = async (response: ServerResponse, reply: Reply, signal: AbortSignal): Promise<void> => {
  const { status, contentType, headers, delivery } = reply;
  const body = Buffer.from(reply.body);
  const begin = () =>
    response.writeHead(status, { ...headers, 'content-type': contentType, 'content-length': body.length });
  switch (delivery.way) {
    case 'hang':
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'stall':
      begin().write(body.subarray(0, delivery.bytes));
      return;
    case 'break':
      begin().write(body.subarray(0, delivery.bytes), () => response.destroy());
      return;
    case 'drip':
      begin();
      for (let i = 0; i < body.length && !signal.aborted && !response.destroyed; i++) {
        response.write(body.subarray(i, i + 1));
        await pause(delivery.every, signal);
      }
      response.end();
      return;
    case 'late':
      await pause(delivery.by, signal);
      begin().end(body);
      return;
    case 'whole':
      begin().end(body);
  }
};
