import { Buffer } from 'node:buffer';
import type { Secret } from '../../engine/secret/secret.ts';
import { type Fields, fieldsAt } from '../object/entries.ts';
import { type OffsetFault, rejectedFault } from '../object/offset-fault.ts';
import type { IsReference } from '../object/renderer-reference.ts';
import type { ManifestValues } from '../object/values.ts';

interface TypedSecret {
  readonly fields: Fields;
  readonly secret: Secret;
  readonly values: ManifestValues;
  /** The position of the `type`. */
  readonly offset: number;
  readonly isReference: IsReference;
}

/** The keys that the API server requires in a Secret of a built-in type. Any other type needs none. */
export function* typedSecretFaults(
  fields: Fields,
  secret: Secret,
  values: ManifestValues,
  isReference: IsReference,
): Generator<OffsetFault> {
  const offset = fields.get('type')?.keyNode.start ?? 0;
  const typed = { fields, secret, values, offset, isReference };
  switch (secret.type) {
    case 'kubernetes.io/tls':
      yield* requireKey(typed, 'tls.crt');
      yield* requireKey(typed, 'tls.key');
      return;
    case 'kubernetes.io/ssh-auth':
      yield* requireKey(typed, 'ssh-privatekey');
      yield* requireValue(typed, 'ssh-privatekey');
      return;
    case 'kubernetes.io/basic-auth':
      if (!hasKey(typed, 'username') && !hasKey(typed, 'password'))
        yield missing(typed, 'username or password');
      return;
    case 'kubernetes.io/dockercfg':
      yield* requireJson(typed, '.dockercfg');
      return;
    case 'kubernetes.io/dockerconfigjson':
      yield* requireJson(typed, '.dockerconfigjson');
      return;
    case 'kubernetes.io/service-account-token':
      yield* requireAccountName(typed);
  }
}

/** A key without a value counts: `kubectl apply --server-side` stores it empty. */
const hasKey = ({ values }: TypedSecret, key: string): boolean => values.offsets.has(key);

function missing({ secret, offset }: TypedSecret, key: string): OffsetFault {
  const message = `is missing, and a Secret of type ${secret.type} needs it`;
  return rejectedFault('typed-secret', key, message, 'add it, or use type: Opaque', offset);
}

function* requireKey(typed: TypedSecret, key: string): Generator<OffsetFault> {
  if (!hasKey(typed, key)) yield missing(typed, key);
}

/** Values that are no base64 have a fault of their own. */
function* requireValue(typed: TypedSecret, key: string): Generator<OffsetFault> {
  if (!hasKey(typed, key) || typed.secret.data.get(key)?.isEmpty === false || isMalformed(typed, key)) return;
  yield keyFault(typed, key, 'is empty', 'set its value');
}

const isMalformed = ({ values }: TypedSecret, key: string): boolean =>
  values.faults.some((fault) => fault.key === key && fault.refused);

const keyFault = ({ values, offset }: TypedSecret, key: string, message: string, fix: string): OffsetFault =>
  rejectedFault('typed-secret', key, message, fix, values.offsets.get(key) ?? offset);

const DOCKER_FIX = 'use the whole file that docker login writes, or kubectl create secret docker-registry';

function* requireJson(typed: TypedSecret, key: string): Generator<OffsetFault> {
  yield* requireKey(typed, key);
  if (!hasKey(typed, key) || isMalformed(typed, key)) return;
  const value = typed.secret.data.get(key);
  if (value === undefined || value.isEmpty) {
    yield keyFault(typed, key, 'is empty, and must be a JSON object', DOCKER_FIX);
    return;
  }
  const isAccepted = value.withPlaintext(
    ({ bytes, text }) => (text !== undefined && typed.isReference(text)) || isJsonObject(bytes),
  );
  if (!isAccepted) yield keyFault(typed, key, 'is no JSON object', DOCKER_FIX);
}

/** The API server also accepts `null`. */
function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
    );
    return typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}

const ACCOUNT_NAME = 'kubernetes.io/service-account.name';

function* requireAccountName(typed: TypedSecret): Generator<OffsetFault> {
  if ((typed.secret.annotations.get(ACCOUNT_NAME) ?? '') !== '') return;
  const metadata = fieldsAt(typed.fields, 'metadata');
  const offset = fieldsAt(metadata, 'annotations').get(ACCOUNT_NAME)?.keyNode.start ?? typed.offset;
  const message = `is missing, and a Secret of type ${typed.secret.type} needs it`;
  const fix = 'set it to the name of the ServiceAccount';
  yield rejectedFault('typed-secret', `metadata.annotations[${ACCOUNT_NAME}]`, message, fix, offset);
}
