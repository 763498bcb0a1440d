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
    {
      name: 'Action',
      type: 'string',
      jsonPath: '.status.effectiveAction',
      description: 'What a finding does, within the limit of the installation.',
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
    {
      name: 'Declared',
      type: 'string',
      jsonPath: '.spec.action',
      description: 'The action of the policy without the limit of the installation.',
      priority: 1,
    },
    {
      name: 'Precedence',
      type: 'integer',
      jsonPath: '.spec.precedence',
      description: 'For one key the policy of highest precedence decides.',
      priority: 1,
    },
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
          'One word for what matters most: Invalid, ExceptionExpired or ExceptionExpiresSoon of an exception, ConflictResolvedByName where two policies are tied, else Accepted.',
      },
      effectiveAction: {
        type: 'string',
        maxLength: 63,
        description:
          'The action of keys without an action of their own: spec.action, or the milder --max-action of the webhook. Absent if this version can not be used.',
      },
      conditions: conditionsOf(
        'policy',
        'Ready, ExceptionsExpired, ExceptionsExpiring, PrecedenceConflict or SystemConflict',
        'Accepted or Invalid',
        'Ready: the webhooks validate by this policy. False with reason Invalid: they do not, and the last good version stays in effect. ExceptionsExpired, ExceptionsExpiring, PrecedenceConflict and SystemConflict exist only if they are true.',
      ),
    },
  },
};
