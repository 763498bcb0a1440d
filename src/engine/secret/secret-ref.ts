/** The place of a Secret in the cluster. */
export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}
