/** Outcomes in words for people. */
export { explain } from './explain.ts';
export type { Explainable, ExplainedCode, ExplainOptions, Explanation } from './explain.ts';
