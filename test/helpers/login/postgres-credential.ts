import {
  compileCredential,
  type ServerCredential,
} from '../../../src/engine/login/credential-schema/compile.ts';

/** A PostgresCredential document; `spec` says what differs from the smallest one that is valid. */
export function aCredentialObject(spec: object = {}, metadata: object = {}) {
  return {
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'PostgresCredential',
    metadata: { name: 'shop', namespace: 'shop', ...metadata },
    spec: { secretName: 'shop-secrets', ...spec },
  };
}

export function aCredential(spec: object = {}, metadata: object = {}): ServerCredential {
  const compiled = compileCredential(aCredentialObject(spec, metadata));
  if ('problems' in compiled) throw new Error(JSON.stringify(compiled.problems));
  return compiled.credential;
}
