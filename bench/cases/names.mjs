/** The name in a ClientHello, and the name with ALPN. */
import { decodeClientHello, readServerName } from '../../dist/tls/index.js';
import * as floor from '../floor.mjs';
import { hellos, helloOf, routes, splitIntoRecords } from '../inputs.mjs';
import { Held, load } from '../peers.mjs';
import { question } from '../timing.mjs';

const sni = await load('sni');
const sniReader = await load('sni-reader');
const { getExtensionData, readTlsClientHello } = await load('read-tls-client-hello');
const { parseClientHello } = await load('@reclaimprotocol/tls');

const inOneRecord = hellos.filter(({ records }) => records === 1);
/** In three records each, cut where no field ends. */
const split = hellos.map((hello) => ({ ...hello, flight: splitIntoRecords(hello.flight, (hello.bytes / 3) | 1) }));

/** @param {(hello: any) => any} expect */
export const helloSets = (expect) => {
  const samplesOf = (list) =>
    list.map((hello) => ({ title: hello.client, input: hello.flight, expected: expect(hello) }));
  return {
    '265 bytes': samplesOf([helloOf('deno-fetch')]),
    '517 bytes': samplesOf([helloOf('curl-default')]),
    'ML-KEM, 2019 bytes': samplesOf([helloOf('chromium')]),
    mixed: samplesOf(inOneRecord),
    'mixed, one over 3 records': samplesOf(hellos),
    'split over records': samplesOf(split),
  };
};
/** Where all of a hello is in one record: elsewhere, what checks no bound reads past the end. */
export const wholeSets = ['265 bytes', '517 bytes', 'ML-KEM, 2019 bytes', 'mixed'];

/** What a name is without text: its position is enough. */
const position = (at) => at;

export const names = question('sni', 'Server name', helloSets(({ serverName }) => serverName ?? undefined), [
  {
    name: 'preread',
    side: 'ours',
    read(bytes) {
      const name = readServerName(bytes);
      if (name.status !== 'complete') return name.status;
      return name.value?.kind === 'dns' ? name.value.host : undefined;
    },
  },
  {
    name: 'floor: walk to the name',
    side: 'floor',
    only: wholeSets,
    read: floor.walkToName,
    use: position,
    answer: (at, bytes) => (at === 0 ? undefined : Buffer.from(bytes.subarray(at, at + bytes[at - 1])).toString('latin1')),
    note: 'gives a position, no text, so that none is looked up',
  },
  { name: 'floor: name', side: 'floor', only: wholeSets, read: floor.nameOf },
  { name: 'sni', side: 'peer', buffers: true, read: (buffer) => sni(buffer) },
  {
    name: 'sni-reader',
    side: 'peer',
    buffers: true,
    read(buffer) {
      let name;
      sniReader(new Held(buffer), (error, found) => {
        if (error) throw error;
        name = found;
      });
      return name;
    },
    note: 'reads from a socket: here, from what stands in for one',
  },
  {
    name: '@reclaimprotocol/tls',
    side: 'peer',
    read: (bytes) => parseClientHello(bytes.subarray(5)).extensions.SERVER_NAME?.serverName,
    note: 'takes the message without its record',
  },
  {
    name: 'read-tls-client-hello',
    side: 'peer',
    buffers: true,
    isAsync: true,
    read: async (buffer) => getExtensionData(await readTlsClientHello(new Held(buffer)), 'sni')?.serverName,
    note: 'reads from a socket: here, from what stands in for one; decodes everything',
  },
]);

const useBoth = ({ serverName, alpnProtocols }) => (routes.get(serverName) ?? 0) + (alpnProtocols[0]?.length ?? 0);

export const namesAndAlpn = question(
  'name-alpn',
  'Server name and ALPN',
  helloSets(({ serverName, alpn }) => [serverName ?? undefined, alpn ?? []]),
  [
    {
      name: 'preread',
      side: 'ours',
      read: (bytes) => decodeClientHello(bytes),
      use({ value: { serverName, alpnProtocols } }) {
        const host = serverName?.kind === 'dns' ? serverName.host : undefined;
        return (routes.get(host) ?? 0) + (alpnProtocols[0]?.length ?? 0);
      },
      answer: ({ value }) => [value.serverName?.host, value.alpnProtocols],
    },
    {
      name: 'floor: object',
      side: 'floor',
      only: wholeSets,
      read: floor.nameAndAlpnOf,
      use: useBoth,
      answer: ({ serverName, alpnProtocols }) => [serverName, alpnProtocols],
    },
    {
      name: 'read-tls-client-hello',
      side: 'peer',
      buffers: true,
      isAsync: true,
      async read(buffer) {
        const hello = await readTlsClientHello(new Held(buffer));
        const alpnProtocols = getExtensionData(hello, 'alpn')?.protocols ?? [];
        return { serverName: getExtensionData(hello, 'sni')?.serverName, alpnProtocols };
      },
      use: useBoth,
      answer: ({ serverName, alpnProtocols }) => [serverName, alpnProtocols],
      note: 'reads from a socket: here, from what stands in for one; decodes everything',
    },
  ],
);
