import type { PolicyValidator } from '../../../src/admission/policy-review/validate-policy.ts';
import { compileCredential } from '../../../src/engine/login/credential-schema/compile.ts';
import { compilePolicy } from '../../../src/engine/policy/compile/compile.ts';
import { aReview, type Json } from './review.ts';

/** Validates as the webhook does, on a day that exceptions are measured by. */
export const aPolicyValidator = (more: Partial<PolicyValidator> = {}): PolicyValidator => ({
  compilePolicy: compilePolicy,
  compileCredential,
  now: () => new Date('2026-06-01T12:00:00Z'),
  ...more,
});

/** A SecretPolicy object as the API server sends it. */
export function aPolicyObject(spec: unknown = { keys: { TOKEN: {} } }, metadata: Json = {}): Json {
  return {
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'SecretPolicy',
    metadata: { name: 'shop', generation: 1, uid: 'a54e', managedFields: [], ...metadata },
    spec,
  };
}

/** A review that creates a policy; `request` says what differs. */
export const aPolicyReview = (request: Json = {}, review: Json = {}): Json =>
  aReview(
    {
      uid: 'b1d0d2f4-54a0-4b0f-8a0e-0d3c8d4c3f01',
      kind: { group: 'lockstep.dev', version: 'v1alpha1', kind: 'SecretPolicy' },
      resource: { group: 'lockstep.dev', version: 'v1alpha1', resource: 'secretpolicies' },
      name: 'shop',
      namespace: undefined,
      object: aPolicyObject(),
      ...request,
    },
    review,
  );
