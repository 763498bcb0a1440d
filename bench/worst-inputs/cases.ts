import type { Shape } from './input.ts';

/** A kept input: the worst that the search found for its niche. */
export interface WorstCase extends Shape {
  readonly name: string;
  readonly niche: string;
}

export const worstCases: readonly WorstCase[] = [
  {
    name: 'keys of vault',
    niche: 'token or key',
    key: 'API_KEY_#',
    valueBytes: 128,
    head: 'vault:',
    unit: '<unuleyJabclr-yourrecon',
    end: '@',
  },
];
