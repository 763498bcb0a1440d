import type { Annotation, Label } from '../../secret/kubernetes/kubernetes-names.ts';
import { isOwned } from '../../secret/owners.ts';
import type { Secret } from '../../secret/secret.ts';

/**
 * Requests a derived Secret for a Secret that another controller writes. lockstep can't put derived keys into that one.
 */
const REQUEST_ANNOTATION = 'lockstep.dev/derived-secret' satisfies Annotation;
/** Marks a derived Secret, so that a label selector can list all of them. */
export const DERIVED_SECRET_LABEL = 'lockstep.dev/derived' satisfies Label;
/** Names the source of a derived Secret. An annotation, since a label holds 63 characters and a name may have 253. */
export const DERIVED_FROM_ANNOTATION = 'lockstep.dev/derived-from' satisfies Annotation;

const SUFFIX = '-derived';

export const derivedSecretNameOf = (name: string): string => `${name}${SUFFIX}`;

/** The source of a derived Secret with this name. Used after its deletion, when its annotations are no longer known. */
export const sourceByDerivedName = (name: string): string | undefined =>
  name.endsWith(SUFFIX) && name !== SUFFIX ? name.slice(0, -SUFFIX.length) : undefined;

/** The Secret may have a derived Secret. If it requested one and is no longer owned, lockstep must delete it. */
export const mayHaveDerivedSecret = (secret: Secret): boolean =>
  isOwned(secret) || secret.annotations.has(REQUEST_ANNOTATION);

/** The controller has work with the Secret, although another controller writes it. */
export const requestsDerivedSecret = (secret: Secret): boolean =>
  secret.annotations.get(REQUEST_ANNOTATION) === 'true' && isOwned(secret);

/**
 * The source of this derived Secret. Undefined for any other Secret. Any user can write the annotation, so the names
 * must match.
 */
export function sourceOfDerivedSecret({ name, labels, annotations }: Secret): string | undefined {
  const owner = annotations.get(DERIVED_FROM_ANNOTATION);
  const isIts =
    labels.get(DERIVED_SECRET_LABEL) === 'true' && owner !== undefined && derivedSecretNameOf(owner) === name;
  return isIts ? owner : undefined;
}
