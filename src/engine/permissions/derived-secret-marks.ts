import type { Annotation, Label } from '../secret/kubernetes-names.ts';
import { isOwned } from '../secret/owners.ts';
import type { Secret } from '../secret/secret.ts';

/** Asks for a sibling, on a Secret that another controller writes: lockstep may not put what it derives into that one. */
const REQUEST_ANNOTATION = 'lockstep.dev/derived-secret' satisfies Annotation;
/** Marks a sibling, for whoever lists them. */
export const DERIVED_SECRET_LABEL = 'lockstep.dev/derived' satisfies Label;
/** Whose it is. An annotation, since a label holds 63 characters, and a name may have 253. */
export const DERIVED_FROM_ANNOTATION = 'lockstep.dev/derived-from' satisfies Annotation;

const SUFFIX = '-derived';

export const derivedSecretNameOf = (name: string): string => `${name}${SUFFIX}`;

/** Whose sibling a Secret of this name would be, for one that is gone and can't be asked. */
export const sourceByDerivedName = (name: string): string | undefined =>
  name.endsWith(SUFFIX) && name !== SUFFIX ? name.slice(0, -SUFFIX.length) : undefined;

/** It may have one: one that has asked, and is not owned any more, is to lose it. */
export const mayHaveDerivedSecret = (secret: Secret): boolean =>
  isOwned(secret) || secret.annotations.has(REQUEST_ANNOTATION);

/** The controller has something to do with it, although another one writes it. */
export const requestsDerivedSecret = (secret: Secret): boolean =>
  secret.annotations.get(REQUEST_ANNOTATION) === 'true' && isOwned(secret);

/** Whose sibling this is; undefined of any other Secret, and where the annotation says what this name is not that of: anybody can write one. */
export function sourceOfDerivedSecret({ name, labels, annotations }: Secret): string | undefined {
  const owner = annotations.get(DERIVED_FROM_ANNOTATION);
  const isIts =
    labels.get(DERIVED_SECRET_LABEL) === 'true' && owner !== undefined && derivedSecretNameOf(owner) === name;
  return isIts ? owner : undefined;
}
