import type { IncomingMessage } from 'node:http';
import { UserError } from '../../errors.js';
import type { SimulatedExchange } from '../../simulator/exchange/exchange.js';
import { FAULT_KINDS, readFault } from '../../simulator/exchange/faults/catalogue.js';
import { jsonReply, type Reply } from '../../simulator/exchange/reply.js';

const MAX_BYTES = 64 * 1024;

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_BYTES) throw new UserError([`the request is longer than ${MAX_BYTES} characters`]);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError([
      'the body is not JSON; expected a fault such as {"kind":"http_error","status":503,"count":3}',
    ]);
  }
};

const act = async (exchange: SimulatedExchange, request: IncomingMessage, path: string): Promise<Reply | null> => {
  const { faults, requests } = exchange;
  const id = /^\/simulator\/faults\/(\d+)$/.exec(path)?.[1];
  if (id !== undefined && request.method === 'DELETE') return jsonReply({ removed: faults.remove(Number(id)) });
  switch (`${request.method} ${path}`) {
    case 'GET /simulator':
      return jsonReply({
        seed: exchange.seed,
        now: new Date(exchange.now()).toISOString(),
        symbols: exchange.symbols,
        faults: faults.list(),
        kinds: FAULT_KINDS,
      });
    case 'GET /simulator/faults':
      return jsonReply(faults.list());
    case 'POST /simulator/faults':
      return jsonReply({ id: faults.add(readFault(await readJson(request)), exchange.now()) }, 201);
    case 'DELETE /simulator/faults':
      faults.clear();
      return jsonReply({ removed: true });
    case 'GET /simulator/requests':
      return jsonReply(requests.summary());
    case 'DELETE /simulator/requests':
      requests.clear();
      return jsonReply({ removed: true });
  }
  return null;
};

/**
 * Requests to the simulator itself: `/simulator` (its state), `/simulator/faults` (GET, POST one,
 * DELETE all or `/ID`), `/simulator/requests` (GET, DELETE). 400 with what is wrong, 404 for
 * anything else.
 */
export const control = async (exchange: SimulatedExchange, request: IncomingMessage, path: string): Promise<Reply> => {
  try {
    return (await act(exchange, request, path)) ?? jsonReply({ error: [`no ${request.method} ${path} here`] }, 404);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return jsonReply({ error: error.lines }, 400);
  }
};
