import type { Secret } from '../../engine/secret/secret.ts';
import { meant } from '../yaml/node.ts';
import { meaningOf } from '../yaml/scalar.ts';
import { type Entry, entriesOf, fieldsAt, textAt, valueAt } from './entries.ts';
import type { Kind } from './kinds.ts';
import type { ManifestSecret, Place, Skipped } from './manifest-secret.ts';
import type { ManifestObject } from './objects.ts';
import { formFaults } from './structure-faults.ts';
import { namesAnother, type Values, valuesOf } from './values.ts';

export interface SecretOptions {
  readonly namespace: string | undefined;
  readonly allowReferences: boolean;
  readonly placeAt: (offset: number) => Place;
}

/** A Secret as kubectl would send it, or one in ciphertext, of which only the name is known. */
export function secretObject(object: ManifestObject, kind: Kind, options: SecretOptions): ManifestSecret {
  const { fields, node } = object;
  const { placeAt, allowReferences } = options;
  const skipped = skippedAs(fields, kind);
  const { data, places, faults } =
    skipped === undefined
      ? valuesOf(fieldsAt(fields, 'data'), fieldsAt(fields, 'stringData'), allowReferences)
      : NOTHING;
  const isReference = (name: string): boolean => allowReferences && namesAnother(name, 'name');
  const all = skipped === undefined ? [...formFaults(object, kind, isReference), ...faults] : [];
  const secret = secretOf(fields, options.namespace, data);
  return {
    secret,
    ref: `${secret.namespace}/${secret.name || `${secret.generateName}*`}`,
    place: placeAt(node.start),
    placeOf: (key) => placeAt(places.get(key) ?? node.start),
    faults: all.map(({ at, ...fault }) => ({ ...fault, place: placeAt(at) })),
    skipped,
  };
}

const NOTHING: Values = { data: new Map(), places: new Map(), faults: [] };

function skippedAs(fields: ReadonlyMap<string, Entry>, kind: Kind): Skipped | undefined {
  if (kind === 'sealed-secret') return 'sealed-secret';
  return valueAt(fields, 'sops')?.kind === 'map' ? 'sops' : undefined;
}

function secretOf(
  fields: ReadonlyMap<string, Entry>,
  namespace: string | undefined,
  data: Secret['data'],
): Secret {
  const metadata = fieldsAt(fields, 'metadata');
  return {
    name: textAt(metadata, 'name') ?? '',
    generateName: textAt(metadata, 'generateName') ?? '',
    namespace: textAt(metadata, 'namespace') || namespace || 'default',
    type: textAt(fields, 'type') || 'Opaque',
    labels: textsOf(fieldsAt(metadata, 'labels')),
    annotations: textsOf(fieldsAt(metadata, 'annotations')),
    controller: controllerOf(metadata),
    immutable: isTrue(fields, 'immutable'),
    deleting: (textAt(metadata, 'deletionTimestamp') ?? '') !== '',
    data,
  };
}

function textsOf(fields: ReadonlyMap<string, Entry>): ReadonlyMap<string, string> {
  const texts = [...fields.keys()].map((key) => [key, textAt(fields, key)] as const);
  return new Map(texts.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

function controllerOf(metadata: ReadonlyMap<string, Entry>): string | undefined {
  const owners = valueAt(metadata, 'ownerReferences');
  if (owners?.kind !== 'seq') return undefined;
  for (const item of owners.items) {
    const owner = meant(item);
    if (owner?.kind !== 'map') continue;
    const fields = entriesOf(owner);
    if (isTrue(fields, 'controller')) return `${textAt(fields, 'kind')}/${textAt(fields, 'name')}`;
  }
  return undefined;
}

function isTrue(fields: ReadonlyMap<string, Entry>, key: string): boolean {
  const node = valueAt(fields, key);
  if (node?.kind !== 'scalar') return false;
  const meaning = meaningOf(node);
  return meaning.is === 'boolean' && meaning.text === 'true';
}
