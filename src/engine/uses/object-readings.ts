import { groupOf, mapAlong, type ObjectFields, type ReadObject } from '../references/object-fields.ts';
import { podOf } from '../references/secret-references.ts';
import { podReadings, pullReadings, secretReading } from './pod-readings.ts';
import type { Reading } from './reading.ts';

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
  'lockstep.dev/PostgresCredential': credentialReadings,
};

function* serviceAccountReadings(fields: ObjectFields): Generator<Reading> {
  yield* pullReadings(fields);
  for (const secret of fields.maps('secrets'))
    yield* secretReading(secret.text('name'), { as: 'ServiceAccount', place: '', needsRestart: false });
}

function* ingressReadings(fields: ObjectFields): Generator<Reading> {
  for (const tls of fields.map('spec')?.maps('tls') ?? [])
    yield* secretReading(tls.text('secretName'), { as: 'Ingress TLS', place: '', needsRestart: false });
  const annotations = mapAlong(fields, ['metadata', 'annotations']);
  for (const place of annotations?.keys() ?? []) {
    // The controllers of NGINX, HAProxy and others name a Secret in `…/auth-secret` or `…/auth-tls-secret`.
    if (!/\/(?:[-a-z]{1,60}-)?secret$/.test(place)) continue;
    const [name, namespace] = (annotations?.text(place) ?? '').split('/').reverse();
    yield* secretReading(name, { namespace, as: 'Ingress annotation', place, needsRestart: false });
  }
}

function* gatewayReadings(fields: ObjectFields): Generator<Reading> {
  for (const listener of fields.map('spec')?.maps('listeners') ?? [])
    for (const reference of listener.map('tls')?.maps('certificateRefs') ?? [])
      if ((reference.text('kind') ?? 'Secret') === 'Secret')
        yield* secretReading(reference.text('name'), {
          namespace: reference.text('namespace'),
          as: 'Gateway TLS',
          place: listener.text('name') ?? '',
          needsRestart: false,
        });
}

const CREDENTIAL_FIELDS = [['secretName'], ['adminSecretName'], ['server', 'tls', 'caSecretName']];

function* credentialReadings(fields: ObjectFields): Generator<Reading> {
  for (const path of CREDENTIAL_FIELDS)
    yield* secretReading(mapAlong(fields, ['spec', ...path.slice(0, -1)])?.text(path.at(-1) ?? ''), {
      as: 'PostgresCredential',
      place: path.join('.'),
      needsRestart: false,
    });
}
