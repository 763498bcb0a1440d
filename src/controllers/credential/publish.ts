import { credentialInVersion } from '../../engine/login/change/credential-in-version.ts';
import type { LoginEvaluation } from '../../engine/login/change/login-observation.ts';
import type { StepResult } from '../../engine/login/change/phases.ts';
import { publicationEdit } from '../../engine/login/change/publish.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import type { LoginKeys } from '../../engine/login/credential-schema/stated-spec.ts';
import { LOGIN_SYSTEMS } from '../../engine/login/server-kinds/kinds.ts';
import type { KeyEdit } from '../../engine/review/own-writes/with-derived.ts';
import type { Finding } from '../../engine/secret/finding/finding.ts';
import { isSameCredential } from '../../engine/secret/record/credential.ts';
import type { LoginChange } from '../../engine/secret/record/login-record.ts';
import {
  differingKeys,
  latestVersion,
  type OwnChangeReason,
  type RollbackReason,
  type SecretData,
  type SecretRecord,
  type Version,
} from '../../engine/secret/record/record.ts';
import type { CredentialSource, Deps } from '../reconciler-deps.ts';
import { executeAndEmit, refusalOf } from '../secret-session/execute-and-emit.ts';
import type { ReconcileInput } from './reconcile-input.ts';
import { DONE, failed } from './step-outcome.ts';

/** Writes the proven login into the Secret, or the earlier one if the change is rolled back. */
export async function publish(
  input: ReconcileInput,
  change: LoginChange,
  deps: Deps<'context' | 'credentials' | 'emit'>,
): Promise<StepResult> {
  const { observed, session } = input;
  // A copy is corrected at its source. lockstep can't do that, so a rollback fails here.
  if (input.copyReason !== undefined)
    return isRollingBack(change) ? failed(`${change.fault}; ${input.copyReason}`) : DONE;
  const edit = publicationFor(input, change, deps);
  if (edit.set.size + edit.remove.length === 0) return DONE;
  const [refusal] = edit.refusals;
  if (refusal !== undefined && !isRollingBack(change))
    return failed(`the Secret could not hold it: ${refusal.key} ${refusal.message}`);
  const data = applyEdit(observed.secret.data, edit);
  const write = { data, why: changeReasonOf(input, change, data), note: eventNoteOf(change) };
  const reason = await refusalOf(executeAndEmit(session, write, deps));
  return reason === undefined ? DONE : failed(reason);
}

/** The difference between the Secret as it is at this moment and the Secret after publication. */
export function publicationFor(
  { credential, permissions, session }: ReconcileInput,
  change: LoginChange,
  { context, credentials }: Deps<'context' | 'credentials'>,
): KeyEdit & { readonly refusals: readonly Finding[] } {
  const { from, to, restores } = change;
  const { keys } = credential.spec;
  const { versions } = session.record();
  const others = otherKeysOf(credential, credentials);
  if (!isRollingBack(change) || from === undefined) {
    const restored = versions.find(({ number }) => number === restores)?.data;
    // The restored version may name the other role of a pair. Its login then differs in more keys than
    // its own.
    const oldCredentials = [from, credentialInVersion(restored, keys)];
    return publicationEdit(
      permissions,
      { keys, to, from: oldCredentials, restored, others, forced: change.forced === true },
      context,
    );
  }
  const restored = isPublished(session.record(), change)
    ? previousVersion(session.record())?.data
    : undefined;
  return publicationEdit(permissions, { keys, to: from, from: [to], restored, others }, context);
}

/** The keys of the other logins in the Secret, which have changes of their own. */
const otherKeysOf = (
  { namespace, spec }: ServerCredential,
  { forSecret }: Pick<CredentialSource, 'forSecret'>,
): readonly LoginKeys[] =>
  LOGIN_SYSTEMS.filter((system) => system !== spec.keys.system).flatMap(
    (system) => forSecret({ namespace, name: spec.secretName }, system)?.spec.keys ?? [],
  );

export const isRollingBack = ({ fault }: LoginChange): boolean => fault !== undefined;

export function applyEdit(data: SecretData, { set, remove }: KeyEdit): SecretData {
  const next = new Map([...data, ...set]);
  for (const key of remove) next.delete(key);
  return next;
}

/** True if all values of an earlier version were restored, and no client has written since. */
function isPublished(record: SecretRecord, { restores, since }: LoginChange): boolean {
  const { why, time } = latestVersion(record);
  const isSinceChange = time.getTime() + 1000 > since.getTime();
  return restores !== undefined && why.kind === 'rolled-back' && why.to === restores && isSinceChange;
}

const previousVersion = ({ versions }: SecretRecord): Version | undefined => versions.at(-2);

function changeReasonOf(
  { credential, session }: ReconcileInput,
  change: LoginChange,
  data: SecretData,
): OwnChangeReason {
  const record = session.record();
  const { from, restores, forced } = change;
  if (isRollingBack(change)) {
    const { keys } = credential.spec;
    const before = record.versions.findLast((one) =>
      isSameCredential(credentialInVersion(one.data, keys), from),
    );
    // If the record keeps only one version, the one before had the number before.
    const to = (before ?? previousVersion(record))?.number ?? Math.max(latestVersion(record).number - 1, 1);
    return { ...rollbackReason(record, to, undefined, data), undone: true };
  }
  if (restores !== undefined) return rollbackReason(record, restores, forced, data);
  return { kind: 'login', cause: change.cause };
}

/**
 * The other role of a pair may have the login, and derived keys may have been corrected. The version
 * names those keys.
 */
export function rollbackReason(
  { versions }: SecretRecord,
  to: number,
  forced: true | undefined,
  data: SecretData,
): RollbackReason {
  const restored = versions.find(({ number }) => number === to)?.data;
  const except = restored === undefined ? [] : differingKeys(restored, data);
  return {
    kind: 'rolled-back',
    to,
    ...(forced === true && { forced }),
    ...(except.length > 0 && { except }),
  };
}

function eventNoteOf(change: LoginChange): string {
  const { from, to, fault } = change;
  if (isRollingBack(change)) return `the password was restored, because ${fault}`;
  return from !== undefined && from.role !== to.role
    ? `the login is ${to.role} from now on; ${from.role} works until no session uses it`
    : `the password of ${to.role} was changed, in the server first`;
}

/**
 * Writes the login that opens the server into the Secret again. Resolves with false if nothing was written: another
 * client undoes each heal, or a policy or a webhook refuses the write.
 */
export async function returnLogin(
  input: ReconcileInput,
  { to, reason }: Extract<LoginEvaluation, { kind: 'restore' }>,
  deps: Deps<'context' | 'mayWrite' | 'checkTimer' | 'emit'>,
): Promise<boolean> {
  const { credential, observed, permissions, secretCredential, session } = input;
  if (!deps.mayWrite(session.ref)) return false;
  const { keys } = credential.spec;
  const publication = { keys, to, from: [secretCredential], restored: undefined };
  const edit = publicationEdit(permissions, publication, deps.context);
  if (edit.refusals.length > 0) return false;
  const write = {
    data: applyEdit(observed.secret.data, edit),
    why: { kind: 'healed' },
    note: `${keys.password}: ${reason}, which the Secret gets back`,
  } as const;
  deps.checkTimer.countChange(input, 'edited');
  return (await refusalOf(executeAndEmit(session, write, deps))) === undefined;
}
