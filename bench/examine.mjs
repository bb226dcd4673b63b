/** Whether contenders answer right. */

/**
 * How many of the samples a contender answers wrong, and how many it refuses: with any of the copies that are timed,
 * since what answers a Buffer need not answer a Uint8Array.
 *
 * @param {import('./timing.mjs').Contender} contender
 * @param {readonly import('./inputs.mjs').Sample[]} samples
 * @param {readonly any[]} copies of the samples, in turns
 * @returns {Promise<{ wrong: number, refused: number, inputs: any[] }>} with what is to be read of each copy
 */
export async function examine({ prepare = (copy) => copy, read, answer = (result) => result ?? undefined }, samples, copies) {
  const wrong = new Set();
  const refused = new Set();
  const inputs = [];
  for (const [i, copy] of copies.entries()) {
    const sample = samples[i % samples.length];
    try {
      const input = await prepare(copy);
      inputs.push(input);
      const result = await answer(await read(input), copy);
      if (JSON.stringify(result) !== JSON.stringify(sample.expected)) wrong.add(sample);
    } catch {
      refused.add(sample);
    }
  }
  return { wrong: wrong.size, refused: refused.size, inputs };
}
