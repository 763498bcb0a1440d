import { stringify } from 'yaml';
import { secretPolicySchema } from '../src/engine/policy/schema.ts';
import { crdRules } from './crd-rules.ts';
import { type Schema, structuralSchema } from './crd-schema.ts';
import { crdStatus } from './crd-status.ts';

const HEAD = `# SecretPolicy, the kind that steers lockstep. Written by \`npm run docs\` from src/engine/policy/schema.ts; a test keeps the two equal.
`;

const { spec } = secretPolicySchema.shape;

export const specSchema: Schema = structuralSchema(spec, crdRules, 'spec');

const CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'secretpolicies.lockstep.dev' },
  spec: {
    group: 'lockstep.dev',
    scope: 'Cluster',
    names: {
      kind: 'SecretPolicy',
      listKind: 'SecretPolicyList',
      plural: 'secretpolicies',
      singular: 'secretpolicy',
      shortNames: ['spol'],
      categories: ['lockstep'],
    },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        additionalPrinterColumns: [
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
            description: 'Whether this is what the webhooks judge by.',
          },
          {
            name: 'Reason',
            type: 'string',
            jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
            description: 'InForce, or why not.',
          },
          { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description:
              'Which Secrets are meant, and what each of their keys must be. lockstep judges every write of such a Secret, and computes what can be computed. A policy holds no secrets: everyone who may read policies can read it.',
            required: ['spec'],
            properties: {
              apiVersion: { type: 'string', description: 'lockstep.dev/v1alpha1' },
              kind: { type: 'string', description: 'SecretPolicy' },
              metadata: { type: 'object' },
              spec: specSchema,
              status: crdStatus,
            },
          },
        },
      },
    ],
  },
};

/** manifests/crds/secretpolicies.yaml */
export function crdText(): string {
  return HEAD + stringify(CRD, { lineWidth: 140, aliasDuplicateObjects: false });
}
