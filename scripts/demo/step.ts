import type { Claim } from './claims.ts';

/** One command of the demo: a sentence that announces it, and the claims about its output. */
export interface Step {
  readonly sentence: string;
  /** The program is `kubectl` or `lockstep`. */
  readonly command: readonly ['kubectl' | 'lockstep', ...string[]];
  /** Standard input. The demo shows it as a here-document. */
  readonly input?: string;
  readonly claims: readonly Claim[];
  /** Resolves when the command can run, for example after the controller has finished its work. */
  readonly before?: () => Promise<void>;
}
