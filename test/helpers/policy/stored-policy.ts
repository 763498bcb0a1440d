import { compilePolicy, type PolicyResource } from '../../../src/engine/policy/compile/compile.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import { aSecretPolicy } from './secret-policy.ts';

/** Compiled; throws where it can't be. */
export function aPolicy(name: string, spec: object): Policy {
  const compiled = compilePolicy(aSecretPolicy(name, spec));
  if ('policy' in compiled) return compiled.policy;
  throw new Error(compiled.problems.map(({ message }) => message).join('; '));
}

/** As the cluster holds it. */
export const aStored = (name: string, generation: number, spec: object): PolicyResource => ({
  name,
  uid: `uid of ${name}`,
  generation,
  createdAt: undefined,
  resourceVersion: '7',
  document: aSecretPolicy(name, spec),
  status: undefined,
});
