import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import tls from 'node:tls';

const LOOPBACK = '127.0.0.1';
const CLIENT = { family: 'IPv4', address: '192.0.2.1', port: 56324 };
const BALANCER = { family: 'IPv4', address: '198.51.100.1', port: 443 };
// With a key that both know, so that no certificate is needed.
const psk = Buffer.alloc(32, 1);
const withoutCertificates = { ciphers: 'PSK', maxVersion: 'TLSv1.2' };

/** What `preread/node` makes of real sockets and servers, on loopback. */
export async function adapter({ preread, web, node }, [{ flight, serverName }], check, equal) {
  const { acceptProxy, clientHello, endpoints, prereadSocket, probeTls, proxyHeader } = node;
  const header = preread.encodeProxyV2({ source: CLIENT, destination: BALANCER });

  await check('a socket: a PROXY header and a hello', () =>
    meet(net.createServer(), async (server, client) => {
      client.write(Buffer.concat([header, flight.subarray(0, 100)]));
      setTimeout(() => client.end(flight.subarray(100)), 10);
      const [socket] = await once(server, 'connection');
      const answer = await prereadSocket(socket, { proxy: 'require' });
      equal([answer.value?.host, answer.ended, answer.socket === socket], [serverName, undefined, true], 'answer');
      equal(answer.proxy?.source, CLIENT, 'source');
      equal(answer.bytes.length, header.length + flight.length, 'bytes');
      equal(Buffer.compare(await read(socket), flight), 0, 'what is left');
    }),
  );
  await check('a socket: the deadline, and what comes after it', () =>
    meet(net.createServer(), async (server, client) => {
      client.write(flight.subarray(0, 100));
      const [socket] = await once(server, 'connection');
      const answer = await prereadSocket(socket, { timeout: 50 });
      equal([answer.code, answer.ended], ['tls.client_hello.truncated', 'timeout'], 'answer');
      client.end(flight.subarray(100));
      equal(Buffer.compare(await read(socket), flight), 0, 'what is left');
    }),
  );
  await check('a socket that a server is given', () =>
    meet(net.createServer(), async (server, client) => {
      const answering = http.createServer((request, response) => response.end(request.headers.host));
      client.end('GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n');
      const [socket] = await once(server, 'connection');
      equal((await prereadSocket(socket)).value?.host, 'www.example.com', 'host');
      answering.emit('connection', socket);
      equal(/\r\n\r\nwww\.example\.com$/.test(await read(client)), true, 'response');
    }),
  );
  await check('no timer is left', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await web.prereadStream(new Blob([flight]).stream());
    await meet(net.createServer(), async (server, client) => {
      client.end(flight);
      const [socket] = await once(server, 'connection');
      await prereadSocket(socket);
    });
    equal(timers(), before, 'timers');
  });

  for (const [what, server] of [['http', http.createServer()], ['http2', http2.createServer()]]) {
    await check(`a server of ${what} behind a balancer`, () =>
      meet(acceptProxy(server, { trusted: () => true }), async (_, client) => {
        client.write(header);
        const isHttp2 = what === 'http2';
        const session = isHttp2 ? http2.connect('http://www.example.com', { createConnection: () => client }) : undefined;
        session?.on('error', () => {});
        if (isHttp2) session.request().on('error', () => {}).end();
        else client.write('GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n');
        const [{ socket }, response] = await once(server, 'request');
        equal([socket.remoteAddress, socket.remotePort], [CLIENT.address, CLIENT.port], 'client');
        equal(proxyHeader(socket)?.destination, BALANCER, 'destination');
        response.end();
        session?.destroy();
      }),
    );
  }
  await check('a server of http that trusts nobody', () => {
    const refused = [];
    const server = acceptProxy(http.createServer(), { onRefused: ({ code }) => void refused.push(code) });
    return meet(server, async (_, client) => {
      client.end(header);
      await once(client.resume(), 'close');
      equal(refused, ['preread.proxy.unexpected'], 'refused');
    });
  });
  await check('a server of tls behind a balancer', () => {
    const server = tls.createServer({ ...withoutCertificates, pskCallback: () => psk });
    return meet(acceptProxy(server, { trusted: () => true }), async (_, client) => {
      client.write(header);
      const secure = tls.connect({
        ...withoutCertificates,
        socket: client,
        servername: 'www.example.com',
        pskCallback: () => ({ psk, identity: 'one' }),
        checkServerIdentity: () => undefined,
      }).on('error', () => {});
      const [socket] = await once(server, 'secureConnection');
      equal([socket.remoteAddress, socket.remotePort], [CLIENT.address, CLIENT.port], 'client');
      equal(clientHello(socket)?.serverName?.host, 'www.example.com', 'serverName');
      equal(endpoints(socket), { source: CLIENT, destination: BALANCER }, 'endpoints');
      secure.end('hello');
      equal(String(await read(socket)), 'hello', 'what it says');
    });
  });
  // Of TLS 1.2, of each group that a hello without options has a key for, and of one that it must be asked for.
  const hasMlKem = Number.parseFloat(process.versions.openssl) >= 3.5;
  const groups = { 'P-256': 23, X25519: 29, 'P-384': 24, 'P-521': 25, ...(hasMlKem && { X25519MLKEM768: 0x11ec }) };
  for (const [ecdhCurve, group] of Object.entries(groups)) {
    await check(`a probe of a server that has ${ecdhCurve} alone`, () => {
      const { cert, key } = JSON.parse(readFileSync('certificate.json', 'utf8'));
      const server = tls.createServer({ cert, key, ecdhCurve, minVersion: 'TLSv1.3' });
      return meet(server, async () => {
        const probe = await probeTls({ host: LOOPBACK, port: server.address().port, serverName: 'localhost' });
        const kind = group === 25 ? 'hello_retry_request' : 'server_hello';
        equal([probe.healthy, probe.reason, probe.version, probe.answer?.kind, probe.answer?.group], [true, undefined, 0x0304, kind, group], 'probe');
      });
    });
  }
  await check('a probe of a server behind a balancer', () => {
    const { cert, key } = JSON.parse(readFileSync('certificate.json', 'utf8'));
    const server = acceptProxy(tls.createServer({ cert, key, maxVersion: 'TLSv1.2' }), { trusted: () => true });
    return meet(server, async () => {
      const options = { host: LOOPBACK, port: server.address().port };
      const probe = await probeTls({ ...options, preamble: preread.encodeProxyV2({ command: 'LOCAL' }) });
      equal([probe.healthy, probe.version, probe.answer?.certificates.length], [true, 0x0303, 1], 'probe');
      equal((await probeTls(options)).reason, 'end', 'reason without a header');
    });
  });
  await check('a probe of a server that takes the connection and resets it', () => {
    const server = net.createServer({ pauseOnConnect: true }, (socket) => socket.resetAndDestroy());
    return meet(server, async () => {
      for (let i = 0; i < 20; i++) {
        const { healthy, reachable, reason } = await probeTls({ host: LOOPBACK, port: server.address().port });
        // A reset right behind the beginning may look like the end.
        equal([healthy, reachable, ['ECONNRESET', 'end', 'EPIPE'].includes(reason)], [false, true, true], reason);
      }
    });
  });
  // The timeout of a handshake is in no documented property: a version that hides it elsewhere waits for ten seconds.
  await check('a server of tls, and a balancer that says nothing', () => {
    const server = tls.createServer({ ...withoutCertificates, pskCallback: () => psk, handshakeTimeout: 50 });
    return meet(acceptProxy(server, { trusted: () => true }), async (_, client) => {
      await once(client.resume(), 'close');
    });
  });
}

/** Has a client connect to a server, and ends both whatever happens. */
async function meet(server, body) {
  await once(server.listen(0, LOOPBACK), 'listening');
  const sockets = new Set();
  server.on('connection', (socket) => sockets.add(socket.on('error', () => {})));
  const client = net.connect(server.address().port, LOOPBACK).on('error', () => {});
  try {
    await body(server, client);
  } finally {
    client.destroy();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
