import type { SecretRef } from '../secret/secret-ref.ts';

/** Sets a new password in the Secret and in the server. */
export const rotateCommand = ({ namespace, name }: SecretRef): string =>
  `lockstep rotate ${namespace}/${name}`;

/** Sets the password of the Secret in the server. */
export const fromSecret = (place: SecretRef): string => `${rotateCommand(place)} --from-secret`;

export const rollbackCommand = ({ namespace, name }: SecretRef, to: number): string =>
  `lockstep rollback ${namespace}/${name} --to ${to}`;
