import type { OtherManager } from '../../secret/other-managers.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import {
  type CheckResult,
  checkObservation,
  fault,
  type Observation,
  ok,
  unknown,
  warning,
} from '../check-result.ts';

/** A copy that the PostgresCredential of the Secret names. */
export interface CopyFacts extends SecretRef {
  readonly state: CopyState;
}

export type CopyState =
  /** `hasLogin` is undefined if the login that all copies must have is not known. */
  | { readonly kind: 'follows'; readonly hasLogin: boolean | undefined }
  /** The reason why no password change begins, as a sentence that names the copy. */
  | { readonly kind: 'obstacle'; readonly reason: string }
  | { readonly kind: 'unread'; readonly why: string; readonly fix: string };

/** Does each copy follow? A copy that can't follow stops each change before it begins. */
export function copiesCheck(copies: readonly CopyFacts[]): CheckResult {
  const obstacles = copies.flatMap(({ state }) => (state.kind === 'obstacle' ? state.reason : []));
  if (obstacles.length > 0)
    return fault(
      `no password change begins, because ${countOf(obstacles.length, copies.length)} can't follow`,
      'correct them, or remove them from spec.copies of the PostgresCredential',
      obstacles,
    );
  const drifted = copies.filter(({ state }) => state.kind === 'follows' && state.hasLogin === false);
  if (drifted.length > 0)
    return warning(
      `${countOf(drifted.length, copies.length)} do not have the login that the server has, and the controller writes it into them`,
      '',
      drifted.map(refText),
    );
  const unread = copies.flatMap(({ state }) => (state.kind === 'unread' ? state : []));
  if (unread[0] !== undefined)
    return unknown(
      `${countOf(unread.length, copies.length)} could not be read: ${unread[0].why}`,
      unread[0].fix,
    );
  const isKnown = copies.every(({ state }) => state.kind === 'follows' && state.hasLogin === true);
  return ok(`all copies agree${isKnown ? ', and have its login' : ''}: ${copies.length}`);
}

const countOf = (count: number, all: number): string =>
  `${count} of ${all === 1 ? '1 copy' : `${all} copies`}`;

const refText = ({ namespace, name }: SecretRef): string => `${namespace}/${name}`;

/** The Secret that this one names as the source of its login. */
export interface SourceFacts {
  readonly source: SecretRef;
  /** The PostgresCredential of the source that names this copy. Undefined if none does. */
  readonly credentialName: Observation<string | undefined>;
  /** Undefined if the login of the source is not known. */
  readonly hasLogin: boolean | undefined;
}

export const sourceCheck = ({ source, credentialName, hasLogin }: SourceFacts): CheckResult =>
  checkObservation(credentialName, (name) => {
    const place = refText(source);
    if (name === undefined)
      return warning(
        `it has the annotation lockstep.dev/copy-of=${place}, and no PostgresCredential of that Secret names it under copies, so it does not follow`,
        `name it under spec.copies in namespace ${source.namespace}, or remove the annotation`,
      );
    if (hasLogin === false)
      return warning(
        `it is a copy of Secret ${place} without the login that the server has, and the controller writes it`,
        `see the source: lockstep doctor ${place}`,
      );
    return ok(`it is a copy of Secret ${place}, and follows its PostgresCredential ${name}`);
  });

/** The fix of a refused login belongs to the Secret that the copy follows. Undefined for any other Secret. */
export function managerOfCopy(facts: SourceFacts | undefined): OtherManager | undefined {
  if (facts?.credentialName.kind !== 'found' || facts.credentialName.fact === undefined) return undefined;
  return {
    kind: 'conflict',
    sentence: `its login follows another Secret, so look there: lockstep doctor ${refText(facts.source)}`,
  };
}
