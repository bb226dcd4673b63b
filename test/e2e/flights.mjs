/**
 * What real clients say in their first flight.
 *
 * First TLS, and how a client that sent no name learns that it must: a listener on loopback reads each flight with
 * preread; it has no certificate and completes no handshake. Clients with a name are answered with close_notify,
 * clients without one with the alert that tells them so. Then other protocols, named by their first bytes while the
 * listener stays silent; where a program is missing, its flight is sent by hand. Last everything at once, as a proxy
 * meets it: with and without PROXY headers, on ports that want them and ports that do not, each explained.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { promisify, stripVTControlCharacters } from 'node:util';
import { createPreread } from 'preread';
import { explain } from 'preread/explain';
import { encodeProxyV1, encodeProxyV2 } from 'preread/proxy';
import { alertForMissingName, createClientHelloParser, decodeAlert, encodeAlert, isGrease } from 'preread/tls';
import { createSniffer } from 'preread/sniff';
import { nameOf, versions } from 'preread/tls/names';
import { printTable } from './table.ts';

const HOST = '127.0.0.1';

/** Listens, and gives what each connection's first flight held, in the order in which they were decided. */
function listen() {
  const decided = [];
  const waiting = [];
  const report = (flight) => {
    const resolve = waiting.shift();
    if (resolve) resolve(flight);
    else decided.push(flight);
  };
  const server = net.createServer((socket) => {
    const parser = createClientHelloParser();
    let chunks = 0;
    let answered = false;
    const answer = (outcome) => {
      if (answered) return;
      answered = true;
      const named = outcome.status === 'complete' && outcome.value.serverName !== undefined;
      const alert =
        outcome.status !== 'complete'
          ? undefined
          : named
            ? encodeAlert('close_notify', 'warning')
            : encodeAlert(alertForMissingName(outcome.value));
      report({ outcome, chunks, bytes: parser.bytes.length, alert });
      socket.end(alert);
    };
    socket.on('data', (chunk) => {
      chunks++;
      const outcome = parser.push(chunk);
      if (outcome.status !== 'incomplete') answer(outcome);
    });
    socket.on('end', () => answer(parser.end()));
    socket.on('error', () => answer(parser.end()));
  });
  const flight = () => (decided.length > 0 ? Promise.resolve(decided.shift()) : new Promise((done) => waiting.push(done)));
  return new Promise((resolve) => server.listen(0, HOST, () => resolve({ server, port: server.address().port, flight })));
}

/** Connects with node:tls and gives the error that it reports. */
function nodeTls(options) {
  return new Promise((resolve) => {
    const socket = tls.connect({ rejectUnauthorized: false, ...options });
    socket.once('error', (error) => resolve(error.code === 'ECONNRESET' ? error.message : error.code));
    socket.once('secureConnect', () => resolve('connected'));
  });
}

/** A connection that sends what it is given in pieces, with a pause between them, as a slow network would. */
function inPieces(port, size) {
  const socket = net.connect({ port, host: HOST, noDelay: true });
  const pause = promisify(setTimeout);
  const pieces = new Duplex({
    async write(data, _encoding, done) {
      for (let at = 0; at < data.length; at += size) {
        socket.write(data.subarray(at, at + size));
        await pause(15);
      }
      done();
    },
    read() {}, // what the server sends is pushed as it comes
  });
  socket.on('data', (data) => pieces.push(data));
  socket.on('close', () => pieces.push(null));
  return pieces;
}

/** Runs a program and gives the line of its output that tells of the failure. */
async function program(file, args, telling) {
  const { stdout, stderr } = await promisify(execFile)(file, args, { timeout: 10_000 }).catch((error) => error);
  const lines = stripVTControlCharacters(`${stderr}${stdout}`).split('\n');
  return lines.find((line) => telling.test(line))?.replace(/^[0-9A-F]+:|^\* /, '').trim() ?? 'nothing';
}

const installed = (file, ...args) => spawnSync(file, args).status === 0;

setTimeout(() => {
  console.error('no answer within a minute');
  process.exit(1);
}, 60_000).unref();

const { server, port, flight } = await listen();
const to = { port, host: HOST };
const protocols = Array.from({ length: 150 }, (_, i) => `x-protocol-${i}`);

const clients = [
  {
    client: 'node:tls with a name and ALPN',
    asked: 'www.example.com',
    run: () => nodeTls({ ...to, servername: 'www.example.com', ALPNProtocols: ['h2', 'http/1.1'] }),
  },
  {
    client: 'node:tls, TLS 1.3 only',
    asked: 'tls13.example.com',
    run: () => nodeTls({ ...to, servername: 'tls13.example.com', minVersion: 'TLSv1.3' }),
  },
  {
    client: 'node:tls, TLS 1.2 only',
    asked: 'tls12.example.com',
    run: () => nodeTls({ ...to, servername: 'tls12.example.com', maxVersion: 'TLSv1.2' }),
  },
  { client: 'node:tls without a name', run: () => nodeTls(to) },
  { client: 'node:tls without a name, TLS 1.2', run: () => nodeTls({ ...to, maxVersion: 'TLSv1.2' }) },
  {
    client: 'node:tls, 150 protocols, in pieces',
    asked: 'large.example.com',
    run: () =>
      nodeTls({ socket: inPieces(port, 400), servername: 'large.example.com', ALPNProtocols: ['h2', ...protocols] }),
  },
];
if (installed('openssl', 'version')) {
  const s_client = (...args) =>
    program('openssl', ['s_client', '-connect', `${HOST}:${port}`, ...args], /alert number|unexpected eof|close notify|no peer/i);
  clients.push(
    {
      client: 'openssl s_client with a name',
      asked: 'openssl.example.com',
      run: () => s_client('-servername', 'openssl.example.com', '-alpn', 'h2'),
    },
    { client: 'openssl s_client -noservername', run: () => s_client('-noservername') },
    { client: 'openssl -noservername -tls1_2', run: () => s_client('-noservername', '-tls1_2') },
  );
}
if (installed('curl', '--version')) {
  const curl = (url, ...args) =>
    program('curl', ['--silent', '--show-error', '--noproxy', '*', '--max-time', '5', ...args, url], /^curl: /);
  clients.push(
    {
      client: 'curl',
      asked: 'curl.example.com',
      run: () => curl(`https://curl.example.com:${port}/`, '--resolve', `curl.example.com:${port}:${HOST}`),
    },
    { client: 'curl by address', run: () => curl(`https://${HOST}:${port}/`) },
  );
}

const rows = [];
let wrong = 0;
for (const { client, asked, run } of clients) {
  const said = run();
  const { outcome, chunks, bytes, alert } = await flight();
  if (outcome.status !== 'complete') {
    wrong++;
    rows.push([client, `${bytes} in ${chunks}`, explain(outcome).message, '', '', '', await said]);
    continue;
  }
  const { serverName, alpnProtocols, supportedVersions, legacyVersion } = outcome.value;
  const name = serverName === undefined ? undefined : serverName.kind === 'dns' ? serverName.host : serverName.kind;
  if (name !== asked) wrong++;
  const offered = (supportedVersions.length > 0 ? supportedVersions : [legacyVersion]).filter((v) => !isGrease(v));
  const [first, second, ...others] = alpnProtocols;
  rows.push([
    client,
    `${bytes} in ${chunks}`,
    name ?? 'none sent',
    [first, second, others.length > 0 ? `${others.length} more` : undefined].filter(Boolean).join(', ') || '-',
    offered.map((version) => nameOf(versions, version).replace('TLS ', '')).join(' '),
    decodeAlert(alert).value.description,
    await said,
  ]);
}
server.close();

printTable(['client', 'bytes in chunks', 'server name', 'ALPN', 'TLS', 'answered with', 'the client reports'], rows);
for (const absent of ['openssl', 'curl'].filter((file) => !installed(file, file === 'curl' ? '--version' : 'version'))) {
  console.log(`(${absent} is not installed: its rows are left out)`);
}

/** Lets a client speak to a listener that says nothing, and gives the parser's answer. */
async function heard(parser, run) {
  const server = net.createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address();
  const connected = once(server, 'connection');
  const stop = run(port);
  const [socket] = await connected;
  const outcome = await new Promise((resolve) => {
    socket.on('data', (chunk) => {
      const outcome = parser.push(chunk);
      if (outcome.status !== 'incomplete') resolve(outcome);
    });
    socket.on('end', () => resolve(parser.end()));
    socket.on('error', () => {});
  });
  stop();
  socket.destroy();
  server.close();
  return outcome;
}

/** A program that is stopped once its first flight is there. */
const spawned = (file, args) => (port) => {
  const child = spawn(file, args(port), { stdio: 'ignore', env: { ...process.env, PGCONNECT_TIMEOUT: '5' } });
  return () => child.kill();
};
const byHand = (flight) => (port) => {
  const socket = net.connect({ port, host: HOST }, () => socket.write(flight, 'latin1'));
  socket.on('error', () => {});
  return () => socket.destroy();
};
const nodeHttp2 = (port) => {
  const session = http2.connect(`http://${HOST}:${port}`);
  session.on('error', () => {});
  return () => session.destroy();
};

const noKeys = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'BatchMode=yes'];
const openings = [
  {
    protocol: 'ssh',
    program: ['ssh', '-V'],
    args: (port) => ['-F', '/dev/null', ...noKeys, '-p', `${port}`, HOST],
    flight: 'SSH-2.0-by-hand\r\n',
  },
  {
    protocol: 'postgres',
    program: ['psql', '--version'],
    args: (port) => [`host=${HOST} port=${port} sslmode=require gssencmode=disable`],
    flight: '\0\0\0\x08\x04\xd2\x16\x2f',
  },
  { protocol: 'http2', client: 'node:http2, prior knowledge', run: nodeHttp2 },
  {
    protocol: 'http2',
    program: ['curl', '--version'],
    args: (port) => ['--silent', '--noproxy', '*', '--http2-prior-knowledge', `http://${HOST}:${port}/`],
    flight: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  },
  {
    protocol: 'mqtt',
    program: ['mosquitto_pub', '--help'],
    args: (port) => ['-h', HOST, '-p', `${port}`, '-t', 'topic', '-m', 'message'],
    flight: '\x10\x12\0\x04MQTT\x04\x02\0\x3c\0\x06client',
  },
  {
    protocol: 'redis',
    program: ['redis-cli', '--version'],
    args: (port) => ['-h', HOST, '-p', `${port}`, 'ping'],
    flight: '*1\r\n$4\r\nPING\r\n',
  },
  {
    protocol: 'socks5',
    program: ['curl', '--version'],
    args: (port) => ['--silent', '--noproxy', '', '--socks5-hostname', `${HOST}:${port}`, 'http://www.example.com/'],
    flight: '\x05\x02\x00\x01',
  },
  { protocol: 'proxy-v2', client: 'a balancer on the wrong port', run: byHand('\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c') },
  { protocol: 'unknown', client: 'text of no protocol', run: byHand('hello\n') },
];
const named = [];
for (const { protocol, client, run, program, args, flight } of openings) {
  // Some print their version or usage with a status of their own: what counts is that they start.
  const isThere = program !== undefined && spawnSync(program[0], program.slice(1)).error === undefined;
  const sniffer = createSniffer();
  const outcome = await heard(sniffer, run ?? (isThere ? spawned(program[0], args) : byHand(flight)));
  const { bytes } = sniffer;
  const name = outcome.status === 'complete' ? outcome.protocol : outcome.status;
  if (name !== protocol) wrong++;
  const shown = JSON.stringify(Buffer.from(bytes.subarray(0, 24)).toString('latin1'));
  const escaped = shown.replace(/[\x7f-\xff]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
  named.push([client ?? (isThere ? program[0] : `${program[0]}, by hand`), name, `${bytes.length}`, escaped]);
}
console.log();
printTable(['client', 'protocol', 'bytes', 'the first of them'], named);

/** A client that talks through a balancer: what the balancer sends first, and then the client on the same connection. */
const behind = (header, client) => (port) => {
  const balancer = net.connect({ port, host: HOST });
  balancer.on('error', () => {});
  balancer.write(header);
  client(balancer);
  return () => balancer.destroy();
};
const alone = (client) => behind(new Uint8Array(0), client);
const tlsFor = (servername) => (socket) => {
  tls.connect({ socket, servername, ALPNProtocols: ['h2', 'http/1.1'], rejectUnauthorized: false }).on('error', () => {});
};
const httpFor = (hostname) => (socket) => {
  http.get({ createConnection: () => socket, headers: { host: hostname } }).on('error', () => {});
};
const client = { address: '192.0.2.1', port: 56324 };
const header = { source: client, destination: { address: '198.51.100.1', port: 443 } };

const connections = [
  {
    title: 'TLS behind PROXY v2',
    port: { proxy: 'require', expected: 'tls' },
    run: behind(encodeProxyV2(header, { crc32c: true }), tlsFor('www.example.com')),
    answer: 'tls for www.example.com',
    client: client.address,
  },
  {
    title: 'HTTP behind PROXY v1',
    port: { proxy: 'require', expected: 'http1' },
    run: behind(encodeProxyV1(header), httpFor('shop.example.com')),
    answer: 'http1 for shop.example.com',
    client: client.address,
  },
  {
    title: 'TLS behind PROXY v2',
    port: { proxy: 'forbid', expected: 'tls' },
    run: behind(encodeProxyV2(header), tlsFor('www.example.com')),
    answer: 'preread.proxy.unexpected',
  },
  {
    title: 'TLS past the balancer',
    port: { proxy: 'require', expected: 'tls' },
    run: alone(tlsFor('www.example.com')),
    answer: 'preread.proxy.missing',
  },
  {
    title: 'TLS without a name',
    port: { proxy: 'forbid', expected: 'tls' },
    run: alone(tlsFor(undefined)),
    answer: 'tls for no name',
  },
  {
    title: 'TLS',
    port: { proxy: 'forbid', expected: 'http1' },
    run: alone(tlsFor('www.example.com')),
    answer: 'tls for www.example.com',
  },
  {
    title: 'HTTP behind PROXY v2',
    port: { proxy: 'require', expected: 'tls' },
    run: behind(encodeProxyV2(header), httpFor('www.example.com')),
    answer: 'http1 for www.example.com',
    client: client.address,
  },
  {
    title: 'nothing behind PROXY v2',
    port: { proxy: 'require', expected: 'tls' },
    run: behind(encodeProxyV2(header), (socket) => socket.end()),
    answer: 'silent',
    client: client.address,
  },
];
const answered = [];
const explained = [];
for (const [i, { title, port, run, answer, client }] of connections.entries()) {
  const parser = createPreread({ proxy: port.proxy });
  const outcome = await heard(parser, run);
  const { protocol, ...value } = outcome.status === 'complete' ? outcome.value : {};
  const given = protocol === undefined ? outcome.code : 'host' in value ? `${protocol} for ${value.host ?? 'no name'}` : protocol;
  const address = parser.proxy?.source?.address;
  if (given !== answer || address !== client) wrong++;
  answered.push([`${i + 1}`, title, port.expected, port.proxy, address ?? '-', given]);
  const { message, reference, cause } = explain(outcome, { expected: port.expected });
  explained.push(`${i + 1}  ${message} [${reference}]\n   ${cause}`);
}
console.log();
printTable(['', 'what came', 'the port is for', 'PROXY header', "the client's address", 'the answer'], answered);
console.log(`\nexplained:\n${explained.join('\n')}`);

if (wrong > 0) {
  console.error(`${wrong} of ${rows.length + named.length + answered.length} clients were not read as they were asked to send`);
  process.exitCode = 1;
}
