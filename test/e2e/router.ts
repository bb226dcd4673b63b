import { once } from 'node:events';
import net from 'node:net';
import { endpoints, prereadSocket } from 'preread/node';
import type { SocketAnswer } from 'preread/node';
import { encodeProxyV1, encodeProxyV2 } from 'preread/proxy';
import { http1Fast, tls } from 'preread/sniff';
import { alertFor, alertForMissingName, encodeAlert } from 'preread/tls';

export interface Backend { host: string; port: number; proxy?: 'v1' | 'v2' }
type Table = Map<string, Backend[]>; // from a name to its backends, which take turns
type Answer = SocketAnswer<'tls' | 'http1'>;
type Report = (answer: Answer, backend: Backend | undefined) => void;

/** Routes by name what comes in the clear, without certificates. The tables may change while it runs. */
export function createRouter(tables: { tls: Table; http1: Table }, report: Report, maxWaiting = 10_000): net.Server {
  const waiting = new Set<net.Socket>();
  return net.createServer({ allowHalfOpen: true, noDelay: true }, async (socket) => {
    socket.on('error', () => {});
    const [longest] = waiting.add(socket);
    if (waiting.size > maxWaiting && waiting.delete(longest!)) longest!.destroy();
    const answer = await prereadSocket(socket, { matchers: [tls, http1Fast], maxBytes: 16_384, timeout: 10_000 });

    const named = answer.status === 'complete' && 'host' in answer.value ? answer.value : undefined;
    // Whose target and Host name two hosts is routed to neither: the backend might read the other one.
    const isAmbiguous = named?.protocol === 'http1' && named.http.hostDiffers;
    const backends = named?.host === undefined || isAmbiguous ? undefined : tables[named.protocol].get(named.host);
    const [backend, upstream] = await connectTo(backends ?? []);
    waiting.delete(socket);
    report(answer, backend);
    const ends = endpoints(socket); // none, once the client is gone
    if (backend === undefined || upstream === undefined || ends === undefined) {
      upstream?.destroy();
      socket.end(refusal(answer, backends !== undefined)).resume();
      return void setTimeout(() => socket.destroy(), 1000);
    }
    if (backend.proxy !== undefined) upstream.write(backend.proxy === 'v1' ? encodeProxyV1(ends) : encodeProxyV2(ends));
    upstream.on('error', () => abort(socket));
    socket.on('error', () => abort(upstream));
    socket.pipe(upstream).pipe(socket);
  });
}

/** Tries each backend once, beginning with the one whose turn it is. */
async function connectTo(backends: Backend[]): Promise<[Backend, net.Socket] | []> {
  const inTurn = [...backends];
  backends.push(...backends.splice(0, 1));
  for (const backend of inTurn) {
    const upstream = net.connect({ ...backend, allowHalfOpen: true, noDelay: true });
    try {
      await once(upstream, 'connect', { signal: AbortSignal.timeout(3000) });
      return [backend, upstream];
    } catch {
      upstream.destroy();
    }
  }
  return [];
}

/** By a reset, so that half a response does not look whole; behind end(), Node.js cannot reset. */
function abort(socket: net.Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** What turns a client away in its own protocol; nothing where it has none that is known, or did not say enough. */
function refusal(answer: Answer, isKnown: boolean): Uint8Array | string {
  const status = (text: string) => `HTTP/1.1 ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;
  if (answer.ended !== undefined) return '';
  if (answer.status === 'malformed') {
    if (answer.code.startsWith('http.')) return status('400 Bad Request');
    const alert = alertFor(answer.code);
    return alert === undefined ? '' : encodeAlert(alert);
  }
  const { value } = answer;
  if (value.protocol === 'http1') {
    if (isKnown) return status('502 Bad Gateway');
    return status(value.host === undefined ? '404 Not Found' : '421 Misdirected Request');
  }
  if (value.protocol !== 'tls') return '';
  if (isKnown) return encodeAlert('internal_error');
  return encodeAlert(value.host === undefined ? alertForMissingName(value.tls) : 'unrecognized_name');
}
