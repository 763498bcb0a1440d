import { mapAlong, type ObjectFields, type ReadObject } from './object-fields.ts';

/** One place in an object that reads a Secret. */
export interface SecretReference {
  readonly secret: string;
  /** Undefined if the whole Secret is read. */
  readonly key: string | undefined;
  /** `the variable DATABASE_URL`, `the volume tls` */
  readonly reader: string;
  /** The field `optional` exists here. */
  readonly canBeOptional: boolean;
  /** Offset of the name of the Secret in its file. */
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

export const READING_KINDS: readonly string[] = [...Object.keys(POD_PATHS), 'Ingress', 'ServiceAccount'];

const PULL_SECRETS = 'imagePullSecrets';
const INGRESS_TLS = 'spec.tls';

/** A hostile manifest has a hundred thousand references. */
const MAX_REFERENCES = 1000;

/** The Secrets that the object needs. References with `optional: true` are left out. */
export function secretReferencesOf(object: ReadObject): readonly SecretReference[] {
  const references: SecretReference[] = [];
  for (const reference of allReferences(object)) {
    references.push(reference);
    if (references.length === MAX_REFERENCES) break;
  }
  return references;
}

/** The Pod, or the one in the template of a workload. */
export function podOf({ kind, fields }: Pick<ReadObject, 'kind' | 'fields'>): ObjectFields | undefined {
  const path = hasPods(kind) ? POD_PATHS[kind] : undefined;
  return path === undefined ? undefined : mapAlong(fields, path);
}

export const hasPods = (kind: string): boolean => Object.hasOwn(POD_PATHS, kind);

/** All containers of a Pod. */
export function* containersOf(pod: ObjectFields): Generator<ObjectFields> {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) yield* pod.maps(list);
}

function* allReferences(object: ReadObject): Generator<SecretReference> {
  const { kind, fields } = object;
  const pod = podOf(object);
  if (pod !== undefined) yield* podReferences(pod);
  if (kind === 'ServiceAccount') yield* imagePullReferences(fields);
  if (kind === 'Ingress')
    for (const tls of fields.map('spec')?.maps('tls') ?? [])
      yield* referenceAt(tls, 'secretName', undefined, INGRESS_TLS);
}

function* podReferences(pod: ObjectFields): Generator<SecretReference> {
  for (const container of containersOf(pod)) yield* containerReferences(container);
  for (const volume of pod.maps('volumes')) yield* volumeReferences(volume);
  yield* imagePullReferences(pod);
}

function* containerReferences(container: ObjectFields): Generator<SecretReference> {
  for (const variable of container.maps('env')) {
    const source = mapAlong(variable, ['valueFrom', 'secretKeyRef']);
    if (source !== undefined)
      yield* referenceAt(source, 'name', source.text('key'), `the variable ${variable.text('name') ?? ''}`);
  }
  for (const source of container.maps('envFrom')) {
    const secret = source.map('secretRef');
    if (secret !== undefined) yield* referenceAt(secret, 'name', undefined, 'envFrom');
  }
}

function* volumeReferences(volume: ObjectFields): Generator<SecretReference> {
  const reader = `the volume ${volume.text('name') ?? ''}`;
  const secret = volume.map('secret');
  if (secret !== undefined) yield* mountedReferences(secret, 'secretName', reader);
  for (const source of volume.map('projected')?.maps('sources') ?? []) {
    const projected = source.map('secret');
    if (projected !== undefined) yield* mountedReferences(projected, 'name', reader);
  }
}

/** A volume without `items` has all keys. */
function* mountedReferences(
  source: ObjectFields,
  nameField: string,
  reader: string,
): Generator<SecretReference> {
  let hasItems = false;
  for (const item of source.maps('items')) {
    hasItems = true;
    yield* referenceAt(source, nameField, item.text('key'), reader);
  }
  if (!hasItems) yield* referenceAt(source, nameField, undefined, reader);
}

function* imagePullReferences(fields: ObjectFields): Generator<SecretReference> {
  for (const item of fields.maps('imagePullSecrets'))
    yield* referenceAt(item, 'name', undefined, PULL_SECRETS);
}

function* referenceAt(
  fields: ObjectFields,
  nameField: string,
  key: string | undefined,
  reader: string,
): Generator<SecretReference> {
  const secret = fields.text(nameField);
  // A template names it later.
  if (secret === undefined || secret === '' || /[${}<>]/.test(secret)) return;
  const canBeOptional = reader !== PULL_SECRETS && reader !== INGRESS_TLS;
  if (!fields.isTrue('optional'))
    yield { secret, key, reader, canBeOptional, offset: fields.offset(nameField) };
}
