/** Outcomes in words for people, and bytes with what they mean. */
export { annotate } from './annotate.ts';
export { explain } from './explain.ts';
export type { Explainable, ExplainedCode, ExplainOptions, Explanation } from './explain.ts';
