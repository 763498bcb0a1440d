import process from 'node:process';
import { mutateSecret, validateSecret } from '../../src/engine/decide/decide.ts';
import type { EngineContext } from '../../src/engine/evaluation/decision.ts';
import { createOf, secretOf, type WorstInput } from './input.ts';
import type { Niche } from './niches.ts';

/** Without a limit of CPU time, which would end the work. */
const context: EngineContext = {
  cpu: () => 0,
  now: () => new Date(),
  random: (size) => new Uint8Array(size),
  ownNamespace: 'lockstep-system',
  warnOnlyUsers: new Set(),
  maxAction: 'Enforce',
};

/** CPU time for a new Secret of this size: of the webhook that takes longer. */
export function decisionMs(input: WorstInput, bytes: number, { policies }: Niche): number {
  const [first, second] = [createOf(secretOf(input, bytes)), createOf(secretOf(input, bytes))];
  const start = threadCpuMs();
  validateSecret(first, policies, context);
  const middle = threadCpuMs();
  mutateSecret(second, policies, context);
  return Math.max(middle - start, threadCpuMs() - middle);
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
