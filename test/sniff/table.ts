/** The README's table of how many bytes it takes to say no and yes, made of the flights of the tests. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Matcher } from '../../src/sniff/index.ts';
import type { Flight } from '../vectors/flights.ts';

const file = new URL('../../README.md', import.meta.url);

/**
 * Expects that the README holds the table, or writes it there with `UPDATE_README=1`.
 *
 * @param matchers by the names of their exports
 * @param isForeign whether a flight is one to which the matcher should say no
 */
export function matcherTable(
  matchers: readonly (readonly [string, Matcher])[],
  flights: readonly Flight[],
  isForeign: (matcher: Matcher, flight: Flight) => boolean,
): void {
  const rows = matchers.map(([name, matcher]) => {
    /** With how many bytes it decides, of those flights on which it does. */
    const times = (list: readonly Flight[], answer: boolean): number[] =>
      list.flatMap(({ bytes }) => {
        if (matcher.match(bytes) !== answer) return [];
        let length = 0;
        while (matcher.match(bytes.subarray(0, length), length - 1) !== answer) length++;
        return [length];
      });
    const no = times(flights.filter((flight) => isForeign(matcher, flight)), false);
    const yes = times(flights.filter(({ protocol }) => protocol === matcher.protocol), true);
    const [least, most] = [Math.min(...yes), Math.max(...yes)];
    const weak = matcher.weak ? ', weak' : '';
    return `| \`${matcher.protocol}\` | \`${name}\`${weak} | ${Math.max(...no)} | ${least === most ? least : `${least} to ${most}`} |`;
  });
  const table = ['| protocol | matcher | no, at most | yes |', '|---|---|---|---|', ...rows].join('\n');
  const readme = readFileSync(file, 'utf8');
  const [, before, there, after] = /^(.*\n)(\| protocol \| matcher \| no, at most \| yes \|\n(?:\|[^\n]*\n)*)(.*)$/s.exec(readme) ?? [];
  if (there === undefined) throw new Error('the README has no such table');
  if (process.env['UPDATE_README'] === '1') writeFileSync(file, `${before}${table}\n${after}`);
  else expect(there).toBe(`${table}\n`);
}
