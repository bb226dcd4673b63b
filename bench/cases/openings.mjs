/** Which protocol it is, and the heads of requests. */
import { decodeRequestHead } from '../../dist/http/index.js';
import { sniff, tcp, web } from '../../dist/sniff/index.js';
import * as floor from '../floor.mjs';
import { openings, requestHeads, routes } from '../inputs.mjs';
import { Held, load } from '../peers.mjs';
import { question } from '../timing.mjs';

const isTlsClientHello = await load('is-tls-client-hello');
const httpolyglot = await load('httpolyglot');

const protocols = new Map(['tls', 'http1', 'ssh', 'unknown', 'other'].map((protocol, i) => [protocol, i]));
const use = (protocol) => protocols.get(protocol);

/** The listener of its server, which decides by the first byte whose connection it is. */
const { _connListener } = httpolyglot.createServer({}, () => {});
let handler;
const server = {
  _tlsHandler: () => (handler = 'tls'),
  __httpSocketHandler: () => (handler = 'http1'),
};

const others = [
  { name: 'floor: first bytes', side: 'floor', read: floor.sniff, use },
  {
    name: 'httpolyglot',
    side: 'peer',
    buffers: true,
    read(buffer) {
      _connListener.call(server, new Held(buffer));
      return handler;
    },
    use,
    note: 'its listener, for what stands in for a socket; knows TLS and takes all else for HTTP',
  },
  {
    name: 'is-tls-client-hello',
    side: 'peer',
    only: ['TLS'],
    read: (bytes) => (isTlsClientHello(bytes) ? 'tls' : 'other'),
    use,
    note: 'tells TLS from all else',
  },
];
const ours = (matchers) => ({
  name: 'preread',
  side: 'ours',
  read(bytes) {
    const sniffed = sniff(bytes, matchers);
    return sniffed.status === 'complete' ? sniffed.protocol : sniffed.status;
  },
  use,
});

const { TLS, HTTP } = openings;
export const sniffing = [
  ...question('sniff-web', 'Protocol, preset web', { TLS, HTTP, mixed: [...TLS.slice(0, 2), ...HTTP] }, [ours(web), ...others]),
  ...question('sniff-tcp', 'Protocol, preset tcp', openings, [ours(tcp), ...others]),
];

const { HTTPParser, methods } = await load('http-parser-js');
const httpHeaders = await load('http-headers');
const { parseRequest } = await load('http-string-parser');

/** What node:http is made of; other runtimes have none, or one that does nothing. */
const inNode = process.versions.bun === undefined ? await nativeParser() : undefined;
async function nativeParser() {
  const { HTTPParser, methods } = await import('node:_http_common');
  return { HTTPParser, methods, parser: new HTTPParser() };
}

/** The name to route by, of the text of a Host field. */
const hostOf = (authority) => authority.replace(/:\d*$/, '').toLowerCase();
const pairsOf = (flat) => Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
const plain = ({ method, target, host, fields }) => ({
  method,
  target,
  host,
  fields: fields.map(([name, value]) => [name.toLowerCase(), value]),
});
const useHead = ({ method, target, host }) => (routes.get(host) ?? 0) + method.length + target.length;

const headOf = (method, target, fields) => {
  const at = fields.findIndex((text, i) => i % 2 === 0 && text.length === 4 && text.toLowerCase() === 'host');
  return { method, target, host: hostOf(fields[at + 1]), fields };
};
const ofFlatFields = (head) => plain({ ...head, fields: pairsOf(head.fields) });
const ofObject = ({ method, target, host, fields }) => plain({ method, target, host, fields: Object.entries(fields) });
const peer = { side: 'peer', buffers: true, use: useHead };

export const requests = question('http', 'Request head', requestHeads, [
  {
    name: 'preread',
    side: 'ours',
    read: (bytes) => decodeRequestHead(bytes).value,
    use: ({ method, target, authority }) => (routes.get(authority.host) ?? 0) + method.length + target.length,
    answer: ({ method, target, authority, headers }) =>
      plain({ method, target, host: authority.host, fields: headers.map(({ name, value }) => [name, value]) }),
  },
  {
    ...peer,
    name: 'http-parser-js',
    read(buffer) {
      let head;
      const parser = new HTTPParser(HTTPParser.REQUEST);
      parser[HTTPParser.kOnHeadersComplete] = ({ method, url, headers }) => (head = headOf(methods[method], url, headers));
      parser.execute(buffer);
      return head;
    },
    answer: ofFlatFields,
  },
  ...(inNode === undefined
    ? []
    : [
        {
          ...peer,
          name: "Node.js's own, native",
          read(buffer) {
            let head;
            inNode.parser.initialize(inNode.HTTPParser.REQUEST, {});
            inNode.parser[inNode.HTTPParser.kOnHeadersComplete] = (major, minor, headers, method, url) => {
              head = headOf(inNode.methods[method], url, headers);
            };
            inNode.parser.execute(buffer);
            return head;
          },
          answer: ofFlatFields,
          note: 'by an interface that is not public; one parser for all heads',
        },
      ]),
  {
    ...peer,
    name: 'http-headers',
    read(buffer) {
      const { method, url: target, headers: fields } = httpHeaders(buffer);
      return { method, target, host: hostOf(fields.host), fields };
    },
    answer: ofObject,
    note: 'joins or drops repeated fields',
  },
  {
    ...peer,
    name: 'http-string-parser',
    read(buffer) {
      const { method, uri: target, headers: fields } = parseRequest(buffer.toString('latin1'));
      return { method, target, host: hostOf(fields.Host), fields };
    },
    answer: ofObject,
    note: 'takes text: toString in front; keeps one of repeated fields; checks nothing',
  },
]);
