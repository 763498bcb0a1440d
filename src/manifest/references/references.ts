import { fieldsAt, textAt } from '../object/entries.ts';
import type { SourcePosition } from '../object/manifest-secret.ts';
import type { ManifestObject } from '../object/objects.ts';
import { generatedSecretsOf, type MadeSecret, madeSecretsOf } from './made-secrets.ts';
import { type SecretReference, secretReferencesOf } from './secret-references.ts';

/** An object that reads Secrets: a Deployment, an Ingress. */
export interface SecretReader {
  readonly kind: string;
  readonly name: string;
  /** Undefined if none is written or given. */
  readonly namespace: string | undefined;
  readonly place: SourcePosition;
  readonly references: readonly PlacedReference[];
}

interface PlacedReference extends Omit<SecretReference, 'offset'> {
  readonly place: SourcePosition;
}

/** The objects of a file that read Secrets, and the Secrets that its other objects make. */
export interface FileReferences {
  readonly readers: readonly SecretReader[];
  readonly made: readonly MadeSecret[];
}

export interface ReferenceCollector {
  readonly add: (object: ManifestObject) => void;
  readonly references: FileReferences;
}

export function referenceCollector(
  namespace: string | undefined,
  isKustomization: boolean,
  positionAt: (offset: number) => SourcePosition,
): ReferenceCollector {
  const readers: SecretReader[] = [];
  const made: MadeSecret[] = [];
  return {
    add: (object) => {
      made.push(...madeSecretsOf(object));
      if (isKustomization) made.push(...generatedSecretsOf(object));
      const references = secretReferencesOf(object);
      if (references.length === 0) return;
      const metadata = fieldsAt(object.fields, 'metadata');
      readers.push({
        kind: object.kind ?? '',
        name: textAt(metadata, 'name') ?? textAt(metadata, 'generateName') ?? '',
        namespace: textAt(metadata, 'namespace') ?? namespace,
        place: positionAt(object.node.start),
        references: references.map(({ offset, ...reference }) => ({
          ...reference,
          place: positionAt(offset),
        })),
      });
    },
    references: { readers, made },
  };
}
