import { names, namesAndAlpn } from './names.mjs';

/** @type {readonly import('../timing.mjs').Case[]} */
export const cases = [...names, ...namesAndAlpn];
