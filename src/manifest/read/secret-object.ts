import type { Secret } from '../../engine/secret/secret.ts';
import {
  entriesOf,
  type Fields,
  fieldsAt,
  isTrueAt,
  patchDirectiveIn,
  textAt,
  valueAt,
} from '../object/entries.ts';
import { fluxVariablesIn } from '../object/flux-variable.ts';
import type { ManifestKind } from '../object/kinds.ts';
import type { ManifestSecret, SkipReason, SourcePosition } from '../object/manifest-secret.ts';
import type { ManifestObject } from '../object/objects.ts';
import { isRendererReference } from '../object/renderer-reference.ts';
import { type ManifestValues, readValues } from '../object/values.ts';
import { sizeFaults, structureFaults } from '../validation/structure-faults.ts';
import { typedSecretFaults } from '../validation/typed-secret.ts';
import { resolveAlias } from '../yaml/node.ts';

export interface SecretOptions {
  readonly namespace: string | undefined;
  readonly allowReferences: boolean;
  readonly positionAt: (offset: number) => SourcePosition;
}

/** A Secret as kubectl would send it, or a Secret in ciphertext, whose name alone is known. */
export function readManifestSecret(
  object: ManifestObject,
  kind: ManifestKind,
  options: SecretOptions,
): ManifestSecret {
  const { fields, node } = object;
  const { positionAt, allowReferences } = options;
  const skipped = skipReasonOf(fields, kind);
  const underData = fieldsAt(fields, 'data');
  const underStringData = fieldsAt(fields, 'stringData');
  const values = skipped === undefined ? readValues(underData, underStringData, allowReferences) : NO_VALUES;
  const { data, undecoded, offsets, faults } = values;
  const isReference = (name: string): boolean => allowReferences && isRendererReference(name, 'name');
  const secret = { ...engineSecret(fields, options.namespace, data), undecoded };
  const allFaults =
    skipped === undefined
      ? [
          ...structureFaults(object, kind, isReference),
          ...faults,
          ...typedSecretFaults(fields, secret, values, isReference),
          ...sizeFaults(fields, secret),
        ]
      : [];
  return {
    secret,
    ref: `${secret.namespace}/${secret.name || `${secret.generateName}*`}`,
    place: positionAt(node.start),
    placeOf: (key) => positionAt(offsets.get(key) ?? node.start),
    isUnderData: (key) => underData.has(key) && !underStringData.has(key),
    fluxVariables: () => fluxVariablesIn(fields),
    faults: allFaults.map(({ offset, ...fault }) => ({ ...fault, place: positionAt(offset) })),
    skipped,
  };
}

const NO_VALUES: ManifestValues = { data: new Map(), undecoded: new Set(), offsets: new Map(), faults: [] };

function skipReasonOf(fields: Fields, kind: ManifestKind): SkipReason | undefined {
  if (kind === 'sealed-secret') return 'sealed-secret';
  if (patchDirectiveIn(fields) === 'delete') return 'deleting-patch';
  return valueAt(fields, 'sops')?.kind === 'map' && !isPlainText(fields) ? 'sops' : undefined;
}

/** The Secret has values, and none of them is ciphertext of SOPS. */
function isPlainText(fields: Fields): boolean {
  const maps = [fieldsAt(fields, 'data'), fieldsAt(fields, 'stringData')];
  const values = maps.flatMap((values) => [...values.keys()].map((key) => textAt(values, key)));
  return values.length > 0 && !values.some((value) => value?.startsWith('ENC['));
}

function engineSecret(fields: Fields, namespace: string | undefined, data: Secret['data']): Secret {
  const metadata = fieldsAt(fields, 'metadata');
  return {
    name: textAt(metadata, 'name') ?? '',
    generateName: textAt(metadata, 'generateName') ?? '',
    namespace: textAt(metadata, 'namespace') || namespace || 'default',
    type: textAt(fields, 'type') || 'Opaque',
    labels: textsOf(fieldsAt(metadata, 'labels')),
    annotations: textsOf(fieldsAt(metadata, 'annotations')),
    controller: controllerOf(metadata),
    immutable: isTrueAt(fields, 'immutable'),
    deleting: (textAt(metadata, 'deletionTimestamp') ?? '') !== '',
    data,
  };
}

function textsOf(fields: Fields): ReadonlyMap<string, string> {
  const texts = [...fields.keys()].map((key) => [key, textAt(fields, key)] as const);
  return new Map(texts.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

function controllerOf(metadata: Fields): string | undefined {
  const owners = valueAt(metadata, 'ownerReferences');
  if (owners?.kind !== 'seq') return undefined;
  for (const item of owners.items) {
    const owner = resolveAlias(item);
    if (owner?.kind !== 'map') continue;
    const fields = entriesOf(owner);
    if (isTrueAt(fields, 'controller')) return `${textAt(fields, 'kind')}/${textAt(fields, 'name')}`;
  }
  return undefined;
}
