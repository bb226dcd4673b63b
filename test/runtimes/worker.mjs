// For workerd, where files are bindings.
import * as modules from './bundle.js';
import { smoke } from './smoke.mjs';
import { relayed, sockets } from './workerd-sockets.mjs';

export default {
  async test(_, { index, addresses, ...files }) {
    const hellos = index.map((hello) => ({ ...hello, flight: new Uint8Array(files[`${hello.client}.bin`]) }));
    const more = (check, equal, sameBytes) => sockets(modules, hellos, addresses, check, equal, sameBytes);
    console.log(await smoke(modules, hellos, more));
  },
  connect: relayed(modules.web, { proxy: 'require' }),
};
export const hasty = { connect: relayed(modules.web, { timeout: 50 }) };
