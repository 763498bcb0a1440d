import { compilePolicy, type PolicyResource } from '../../../src/engine/policy/compile/compile.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';

const documentOf = (name: string, spec: object) => ({
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'SecretPolicy',
  metadata: { name },
  spec,
});

/** Compiled; throws where it can't be. */
export function aPolicy(name: string, spec: object): Policy {
  const compiled = compilePolicy(documentOf(name, spec));
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
  document: documentOf(name, spec),
  status: undefined,
});
