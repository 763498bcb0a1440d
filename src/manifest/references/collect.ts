import { plainTextFindingsOf } from '../../engine/workloads/hardcoded-secrets/plain-text-findings.ts';
import { FLUX_GROUP, replacesVariables } from '../../engine/workloads/references/flux-substitution.ts';
import {
  generatedSecretsOf,
  laterSecretsOf,
  MAKING_KINDS,
  type MadeSecret,
  madeSecretsOf,
  RELEASE_KINDS,
  SERVING_CERTIFICATE,
} from '../../engine/workloads/references/made-secrets.ts';
import type {
  ObjectFields,
  PlacedText,
  ReadObject,
} from '../../engine/workloads/references/object-fields.ts';
import type { ObjectFinding } from '../../engine/workloads/references/object-findings.ts';
import {
  type IgnoredField,
  ignoredFieldsOf,
  type RotatedSecret,
  rotatedSecretOf,
} from '../../engine/workloads/references/rotated-secrets.ts';
import {
  READING_KINDS,
  type SecretReference,
  secretReferencesOf,
} from '../../engine/workloads/references/secret-references.ts';
import { entriesOf, type Fields, fieldsAt, isTrueAt, textAt, textOf, valueAt } from '../object/entries.ts';
import type { SourcePosition } from '../object/manifest-secret.ts';
import type { ManifestObject } from '../object/objects.ts';
import { type Node, resolveAlias } from '../yaml/node.ts';

/** An object that reads Secrets, or holds a password itself: a Deployment, an Ingress, a ConfigMap. */
export interface CollectedObject {
  readonly kind: string;
  readonly name: string;
  /** Undefined if none is written or given. */
  readonly namespace: string | undefined;
  readonly place: SourcePosition;
  readonly references: readonly PlacedReference[];
  readonly findings: readonly PlacedFinding[];
}

export interface PlacedFinding extends ObjectFinding {
  readonly place: SourcePosition;
}

export interface PlacedReference extends SecretReference {
  readonly place: SourcePosition;
}

/** The objects of a file that are collected, and the Secrets that its other objects make. */
export interface FileReferences {
  readonly objects: readonly CollectedObject[];
  readonly made: readonly MadeSecret[];
  /** The Kustomizations of Flux that replace variables, by name. */
  readonly substitutions: readonly string[];
  readonly rotated: readonly RotatedSecret[];
  readonly ignored: readonly IgnoredField[];
}

export interface ReferenceCollector {
  /** Whether a text without the word Secret may hold an object to collect. */
  readonly mayMatter: (text: string) => boolean;
  /** Whether the collector needs an object of this kind, somewhere in the text. */
  readonly mayCollect: (kind: string, text: string) => boolean;
  readonly add: (object: ManifestObject) => void;
  readonly references: FileReferences;
}

export function referenceCollector(
  namespace: string | undefined,
  isKustomization: boolean,
  positionAt: (offset: number) => SourcePosition,
): ReferenceCollector {
  const objects: CollectedObject[] = [];
  const made: MadeSecret[] = [];
  const substitutions: string[] = [];
  const rotated: RotatedSecret[] = [];
  const ignored: IgnoredField[] = [];
  return {
    mayMatter: (text) =>
      mayMakeSecrets(text) || text.includes(FLUX_GROUP) || (HOLDING_KIND.test(text) && mayHoldPassword(text)),
    mayCollect: (kind, text) => {
      if (kind === 'ConfigMap') return mayHoldPassword(text);
      if (kind === 'Service') return text.includes(SERVING_CERTIFICATE);
      return KINDS.has(kind) || isCustomResource(kind, text);
    },
    add: (object) => {
      const metadata = fieldsAt(object.fields, 'metadata');
      const read: ReadObject = {
        apiVersion: object.apiVersion ?? '',
        kind: object.kind ?? '',
        name: textAt(metadata, 'name') ?? textAt(metadata, 'generateName') ?? '',
        fields: manifestFields(object.fields),
      };
      made.push(...madeSecretsOf(read), ...laterSecretsOf(read));
      if (replacesVariables(read)) substitutions.push(read.name);
      const rotation = rotatedSecretOf(read);
      if (rotation !== undefined) rotated.push(rotation);
      for (const field of ignoredFieldsOf(read)) ignored.push(field);
      if (isKustomization) made.push(...generatedSecretsOf(read.fields));
      const references = secretReferencesOf(read);
      const findings = plainTextFindingsOf(read);
      if (references.length + findings.length === 0) return;
      objects.push({
        kind: read.kind,
        name: read.name,
        namespace: textAt(metadata, 'namespace') ?? namespace,
        place: positionAt(object.node.start),
        references: references.map((reference) => ({ ...reference, place: positionAt(reference.offset) })),
        findings: findings.map((finding) => ({ ...finding, place: positionAt(finding.offset) })),
      });
    },
    references: { objects, made, substitutions, rotated, ignored },
  };
}

const MAKERS = [...MAKING_KINDS, ...RELEASE_KINDS];
const KINDS = new Set([...READING_KINDS, ...MAKERS.flatMap(([, kinds]) => kinds)]);

/** The definition of a custom resource names the fields of its objects. */
const isCustomResource = (kind: string, text: string): boolean =>
  kind !== 'CustomResourceDefinition' && /ecretName\b|ConnectionSecretToRef|ConnectionDetailsTo/.test(text);

/** Kinds whose objects may hold a password. */
const HOLDING_KIND = new RegExp(`\\bkind["']?:\\s{0,9}["']?(?:ConfigMap|${READING_KINDS.join('|')})\\b`);

/** Whether a text without the word Secret may hold a password. Most have no such word. */
const mayHoldPassword = (text: string): boolean =>
  /passw|passphrase|pwd|secret|token|credential|api_?key|private_?key|_pass\b|:\/\/[^\s:@/]{0,64}:[^\s@/]{1,64}@/i.test(
    text,
  );

const MAKING_GROUP = new RegExp(
  MAKERS.map(([group]) => group)
    .join('|')
    .replaceAll('.', '\\.'),
);

/** Whether a text without the word Secret may hold an object that makes one. */
const mayMakeSecrets = (text: string): boolean => MAKING_GROUP.test(text) || text.includes('ServiceAccount');

/** The fields of a map in a manifest, with their positions. */
const manifestFields = (entries: Fields): ObjectFields => ({
  keys: () => entries.keys(),
  text: (key) => textAt(entries, key),
  isTrue: (key) => isTrueAt(entries, key),
  map: (key) => {
    const node = valueAt(entries, key);
    return node?.kind === 'map' ? manifestFields(entriesOf(node)) : undefined;
  },
  maps: (key) => mapsIn(itemsAt(entries, key)),
  texts: (key) => textsIn(itemsAt(entries, key)),
  offset: (key) => entries.get(key)?.keyNode.start ?? 0,
});

function itemsAt(entries: Fields, key: string): readonly Node[] {
  const list = valueAt(entries, key);
  return list?.kind === 'seq' ? list.items : [];
}

function* mapsIn(items: readonly Node[]): Generator<ObjectFields> {
  for (const item of items) {
    const node = resolveAlias(item);
    if (node?.kind === 'map') yield manifestFields(entriesOf(node));
  }
}

function* textsIn(items: readonly Node[]): Generator<PlacedText> {
  for (const item of items) {
    const text = textOf(item);
    if (text !== undefined) yield { text, offset: item.start };
  }
}
