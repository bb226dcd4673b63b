/**
 * What real TLS clients say in their first flight, and how one that sent no name learns that it must.
 *
 * A listener on loopback reads each flight with preread; it has no certificate and completes no handshake. Clients
 * with a name are answered with close_notify, clients without one with the alert that tells them so.
 */
import { execFile, spawnSync } from 'node:child_process';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { promisify, stripVTControlCharacters } from 'node:util';
import { explain } from 'preread/explain';
import { alertForMissingName, createClientHelloParser, decodeAlert, encodeAlert, isGrease } from 'preread/tls';
import { nameOf, versions } from 'preread/tls/names';

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

const header = ['client', 'bytes in chunks', 'server name', 'ALPN', 'TLS', 'answered with', 'the client reports'];
const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => (column === 6 ? 0 : row[column].length))));
const line = (cells) => cells.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd();
console.log(line(header));
console.log(line(widths.map((width) => '-'.repeat(width))));
for (const row of rows) console.log(line(row));
for (const absent of ['openssl', 'curl'].filter((file) => !installed(file, file === 'curl' ? '--version' : 'version'))) {
  console.log(`(${absent} is not installed: its rows are left out)`);
}
if (wrong > 0) {
  console.error(`${wrong} of ${rows.length} clients were not read as they were asked to send`);
  process.exitCode = 1;
}
