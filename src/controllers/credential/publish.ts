import { loginAmong } from '../../engine/credential/change/credential-in-version.ts';
import type { StepEnd } from '../../engine/credential/change/phases.ts';
import { publishEdit } from '../../engine/credential/change/publish.ts';
import type { Finding } from '../../engine/finding/finding.ts';
import type { KeyEdit } from '../../engine/permissions/with-derived.ts';
import type { LoginChange } from '../../engine/record/login-record.ts';
import {
  differingKeys,
  latest,
  type OwnWhy,
  type SecretRecord,
  type Values,
  type Version,
} from '../../engine/record/record.ts';
import { LockstepError } from '../../errors.ts';
import { writeSecret } from '../record/write-ahead.ts';
import type { CredentialNeeds, Scene } from './reconcile-input.ts';

/** The Secret comes to hold what the server was proven to have; what it held before where the change is undone. */
export async function publish(scene: Scene, change: LoginChange, needs: CredentialNeeds): Promise<StepEnd> {
  const { held, book, mandate } = scene;
  // What is a copy is put right where it is copied from: nobody here can, if it is to be put back.
  if (scene.isCopy !== undefined)
    return isUndone(change)
      ? { kind: 'failed', reason: `${change.fault}; ${scene.isCopy}` }
      : { kind: 'done' };
  const edit = publicationOf(scene, change, needs);
  if (edit.set.size + edit.remove.length === 0) return { kind: 'done' };
  const [refusal] = edit.refusals;
  if (refusal !== undefined && !isUndone(change))
    return { kind: 'failed', reason: `the Secret could not hold it: ${refusal.key} ${refusal.message}` };
  const data = after(held.secret.data, edit);
  const write = {
    data,
    why: whyOf(book.record(), change, data),
    by: undefined,
    note: noteOf(change),
    record: book.record(),
  };
  try {
    await writeSecret(held, book, write, mandate, needs);
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'LOCKSTEP_SECRET_REFUSED')
      return { kind: 'failed', reason: error.message };
    throw error;
  }
}

/** What is to be different in the Secret, by what it holds at this moment. */
export function publicationOf(
  { credential, mandate, book }: Scene,
  change: LoginChange,
  { around }: Pick<CredentialNeeds, 'around'>,
): KeyEdit & { readonly refusals: readonly Finding[] } {
  const { from, to, restores } = change;
  const { keys } = credential.spec;
  const { versions } = book.record();
  if (!isUndone(change) || from === undefined) {
    const restored = versions.find(({ number }) => number === restores)?.data;
    // Of a pair it may be the other's turn: then what comes back has another login in more places than its own.
    const former = [from, loginAmong(restored, keys)];
    return publishEdit(mandate, { keys, to, from: former, restored, forced: change.forced === true }, around);
  }
  const restored = isPublished(book.record(), change) ? versionBefore(book.record())?.data : undefined;
  return publishEdit(mandate, { keys, to: from, from: [to], restored }, around);
}

const isUndone = ({ fault }: LoginChange): boolean => fault !== undefined;

function after(data: Values, { set, remove }: KeyEdit): Values {
  const next = new Map([...data, ...set]);
  for (const key of remove) next.delete(key);
  return next;
}

/** All the values of an earlier version have come back, and nobody has written since. */
function isPublished(record: SecretRecord, { restores, since }: LoginChange): boolean {
  const { why, time } = latest(record);
  const isOfChange = time.getTime() + 1000 > since.getTime();
  return restores !== undefined && why.kind === 'rolled-back' && why.to === restores && isOfChange;
}

const versionBefore = ({ versions }: SecretRecord): Version | undefined => versions.at(-2);

function whyOf(record: SecretRecord, change: LoginChange, data: Values): OwnWhy {
  if (isUndone(change)) return { kind: 'rolled-back', to: versionBefore(record)?.number ?? 1 };
  if (change.restores !== undefined) return restoring(record, change.restores, change.forced, data);
  return { kind: 'login', cause: change.cause };
}

/** In a pair it may be the other's turn, and what follows from the password may have been put right: those keys are told. */
function restoring({ versions }: SecretRecord, to: number, forced: true | undefined, data: Values): OwnWhy {
  const except = differingKeys(versions.find(({ number }) => number === to)?.data, data);
  return { kind: 'rolled-back', to, forced, ...(except.length > 0 && { except }) };
}

function noteOf(change: LoginChange): string {
  const { from, to, fault } = change;
  if (isUndone(change)) return `the password was put back, because ${fault}`;
  return from !== undefined && from.role !== to.role
    ? `the login is ${to.role} from now on; ${from.role} works until nobody uses it any more`
    : `the password of ${to.role} was changed, in the server first`;
}
