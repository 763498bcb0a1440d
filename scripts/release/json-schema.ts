import type { Crd } from '../crd/definition.ts';
import type { Schema } from '../crd/structural-schema.ts';
import { DOWNLOADS } from './project.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** The name of the file in a release. */
export const schemaFile = ({ kind }: Crd): string => `${kind.toLowerCase()}.schema.json`;

/**
 * The schema of a kind for editors, which yaml-language-server and others read. The API server refuses an unknown
 * field, so the schema does too. An editor can't evaluate rules in CEL, so it has none.
 */
export function editorSchema(crd: Crd): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${DOWNLOADS}/${schemaFile(crd)}`,
    title: crd.kind,
    description: crd.description,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
    properties: {
      apiVersion: { const: 'lockstep.dev/v1alpha1' },
      kind: { const: crd.kind },
      metadata: METADATA,
      spec: closed(crd.spec),
      status: { type: 'object', description: 'lockstep alone writes it.' },
    },
  };
}

/** The API server knows more fields than people write. */
const METADATA: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 253 },
    namespace: { type: 'string', maxLength: 63 },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
  },
};

/** The structural schema of a CRD in JSON Schema's own words. Each object has fields or is a map. */
function closed(schema: Schema): JsonSchema {
  const { properties, items, additionalProperties, pattern, ...own } = schema;
  const plain = Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith('x-kubernetes-')));
  return {
    ...plain,
    ...(pattern !== undefined && { pattern: asEditorsRead(pattern) }),
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, closed(one)])),
      additionalProperties: false,
    }),
    ...(items && { items: closed(items) }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: closed(additionalProperties) }),
  };
}

/** The API server reads `\x{200b}`, and JavaScript `\u200b`. */
const asEditorsRead = (pattern: string): string => pattern.replaceAll(/\\x\{([0-9a-f]{4})\}/g, '\\u$1');
