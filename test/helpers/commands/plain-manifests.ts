import { Buffer } from 'node:buffer';
import { readSecret } from '../../../src/admission/review/secret-object.ts';
import type { ManifestSource } from '../../../src/commands/manifests/source.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import type { ManifestSecret } from '../../../src/manifest/object/manifest-secret.ts';
import type { Json } from '../admission/review.ts';

/** A manifest as an object; `stringData` is plain text. */
export type PlainManifest = Json & { readonly metadata: Json };

/**
 * Manifests that stand in no file: one for each path. Every key stands at line 1; the reader's own tests are about
 * places.
 */
export function plainManifests(objects: Readonly<Record<string, readonly PlainManifest[]>>): ManifestSource {
  return {
    read: async function* (paths) {
      for (const file of paths) {
        const secrets = (objects[file] ?? []).map((object) => manifestOf(file, object));
        yield { file, secrets, errors: [], hints: [] };
      }
    },
    bytesOf: async (file) => Buffer.from(JSON.stringify(objects[file])),
  };
}

function manifestOf(file: string, { stringData, ...object }: PlainManifest): ManifestSecret {
  const read = readSecret(object, { name: '', namespace: '' }, 'object');
  const namespace = read.namespace === '' ? 'default' : read.namespace;
  const plain = Object.entries((stringData ?? {}) as Readonly<Record<string, string>>);
  const data = new Map([
    ...read.data,
    ...plain.map(([key, value]) => [key, Sensitive.fromText(value)] as const),
  ]);
  const place = { file, line: 1, column: 1 };
  return {
    secret: { ...read, namespace, data },
    ref: `${namespace}/${read.name || `${read.generateName}*`}`,
    place,
    placeOf: () => place,
    isUnderData: () => true,
    fluxVariables: () => new Set<string>(),
    faults: [],
    skipped: undefined,
  };
}
