// For workerd, where files are bindings.
import * as preread from './dist/index.js';
import { smoke } from './smoke.mjs';

export default {
  test(_, { index, ...files }) {
    const hellos = index.map((hello) => ({ ...hello, flight: new Uint8Array(files[`${hello.client}.bin`]) }));
    console.log(smoke(preread, hellos));
  },
};
