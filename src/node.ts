/**
 * For Node.js: the first bytes of a socket, servers behind load balancers, the two ends of a connection, a question to a
 * server of TLS, and fingerprints with their hashes. The only file that imports from `node:`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { BlockList, connect, isIPv4, Server as NetServer, Socket } from 'node:net';
import { nextTick } from 'node:process';
import type { Readable } from 'node:stream';
import { Server as TlsServer, TLSSocket } from 'node:tls';
import { startTimer, timeoutOf } from './adapter.ts';
import type { AdapterOptions, Answer, Ended, WaitOptions } from './adapter.ts';
import type { Decoded, Malformed } from './decoded.ts';
import { bytesField, integerField, objectField } from './field.ts';
import { createPreread, preread } from './preread.ts';
import type { Preread, PrereadCode, PrereadParser, WithMatchers } from './preread.ts';
import type { Endpoint, IPEndpoint, ProxyDecodeOptions, ProxyHeader } from './proxy/header.ts';
import { tls } from './sniff/matchers.ts';
import type { TcpProtocol } from './sniff/matchers.ts';
import type { Alert } from './tls/alert.ts';
import type { ClientHello } from './tls/client-hello.ts';
import { encodeClientHello } from './tls/encode-client-hello.ts';
import type { ClientHelloInput } from './tls/encode-client-hello.ts';
import { ja3 as ja3With, ja4 as ja4With } from './tls/fingerprint.ts';
import type { Hash, Ja4Options } from './tls/fingerprint.ts';
import { createServerHelloParser } from './tls/server-hello.ts';
import type { HelloRetryRequest, ServerAlert, ServerAnswer, ServerHello } from './tls/server-hello.ts';

export type { AdapterOptions, Answer, Ended, Received } from './adapter.ts';

/** What {@link prereadSocket} gives: the answer of `createPreread`, with what was received, and the socket. */
export type SocketAnswer<N extends string = TcpProtocol, S extends Readable = Socket> = Answer<N> & {
  /** As it was, with every byte still to be read but those of the PROXY header. */
  readonly socket: S;
};

/**
 * Reads what opens a connection, as `createPreread` does, and leaves the socket as it was but for the PROXY header: to be
 * piped, wrapped in TLS, or handed to a server by `server.emit('connection', socket)`.
 *
 * The end of the stream, a reset and the deadline are answers too; `ended` tells which. Whatever the answer, the bytes
 * are there to be read from a socket that lives. Its errors are yours to handle: listen for them before the call, since
 * one may come just behind the answer.
 *
 * @param socket any stream of bytes that nobody reads yet: `net.Socket`, `tls.TLSSocket`, a pipe
 * @returns rejects with the reason of `signal` where that is aborted, and then the PROXY header is still to be read; with
 *   TypeError or RangeError for options that are none, and for a stream that gives text
 *
 * @example
 * socket.push('GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n');
 * const answer = await prereadSocket(socket, { timeout: 3000 });
 * if (answer.status === 'complete' && answer.value.protocol === 'http1') {
 *   console.log(answer.value.host, answer.socket.readableLength); // www.example.com 41
 * }
 */
export function prereadSocket<N extends string, S extends Readable>(
  socket: S,
  options: AdapterOptions<N> & WithMatchers<N>,
): Promise<SocketAnswer<N, S>>;
export function prereadSocket<S extends Readable, N extends string = never>(
  socket: S,
  options?: AdapterOptions<N>,
): Promise<SocketAnswer<N | TcpProtocol, S>>;
export function prereadSocket<S extends Readable>(
  socket: S,
  options: AdapterOptions<string> = {},
): Promise<SocketAnswer<string, S>> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    const parser = createPreread(options);
    const timeout = timeoutOf(options);
    if (socket.readableEncoding !== null || socket.readableObjectMode) throw new TypeError('socket must give bytes');
    signal?.throwIfAborted();
    const abandon = readFirst(socket, parser, timeout, isFinal, (_outcome, ended, error) => {
      signal?.removeEventListener('abort', onAbort);
      const { bytes, proxy } = parser;
      resolve({ ...parser.end(), bytes, proxy, ended, error, socket });
    });
    function onAbort(): void {
      abandon(() => reject(signal!.reason));
    }
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

const nothing = new Uint8Array(0);

type Outcome<N extends string> = Decoded<Preread<N>, PrereadCode>;

function isFinal({ status }: Outcome<string>): boolean {
  return status !== 'incomplete';
}

/**
 * Reads a socket until an outcome is enough, or nothing more comes, and then gives everything back but the PROXY header.
 *
 * By 'readable' and not by 'data', since a socket that is switched to flowing and back loses bytes to whoever takes it
 * over later, or hangs.
 *
 * @param whenRead is called once the socket is again as it was
 * @returns what gives everything back, header and all, and then calls its argument in the place of `whenRead`, unless it is
 *   too late for that
 */
function readFirst<N extends string>(
  socket: Readable,
  parser: PrereadParser<N>,
  timeout: number,
  isEnough: (outcome: Outcome<N>) => boolean,
  whenRead: (outcome: Outcome<N>, ended?: Ended, error?: unknown) => void,
): (whenReleased: () => void) => void {
  const wasPaused = socket.isPaused();
  let isReading = true;
  const stopTimer = startTimer(timeout, () => finish(parser.end(), 'timeout'));
  socket.on('readable', onReadable).on('end', onEnd).on('error', onClose).on('close', onClose);
  if (socket.readableEnded) onEnd();
  else if (socket.destroyed) onClose();
  return (whenReleased) => release(0, whenReleased);

  function onReadable(): void {
    // One read gives all that is there, and since Node.js 26 one chunk of it.
    for (let chunk: Uint8Array | null; (chunk = socket.read()) !== null; ) {
      const outcome = parser.push(chunk);
      if (isEnough(outcome)) return finish(outcome);
    }
    // An empty stream that takes no more has ended. Only now, before its 'end', can bytes still be given back.
    const takesMore: unknown = socket.unshift(nothing);
    if (takesMore === false) onEnd();
  }
  function onEnd(): void {
    finish(parser.end(), 'end');
  }
  function onClose(): void {
    finish(parser.end(), 'reset', socket.errored ?? undefined);
  }
  function finish(outcome: Outcome<N>, ended?: Ended, error?: unknown): void {
    release(parser.payloadOffset, () => whenRead(outcome, ended, error));
  }
  function release(from: number, whenReleased: () => void): void {
    if (!isReading) return;
    isReading = false;
    stopTimer();
    socket.off('readable', onReadable);
    const rest = parser.bytes.subarray(from);
    if (rest.length > 0 && !socket.readableEnded && !socket.destroyed) socket.unshift(rest);
    // The stream sees only then that nobody waits for 'readable' any more.
    nextTick(() => {
      socket.off('end', onEnd).off('error', onClose).off('close', onClose);
      if (wasPaused) socket.pause();
      whenReleased();
    });
  }
}

/** Who may send a PROXY header, and its bounds. */
export interface AcceptProxyOptions {
  /**
   * Who must send a header: the addresses of your balancers, or a predicate over the socket as it is accepted, with the
   * balancer's own address (on a UNIX socket there is none). Nobody unless given. All others must not send one, since
   * whoever may can claim any address.
   */
  readonly trusted?: BlockList | ((socket: Socket) => boolean) | undefined;
  /**
   * How many milliseconds there are from the connection until the header is whole (default 10000), and, for a server of
   * TLS, the ClientHello; for that at most the server's `handshakeTimeout`, which itself begins to count behind it.
   */
  readonly timeout?: number | undefined;
  /** For the header (4096 bytes unless given). */
  readonly proxyHeader?: ProxyDecodeOptions | undefined;
  /**
   * Is told of every connection that is closed for its header or the lack of one, while the socket still has its
   * addresses. `explain` has the words.
   */
  readonly onRefused?: ((outcome: Malformed<PrereadCode>, socket: Socket) => void) | undefined;
}

/** What is known of a connection before its server sees it. */
interface Arrival {
  readonly proxyHeader: ProxyHeader | undefined;
  readonly clientHello: ClientHello | undefined;
}

/**
 * Makes a server read the PROXY header of every connection from those it trusts, and refuse one from anybody else, before
 * it sees the connection itself: a server of `net`, `http`, `https`, `http2` or `tls`.
 *
 * Its handlers see the client as if there were no balancer: `remoteAddress`, `remotePort` and `remoteFamily` of a socket,
 * and of one of TLS once its handshake is over or has failed, are the client's. They stay those of the connection where the
 * header names no client (`LOCAL`, `UNKNOWN`), and are undefined where it names a UNIX socket. {@link proxyHeader} gives the
 * header, and {@link clientHello}, on a server of TLS, the hello. Everything else the server does itself, its time-outs,
 * SNICallback and tlsClientError included.
 *
 * Who is trusted and sends no header in time is closed, and so is who is not and sends one. For that a server of TLS reads
 * the beginning of every connection, and one of `net` sees the bytes as they pass. A server of HTTP without TLS refuses a
 * header as it does all that is no request: HTTP/1 with 400, of which `onRefused` is told where it comes in one piece.
 *
 * @returns the server
 * @throws TypeError or RangeError for options that are none
 *
 * @example
 * const balancers = new BlockList();
 * balancers.addSubnet('10.0.0.0', 8);
 * const server = acceptProxy(createServer((socket) => socket.end(`hello ${socket.remoteAddress}\n`)), { trusted: balancers });
 */
export function acceptProxy<S extends NetServer>(server: S, options: AcceptProxyOptions = {}): S {
  const { trusted = () => false, proxyHeader, onRefused } = options;
  const isTrusted = trusted instanceof BlockList ? (socket: Socket) => isListed(trusted, socket) : trusted;
  if (typeof isTrusted !== 'function') throw new TypeError('trusted must be a net.BlockList or a function');
  const readsHello = server instanceof TlsServer;
  const timeout = Math.min(timeoutOf(options), readsHello ? handshakeTimeoutOf(server) : Infinity);
  const emitting: { emit(event: string | symbol, ...args: unknown[]): boolean } = server;
  const emit = emitting.emit;
  const waiting = new Set<Socket>();
  const refuse = (outcome: Malformed<PrereadCode>, socket: Socket): void => {
    try {
      onRefused?.(outcome, socket);
    } finally {
      socket.destroy();
    }
  };

  let session: { readonly destroyed: boolean } | undefined;
  const hasDestroyedSession = (): boolean => session?.destroyed === true;
  const serve = (socket: Socket): void => {
    session = undefined;
    emit.call(server, 'connection', socket);
    // To a session of HTTP/2 that its handler destroyed at once, Node.js would still feed what is buffered, and crash.
    if (hasDestroyedSession()) socket.read();
  };

  // Not a listener: the server's own would not wait for it, and those that are added later would see the balancer.
  emitting.emit = (event, ...args) => {
    switch (event) {
      case 'connection':
        if (!(args[0] instanceof Socket)) break;
        accept(args[0]);
        return server.listenerCount(event) > 0;
      case 'secureConnection':
        adopt(args[0] as Socket);
        break;
      case 'tlsClientError':
      case 'keylog':
        adopt(args[1] as Socket);
        break;
      case 'session':
        session = args[0] as typeof session;
        break;
      case 'clientError':
        nameRefusedHeader(args[0] as { rawPacket?: Uint8Array }, args[1] as Socket);
        break;
    }
    return emit.call(server, event, ...args);
  };
  // Of HTTP: who has not sent a header is idle, and not yet known to it.
  for (const name of ['closeIdleConnections', 'closeAllConnections']) {
    const close: unknown = Reflect.get(server, name);
    if (typeof close !== 'function') continue;
    Reflect.set(server, name, () => {
      for (const socket of waiting) socket.destroy();
      close.call(server);
    });
  }
  return server;

  function accept(socket: Socket): void {
    // Reset before it was accepted: nobody can say who it was, nor answer. A UNIX socket has no address at either end.
    if (socket.remoteAddress === undefined && socket.localAddress !== undefined) return void socket.destroy();
    const proxy = isTrusted(socket) ? 'require' : 'forbid';
    if (proxy === 'forbid' && !readsHello && socket.readableLength === 0) {
      watch(socket, refuse);
      return serve(socket);
    }
    const parser = createPreread({ proxy, proxyHeader, matchers: readsHello ? [tls] : [] });
    const isEnough = (outcome: Outcome<'tls'>): boolean =>
      isFinal(outcome) || (!readsHello && (proxy === 'forbid' || parser.proxy !== undefined));
    waiting.add(socket);
    readFirst(socket, parser, timeout, isEnough, (outcome, ended) => {
      waiting.delete(socket);
      // What is wrong with the hello is for the server to say.
      const isRefused = outcome.status === 'malformed' && /^proxy|^preread\.proxy/.test(outcome.code);
      if (isRefused) return ended === 'reset' ? undefined : refuse(outcome, socket);
      const isHello = outcome.status === 'complete' && outcome.value.protocol === 'tls';
      show(socket, { proxyHeader: parser.proxy, clientHello: isHello ? outcome.value.tls : undefined });
      if (!socket.destroyed && ended !== 'end') {
        if (outcome.status === 'incomplete') watch(socket, refuse, parser);
        return serve(socket);
      }
      // As a server of TLS says of a client that goes before its hello is whole.
      const error = socket.errored ?? hangUp();
      socket.destroy();
      if (readsHello) emit.call(server, 'tlsClientError', error, standInFor(socket));
    });
  }

  /** Shows on a socket of TLS what is known of the connection below it. */
  function adopt(secure: Socket & { readonly _parent?: (Socket & Partial<Arrival>) | null }): void {
    // In no documentation, but there since the first versions; addresses would not tell UNIX sockets apart, nor connections
    // that are closed. If it ever goes, nobody must be served under the balancer's address.
    const socket = secure._parent;
    if (socket) show(secure, socket);
    else if (secure.remoteAddress !== undefined) secure.destroy();
  }

  /** HTTP refuses a header by itself, as it does all that is no request: it is only told of, where the connection begins so. */
  function nameRefusedHeader({ rawPacket }: { rawPacket?: Uint8Array }, socket: Socket): void {
    if (readsHello || rawPacket === undefined || socket.bytesRead !== rawPacket.length) return;
    const outcome = preread(rawPacket, { matchers: [] });
    if (outcome.status === 'malformed') onRefused?.(outcome, socket);
  }
}

function isListed(list: BlockList, { remoteAddress = '' }: Socket): boolean {
  return list.check(withoutZone(remoteAddress), isIPv4(remoteAddress) ? 'ipv4' : 'ipv6');
}

/** What Node.js says of a connection that ends too early. */
function hangUp(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** A server of TLS shows it to nobody; where it is not found, the hello is waited for as long as the header. */
function handshakeTimeoutOf(server: TlsServer): number {
  const symbol = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'handshake-timeout');
  const timeout: unknown = symbol && Reflect.get(server, symbol);
  return typeof timeout === 'number' ? timeout : Infinity;
}

/**
 * Looks for a PROXY header in the first bytes as they pass, since it may be the server who speaks first.
 *
 * @param parser of what was read already
 */
function watch(
  socket: Socket,
  refuse: (outcome: Malformed<PrereadCode>, socket: Socket) => void,
  parser?: PrereadParser<string>,
): void {
  let passed = parser?.bytes.length ?? 0;
  socket.push = (chunk: Uint8Array | null, encoding) => {
    passed += chunk?.length ?? 0;
    // HTTP takes bytes past this, and what comes here once it gives up the socket is not the beginning.
    const isBeginning = chunk !== null && passed === socket.bytesRead;
    parser ??= createPreread({ matchers: [] });
    const outcome = isBeginning ? parser.push(chunk) : parser.end();
    if (isFinal(outcome)) Reflect.deleteProperty(socket, 'push');
    if (outcome.status !== 'malformed') return Socket.prototype.push.call(socket, chunk, encoding);
    refuse(outcome, socket);
    return false;
  };
}

/** Gives a socket the properties that its handlers look at. */
function show(socket: Socket, { proxyHeader, clientHello }: Partial<Arrival>): void {
  define(socket, { proxyHeader, clientHello });
  const { source } = proxyHeader ?? {};
  if (source === undefined) return;
  const { family, address, port } = source.family === 'unix' ? {} : { ...source };
  define(socket, { remoteFamily: family, remoteAddress: address, remotePort: port });
}

/** A socket of TLS, which handlers expect, for a connection that was over before it had one. */
function standInFor(socket: Socket & Partial<Arrival>): TLSSocket {
  const { proxyHeader, remoteFamily, remoteAddress, remotePort } = socket;
  const secure = new TLSSocket(new Socket(), { isServer: true });
  define(secure, { proxyHeader, remoteFamily, remoteAddress, remotePort });
  return secure.on('error', () => {}).destroy();
}

function define(socket: Socket, properties: object): void {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(socket, name, { value, configurable: true, writable: true });
  }
}

/**
 * The PROXY header that a connection came with, on a server that {@link acceptProxy} was called with: of the socket of a
 * request in `http`, `https` and `http2` too. Undefined where it came with none.
 */
export function proxyHeader(socket: object): ProxyHeader | undefined {
  return (socket as Partial<Arrival>).proxyHeader;
}

/**
 * The ClientHello of a connection, on a server of TLS that {@link acceptProxy} was called with: of the socket of a request in
 * `https` and `http2` too. Undefined where it did not come in time, or is malformed and yet was taken.
 */
export function clientHello(socket: object): ClientHello | undefined {
  return (socket as Partial<Arrival>).clientHello;
}

/**
 * The two ends of a connection that a server accepted, for `encodeProxyV1` and `encodeProxyV2`: of a PROXY header that it
 * came with, else of the socket, with IPv4-mapped addresses as IPv4 and without the zone of an IPv6 address. Undefined on
 * a UNIX socket, and on one that is closed.
 *
 * @example
 * console.log(endpoints(new Socket())); // undefined
 */
export function endpoints(socket: Socket): { readonly source: Endpoint; readonly destination: Endpoint } | undefined {
  if (socket.destroyed) return undefined;
  const header = proxyHeader(socket);
  const source = header?.source ?? endpointOf(socket.remoteAddress, socket.remotePort);
  const destination = header?.destination ?? endpointOf(socket.localAddress, socket.localPort);
  return source && destination && { source, destination };
}

function endpointOf(text: string | undefined, port: number | undefined): IPEndpoint | undefined {
  if (text === undefined || port === undefined) return undefined;
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text) ?? [];
  const address = mapped ?? withoutZone(text);
  return { family: isIPv4(address) ? 'IPv4' : 'IPv6', address, port };
}

function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

/** Whom to ask, what to say in the ClientHello, and how long to wait. */
export interface ProbeOptions extends ClientHelloInput, WaitOptions {
  /** A name or an address to connect to. It is not sent: `serverName` is. */
  readonly host: string;
  readonly port: number;
  /** What to send in front of the ClientHello, for example a PROXY header: `encodeProxyV2({ command: 'LOCAL' })`. */
  readonly preamble?: Uint8Array | undefined;
}

/** What {@link probeTls} found: a `switch` on `healthy` tells what else is there. */
export type TlsProbe = HealthyProbe | UnhealthyProbe;

interface AnyProbe {
  /** Whether the server took the connection. */
  readonly reachable: boolean;
  /** The fatal alert that it sent, else the first warning: by name, or number where that has none. */
  readonly alert: Alert['description'] | undefined;
  /** From the call to the answer, the lookup of the name and the connection included. */
  readonly milliseconds: number;
}

/** The server would go on with the handshake: it sent a ServerHello, up to TLS 1.2 with its certificates, or asked again. */
export interface HealthyProbe extends AnyProbe {
  readonly healthy: true;
  readonly reason: undefined;
  /** For example 0x0304: `preread/tls/names` has the names. */
  readonly version: number;
  readonly cipherSuite: number;
  /** All that it said: a ServerHello, or that it wants another ClientHello. */
  readonly answer: ServerHello | HelloRetryRequest;
}

export interface UnhealthyProbe extends AnyProbe {
  readonly healthy: false;
  /**
   * The alert by name (`unrecognized_name`), or `alert 200` where it has none; `end` where the server closed without a word;
   * `timeout`; the code of an error (`ECONNREFUSED`, `ECONNRESET`, `ENOTFOUND`); or that of an answer which is malformed
   * (`tls.not_tls`, `tls.server_hello.truncated`). A server that resets the connection right behind an alert takes it back:
   * Node.js does not get to read it.
   */
  readonly reason: string;
  readonly version: undefined;
  readonly cipherSuite: undefined;
  /** The alert; undefined where there was no answer. */
  readonly answer: ServerAlert | undefined;
}

/**
 * Asks a server of TLS whether it would serve a client: connects, sends a ClientHello, reads the answer, and hangs up. A
 * health check for servers that need a server name.
 *
 * It never completes a handshake: it verifies no certificate, negotiates no secret, and sends nothing else, so that a
 * server which it finds healthy may still refuse a real client for what comes later. Do not use it to authenticate. The
 * server sees a client that hangs up in the middle of the handshake, and may log that.
 *
 * @returns rejects with TypeError or RangeError for options that are none, and with the reason of `signal` where that is
 *   aborted; whatever the server or the network do is an answer
 *
 * @example
 * const probe = await probeTls({ host: '127.0.0.1', port: 1, serverName: 'www.example.com', timeout: 3000 });
 * console.log(probe.healthy, probe.reachable, probe.reason); // false false ECONNREFUSED
 */
export async function probeTls(options: ProbeOptions): Promise<TlsProbe> {
  const { host, port, preamble = nothing, signal } = objectField(options, 'options');
  if (typeof host !== 'string' || host === '') throw new TypeError('host must be a name or an address');
  integerField(port, 0xffff, 'port');
  const hello = encodeClientHello(options);
  const toSend = Buffer.concat([bytesField(preamble, 'preamble'), hello]);
  const timeout = timeoutOf(options);
  signal?.throwIfAborted();
  const started = performance.now();
  const socket = connect({ host, port });
  const parser = createServerHelloParser();
  return new Promise((resolve, reject) => {
    let reachable = false;
    const stopTimer = startTimer(timeout, () => fail('timeout'));
    signal?.addEventListener('abort', onAbort, { once: true });
    socket
      .on('connect', () => (reachable = true))
      .on('data', (chunk) => settle(parser.push(chunk)))
      .on('end', () => (parser.bytes.length === 0 ? fail('end') : settle(parser.end())))
      .on('error', onError)
      .write(toSend);

    function settle(outcome: ReturnType<typeof parser.push>): void {
      switch (outcome.status) {
        case 'malformed':
          return fail(outcome.code);
        case 'complete':
          return answerWith(outcome.value);
      }
    }
    function answerWith(answer: ServerAnswer): void {
      if (answer.kind === 'alert') return fail(reasonOf(answer), answer);
      const { version, cipherSuite } = answer;
      finish({ healthy: true, reason: undefined, version, cipherSuite, answer, ...found(parser.warnings[0]) });
    }
    function fail(reason: string, answer?: ServerAlert): void {
      const alert = answer === undefined ? parser.warnings[0] : answer.description;
      finish({ healthy: false, reason, version: undefined, cipherSuite: undefined, answer, ...found(alert) });
    }
    function found(alert: AnyProbe['alert']): AnyProbe {
      return { reachable, alert, milliseconds: performance.now() - started };
    }
    function finish(probe: TlsProbe): void {
      resolve(probe);
      release();
    }
    function onError({ code, message }: NodeJS.ErrnoException): void {
      // Reset before Node.js could say that it was there; one that was never there is refused.
      if (code === 'ECONNRESET') reachable = true;
      fail(code ?? message);
    }
    function onAbort(): void {
      reject(signal!.reason);
      release();
    }
    function release(): void {
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
    }
  });
}

function reasonOf({ description }: ServerAlert): string {
  return typeof description === 'number' ? `alert ${description}` : description;
}

/** The JA3 fingerprint of `preread/fingerprint`, with the MD5 of Node.js; throws where that has none (FIPS 140). */
export function ja3(hello: ClientHello): string {
  return ja3With(hello, hashWith('md5'));
}

/** The JA4 fingerprint of `preread/fingerprint`, with the SHA-256 of Node.js. */
export function ja4(hello: ClientHello, options?: Ja4Options): string {
  return ja4With(hello, hashWith('sha256'), options);
}

function hashWith(algorithm: string): Hash {
  return (text) => createHash(algorithm).update(text).digest('hex');
}
