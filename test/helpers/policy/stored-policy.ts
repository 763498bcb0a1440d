import type { PolicyObject } from '../../../src/controllers/policy/store.ts';
import { compilePolicy } from '../../../src/engine/policy/compile/compile.ts';
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
export const aStored = (name: string, generation: number, spec: object): PolicyObject => ({
  name,
  uid: `uid of ${name}`,
  generation,
  document: documentOf(name, spec),
});
