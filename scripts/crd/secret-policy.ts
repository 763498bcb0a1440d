import { secretPolicySchema } from '../../src/engine/policy/schema/schema.ts';
import { policyRules } from './cel-rules.ts';
import { AGE, type Crd } from './definition.ts';
import { conditionsOf, observedGeneration } from './status-schema.ts';
import { structuralSchema } from './structural-schema.ts';

export const secretPolicyCrd: Crd = {
  kind: 'SecretPolicy',
  plural: 'secretpolicies',
  shortName: 'spol',
  scope: 'Cluster',
  source: 'src/engine/policy/schema/schema.ts',
  summary: 'the kind that steers lockstep',
  description:
    'The Secrets that it matches, and the requirements for each of their keys. lockstep validates every write of such a Secret, and computes what can be computed. A policy holds no secrets: everyone who may read policies can read it.',
  columns: [
    { name: 'Action', type: 'string', jsonPath: '.spec.action', description: 'What a finding does.' },
    {
      name: 'Precedence',
      type: 'integer',
      jsonPath: '.spec.precedence',
      description: 'For one key the policy of highest precedence decides.',
    },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether the webhooks validate by this policy.',
    },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.reason',
      description: 'Accepted, or of the condition that matters most.',
    },
    AGE,
  ],
  spec: structuralSchema(secretPolicySchema.shape.spec, policyRules, 'spec'),
  status: {
    type: 'object',
    description: 'What lockstep says of the policy. Written by lockstep alone.',
    properties: {
      observedGeneration: observedGeneration('policy'),
      reason: {
        type: 'string',
        maxLength: 1024,
        description:
          'One word for what matters most: Invalid, ExceptionExpired of an exception, ConflictResolvedByName where two policies are tied, else Accepted.',
      },
      conditions: conditionsOf(
        'policy',
        'Ready, ExceptionsExpired, PrecedenceConflict or SystemConflict',
        'Accepted or Invalid',
        'Ready: the webhooks validate by this policy. False with reason Invalid: they do not, and the last good version stays in effect. ExceptionsExpired, PrecedenceConflict and SystemConflict exist only if they are true.',
      ),
    },
  },
};
