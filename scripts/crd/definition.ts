import { stringify } from 'yaml';
import type { Schema } from './structural-schema.ts';

/** A kind of lockstep's own, as `npm run docs` writes its CRD and its reference page. */
export interface Crd {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly scope: 'Cluster' | 'Namespaced';
  /** The file that the schema comes from. */
  readonly source: string;
  /** One sentence, for a comment. */
  readonly summary: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly spec: Schema;
  readonly status: object;
}

export interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description?: string;
  /** 1: with `-o wide` alone. */
  readonly priority?: 1;
}

export const AGE: Column = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** manifests/crds/PLURAL.yaml */
export function crdText(crd: Crd): string {
  const head = `# ${crd.kind}, ${crd.summary}. Written by \`npm run docs\` from ${crd.source}; a test keeps the two equal.\n`;
  return (
    head +
    stringify(definitionOf(crd), {
      lineWidth: 140,
      aliasDuplicateObjects: false,
      // kubectl and Helm read YAML 1.1, where Off without quotes is false.
      compat: 'yaml-1.1',
    })
  );
}

function definitionOf({ kind, plural, shortName, scope, columns, description, spec, status }: Crd): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.lockstep.dev` },
    spec: {
      group: 'lockstep.dev',
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['lockstep'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description,
              required: ['spec'],
              properties: {
                apiVersion: { type: 'string', description: 'lockstep.dev/v1alpha1' },
                kind: { type: 'string', description: kind },
                metadata: { type: 'object' },
                spec,
                status,
              },
            },
          },
        },
      ],
    },
  };
}
