import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UserError } from '../../errors.js';
import type { SimulatedExchange } from '../../simulator/exchange/exchange.js';
import { jsonReply, type Reply } from '../../simulator/exchange/reply.js';
import { control } from './control.js';
import { send } from './send.js';

/** A listening simulated exchange. */
export interface ExchangeServer {
  /** Its base URL, in place of Kraken's: `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** Cuts all connections. */
  close(): Promise<void>;
}

/** Reachable from this machine only. */
const HOST = '127.0.0.1';

const replyTo = (exchange: SimulatedExchange, request: IncomingMessage): Reply | Promise<Reply> => {
  const target = request.url ?? '/';
  if (!URL.canParse(target, `http://${HOST}`)) return jsonReply({ error: ['EGeneral:Invalid arguments'] }, 400);
  const { pathname, searchParams } = new URL(target, `http://${HOST}`);
  if (pathname === '/simulator' || pathname.startsWith('/simulator/')) return control(exchange, request, pathname);
  return exchange.reply({ path: pathname, query: searchParams, client: request.socket.remoteAddress ?? '' });
};

const listen = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES')
        reject(
          new UserError(
            [
              `--port ${port} is ${error.code === 'EACCES' ? 'not open to this user' : 'taken by another program'}`,
              'Choose another one, or --port 0 for any that is free.',
            ],
            1,
          ),
        );
      else reject(error);
    });
    server.listen(port, HOST, resolve);
  });

/**
 * Serves an exchange on the loopback address; port 0 takes any free one. Throws `UserError` if the
 * port is taken.
 */
export const serveExchange = async (exchange: SimulatedExchange, port: number): Promise<ExchangeServer> => {
  const closing = new AbortController();
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    response.on('error', () => undefined); // the client has gone
    try {
      await send(response, await replyTo(exchange, request), closing.signal);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else await send(response, jsonReply({ error: [`the simulator failed: ${text}`] }, 500), closing.signal);
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  await listen(server, port);
  const { port: found } = server.address() as AddressInfo;
  return {
    url: `http://${HOST}:${found}`,
    port: found,
    close: () =>
      new Promise(resolve => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
