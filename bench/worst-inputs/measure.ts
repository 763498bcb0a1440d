import process from 'node:process';
import { mutateSecret, validateSecret } from '../../src/engine/review/decide/decide.ts';
import type { EngineContext } from '../../src/engine/review/evaluation/decision.ts';
import { createOf, secretOf, type WorstInput } from './input.ts';
import type { Niche } from './niches.ts';

/** Without a limit of CPU time, which would end the work. */
const context: EngineContext = {
  cpu: () => 0,
  now: () => new Date(),
  random: (size) => new Uint8Array(size),
  ownNamespace: 'lockstep-system',
  excludedNamespaces: new Set(),
  warnOnlyUsers: new Set(),
  maxAction: 'Enforce',
};

/** CPU time for a new Secret of this size: of the webhook that takes longer. */
export function decisionMs(input: WorstInput, bytes: number, { policies }: Niche): number {
  const [first, second] = [createOf(secretOf(input, bytes)), createOf(secretOf(input, bytes))];
  const start = cpuMs();
  validateSecret(first, policies, context);
  const middle = cpuMs();
  mutateSecret(second, policies, context);
  return Math.max(middle - start, cpuMs() - middle);
}

/** With the threads that compile and collect garbage. That of one thread is exact only to a tick of the clock. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
