/** A SecretPolicy, as kubectl applies it. */
export const aSecretPolicy = <Spec>(name: string, spec: Spec) => ({
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'SecretPolicy',
  metadata: { name },
  spec,
});
