/** A RedisCredential document; `spec` says what differs from the smallest one that is valid. */
export const aRedisCredentialObject = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'RedisCredential',
  metadata: { name: 'shop', namespace: 'shop', ...metadata },
  spec: { secretName: 'shop-secrets', ...spec },
});
