import { createServer, request, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** A proxy as companies have them. */
export interface FakeProxy {
  readonly port: number;
  /** What came, in order: `CONNECT host:443` or `GET http://host/path`, without the query. */
  readonly asked: string[];
  /** `user:password` that it wants; null for none. */
  credentials: string | null;
  /** Answers all with this status; null to let them through. */
  status: number | null;
  close(): Promise<void>;
}

/**
 * Starts a proxy that sends whatever is wanted of hosts ending in .invalid to servers on this
 * machine, by their first label.
 */
export const startProxy = async (ports: ReadonlyMap<string, number>): Promise<FakeProxy> => {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const portOf = (host: string) => ports.get(host.split('.')[0]!) ?? 1;
  const refusal = ({ headers }: IncomingMessage): number | null => {
    const wanted = proxy.credentials && `Basic ${Buffer.from(proxy.credentials).toString('base64')}`;
    return wanted !== null && headers['proxy-authorization'] !== wanted ? 407 : proxy.status;
  };
  const server = createServer((incoming, response) => {
    const url = new URL(incoming.url!);
    asked.push(`GET ${url.origin}${url.pathname}`);
    const status = refusal(incoming);
    if (status !== null) {
      response.writeHead(status).end('<html><title>The proxy refuses</title></html>');
      return;
    }
    const onward = request(
      { host: '127.0.0.1', port: portOf(url.hostname), path: url.pathname + url.search, headers: incoming.headers },
      answer => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.writeHead(502).end()).end();
  });
  server.on('connect', (incoming: IncomingMessage, socket: Socket) => {
    asked.push(`CONNECT ${incoming.url!}`);
    const status = refusal(incoming);
    if (status !== null) {
      socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      return;
    }
    const onward = connect(portOf(incoming.url!), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const each of [socket, onward]) each.on('error', () => (socket.destroy(), onward.destroy()));
  });
  server.on('connection', socket => sockets.add(socket));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const proxy: FakeProxy = {
    port: (server.address() as AddressInfo).port,
    asked,
    credentials: null,
    status: null,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return proxy;
};
