import { fieldsAt, isTrueAt, textAt } from '../object/entries.ts';
import type { ManifestObject } from '../object/objects.ts';
import { type Fields, fieldsAlong, itemsAt } from './fields.ts';

/** One place in an object that reads a Secret. */
export interface SecretReference {
  readonly secret: string;
  /** Undefined if the whole Secret is read. */
  readonly key: string | undefined;
  /** `the variable DATABASE_URL`, `the volume tls` */
  readonly reader: string;
  /** The field `optional` exists here. */
  readonly canBeOptional: boolean;
  /** Offset of the name of the Secret. */
  readonly offset: number;
}

/** The path of the Pod in each kind of workload, of Kubernetes and of controllers that copy its Deployment. */
const POD_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  Rollout: ['spec', 'template', 'spec'],
};

/** The kinds that read Secrets. */
export const READING_KINDS: readonly string[] = [...Object.keys(POD_PATHS), 'Ingress', 'ServiceAccount'];

const PULL_SECRETS = 'imagePullSecrets';
const INGRESS_TLS = 'spec.tls';

/** A hostile manifest has a hundred thousand references. */
const MAX_REFERENCES = 1000;

/** The Secrets that the object needs. References with `optional: true` are left out. */
export function secretReferencesOf(object: ManifestObject): readonly SecretReference[] {
  const references: SecretReference[] = [];
  for (const reference of allReferences(object)) {
    references.push(reference);
    if (references.length === MAX_REFERENCES) break;
  }
  return references;
}

function* allReferences({ kind = '', fields }: ManifestObject): Generator<SecretReference> {
  const path = Object.hasOwn(POD_PATHS, kind) ? POD_PATHS[kind] : undefined;
  const pod = path === undefined ? undefined : fieldsAlong(fields, path);
  if (pod !== undefined) yield* podReferences(pod);
  if (kind === 'ServiceAccount') yield* imagePullReferences(fields);
  if (kind === 'Ingress')
    for (const tls of itemsAt(fieldsAt(fields, 'spec'), 'tls'))
      yield* referenceAt(tls, 'secretName', undefined, INGRESS_TLS);
}

function* podReferences(pod: Fields): Generator<SecretReference> {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'])
    for (const container of itemsAt(pod, list)) yield* containerReferences(container);
  for (const volume of itemsAt(pod, 'volumes')) yield* volumeReferences(volume);
  yield* imagePullReferences(pod);
}

function* containerReferences(container: Fields): Generator<SecretReference> {
  for (const variable of itemsAt(container, 'env')) {
    const source = fieldsAlong(variable, ['valueFrom', 'secretKeyRef']);
    if (source !== undefined)
      yield* referenceAt(
        source,
        'name',
        textAt(source, 'key'),
        `the variable ${textAt(variable, 'name') ?? ''}`,
      );
  }
  for (const source of itemsAt(container, 'envFrom')) {
    const secret = fieldsAlong(source, ['secretRef']);
    if (secret !== undefined) yield* referenceAt(secret, 'name', undefined, 'envFrom');
  }
}

function* volumeReferences(volume: Fields): Generator<SecretReference> {
  const reader = `the volume ${textAt(volume, 'name') ?? ''}`;
  const secret = fieldsAlong(volume, ['secret']);
  if (secret !== undefined) yield* mountedReferences(secret, 'secretName', reader);
  for (const source of itemsAt(fieldsAt(volume, 'projected'), 'sources')) {
    const projected = fieldsAlong(source, ['secret']);
    if (projected !== undefined) yield* mountedReferences(projected, 'name', reader);
  }
}

/** A volume without `items` has all keys. */
function* mountedReferences(source: Fields, nameField: string, reader: string): Generator<SecretReference> {
  let hasItems = false;
  for (const item of itemsAt(source, 'items')) {
    hasItems = true;
    yield* referenceAt(source, nameField, textAt(item, 'key'), reader);
  }
  if (!hasItems) yield* referenceAt(source, nameField, undefined, reader);
}

function* imagePullReferences(fields: Fields): Generator<SecretReference> {
  for (const item of itemsAt(fields, 'imagePullSecrets'))
    yield* referenceAt(item, 'name', undefined, PULL_SECRETS);
}

function* referenceAt(
  fields: Fields,
  nameField: string,
  key: string | undefined,
  reader: string,
): Generator<SecretReference> {
  const secret = textAt(fields, nameField);
  const offset = fields.get(nameField)?.keyNode.start;
  // A template names it later.
  if (secret === undefined || secret === '' || offset === undefined || /[${}<>]/.test(secret)) return;
  const canBeOptional = reader !== PULL_SECRETS && reader !== INGRESS_TLS;
  if (!isTrueAt(fields, 'optional')) yield { secret, key, reader, canBeOptional, offset };
}
