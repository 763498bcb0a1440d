import { groupOf, mapAlong, type ObjectFields, type ReadObject, textAlong } from './object-fields.ts';
import { podReadings, pullReadings, secretReading } from './pod-readings.ts';
import type { ReadAs, Reading } from './reading.ts';
import { podOf } from './secret-references.ts';

/** Each place in an object that reads a Secret or a ConfigMap. */
export function* readingsOf(object: ReadObject): Generator<Reading> {
  const pod = podOf(object);
  if (pod !== undefined) yield* podReadings(pod);
  yield* OTHER_READERS[`${groupOf(object.apiVersion)}/${object.kind}`]?.(object.fields) ?? [];
}

/** The kinds without a pod, as `GROUP/KIND`. */
const OTHER_READERS: Readonly<Record<string, (fields: ObjectFields) => Generator<Reading>>> = {
  '/ServiceAccount': serviceAccountReadings,
  'networking.k8s.io/Ingress': ingressReadings,
  'gateway.networking.k8s.io/Gateway': gatewayReadings,
  'lockstep.dev/PostgresCredential': (fields) => credentialReadings(fields, 'PostgresCredential'),
  'lockstep.dev/RedisCredential': (fields) => credentialReadings(fields, 'RedisCredential'),
  '/PersistentVolume': persistentVolumeReadings,
  'storage.k8s.io/StorageClass': storageClassReadings,
};

/** None of these is read by a container. */
const named = (
  name: string | undefined,
  as: ReadAs,
  place: string,
  namespace?: string | undefined,
): Generator<Reading> =>
  secretReading(name, { as, place, needsRestart: false, ...(namespace ? { namespace } : {}) });

function* serviceAccountReadings(fields: ObjectFields): Generator<Reading> {
  yield* pullReadings(fields);
  for (const secret of fields.maps('secrets')) yield* named(secret.text('name'), 'ServiceAccount', 'secrets');
}

function* ingressReadings(fields: ObjectFields): Generator<Reading> {
  for (const tls of fields.map('spec')?.maps('tls') ?? [])
    yield* named(tls.text('secretName'), 'Ingress TLS', 'spec.tls');
  const annotations = mapAlong(fields, ['metadata', 'annotations']);
  for (const annotation of annotations?.keys() ?? []) {
    // The controllers of NGINX, HAProxy and others name a Secret in `…/auth-secret` or `…/auth-tls-secret`.
    if (!/\/(?:[-a-z]{1,60}-)?secret$/.test(annotation)) continue;
    const [name, namespace] = (annotations?.text(annotation) ?? '').split('/').reverse();
    yield* named(name, 'Ingress annotation', annotation, namespace);
  }
}

function* gatewayReadings(fields: ObjectFields): Generator<Reading> {
  for (const listener of fields.map('spec')?.maps('listeners') ?? [])
    for (const reference of listener.map('tls')?.maps('certificateRefs') ?? [])
      if ((reference.text('kind') ?? 'Secret') === 'Secret')
        yield* named(
          reference.text('name'),
          'Gateway TLS',
          listener.text('name') ?? '',
          reference.text('namespace'),
        );
}

const CREDENTIAL_FIELDS = [['secretName'], ['adminSecretName'], ['server', 'tls', 'caSecretName']];

function* credentialReadings(fields: ObjectFields, as: ReadAs): Generator<Reading> {
  for (const path of CREDENTIAL_FIELDS)
    yield* named(textAlong(fields, 'spec', ...path), as, `spec.${path.join('.')}`);
  for (const copy of fields.map('spec')?.maps('copies') ?? [])
    yield* named(copy.text('secretName'), as, 'spec.copies', copy.text('namespace'));
}

/** A driver reads the Secret of a volume when it mounts, attaches or grows it. */
function* persistentVolumeReadings(fields: ObjectFields): Generator<Reading> {
  const spec = fields.map('spec');
  for (const driver of spec?.keys() ?? []) {
    const source = spec?.map(driver);
    for (const field of source?.keys() ?? []) {
      const place = `spec.${driver}.${field}`;
      const reference = /secretref$/i.test(field) ? source?.map(field) : undefined;
      yield* named(reference?.text('name'), 'PersistentVolume', place, reference?.text('namespace'));
      if (field === 'secretName')
        yield* named(source?.text(field), 'PersistentVolume', place, source?.text('secretNamespace'));
    }
  }
}

/** `csi.storage.k8s.io/provisioner-secret-name`. A name or a namespace with `${` is that of a claim. */
function* storageClassReadings(fields: ObjectFields): Generator<Reading> {
  const parameters = fields.map('parameters');
  for (const parameter of parameters?.keys() ?? []) {
    const [, role] = /^(csi\.storage\.k8s\.io\/[-a-z]{1,60}-secret-)name$/.exec(parameter) ?? [];
    if (role === undefined) continue;
    const [name = '', namespace = ''] = [parameters?.text(parameter), parameters?.text(`${role}namespace`)];
    if (!`${name}${namespace}`.includes('${')) yield* named(name, 'StorageClass', parameter, namespace);
  }
}
