import type { Permissions } from '../../engine/review/own-writes/permissions.ts';
import type { KeyEdit } from '../../engine/review/own-writes/with-derived.ts';
import { ownedSince } from '../../engine/secret/kubernetes/field-owners.ts';
import { FIELD_MANAGER } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import { withExceptedKeys } from '../../engine/secret/record/forced.ts';
import {
  differingKeys,
  discardPending,
  hasSameData,
  type OwnChangeReason,
  type Pending,
  type RetentionOptions,
  recordForUid,
  type SecretData,
  type SecretRecord,
  stagePending,
  type Version,
} from '../../engine/secret/record/record.ts';
import { recordObservation } from '../../engine/secret/record/record-observation.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { withInSyncKeys } from '../../engine/versions/reconcile/drift.ts';
import { isConflict, LockstepError } from '../../errors/errors.ts';
import { identityOf } from '../domain-event.ts';
import type { ObservedSecret, SecretPort } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import type { RecordSession } from './record-session.ts';
import { releaseFields } from './release-fields.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** A planned change of the data of a Secret. */
export interface SecretWrite {
  readonly data: SecretData;
  readonly why: OwnChangeReason;
  /** The user who decided it. Undefined for lockstep itself. */
  readonly by?: string | undefined;
  /** The record to store before the Secret is written. */
  readonly record: SecretRecord;
}

/** A Secret and its record, open for a write. */
export interface WriteSession extends RecordSession {
  readonly ref: SecretRef;
  readonly observed: ObservedSecret;
  readonly permissions: Permissions;
  readonly retention: RetentionOptions;
  /**
   * True for a command. The controller writes the same record, so a command repeats its write of the record after a
   * conflict. It accepts that the controller was first with its data. Values that a webhook stored instead are its
   * version. The controller itself rejects at a conflict, and its next reconcile reads everything again.
   */
  readonly competes: boolean;
}

type WriteDeps = Deps<'secrets' | 'clock' | 'emit'>;

/**
 * Writes the Secret. After a crash between two of these writes, the next writer finds in the record what was started:
 * `recordObservation` decides.
 *
 *     record: pending ── Secret: written ── record: version, rollout opened ── Secret: fields released
 *
 * Resolves with the stored Secret, which a webhook may have changed further. Throws LockstepError. After a refusal or a
 * lost race, the Secret is unchanged and nothing is pending. After an outage, the next writer completes the version.
 */
export async function executeWrite(
  session: WriteSession,
  write: SecretWrite,
  deps: WriteDeps,
): Promise<ObservedSecret> {
  await stage(session, write, deps);
  const staged = session.record().pending;
  const stored = await patchSecret(session, write, deps);
  await settle(session, write, staged, stored, deps);
  // Not before the record has the version: until then, the Secret itself must show that lockstep has written it.
  await releaseFields(stored, session.observed.owners, deps);
  return stored;
}

/** Record: the version becomes pending. */
async function stage(
  session: WriteSession,
  { data, why, by, record }: SecretWrite,
  { secrets, clock }: WriteDeps,
): Promise<void> {
  const { observed, retention } = session;
  await retryOnConflict(
    record,
    async (base) => {
      if (base.pending?.data === data) return;
      const version = { time: clock.now(), by: by ?? secrets.writer, why };
      await session.save(stagePending(base, data, version, observed.resourceVersion));
    },
    async (conflict) => {
      const reread = await rereadAfter(conflict, session);
      // Another write has begun, or has happened.
      if (reread.pending !== undefined || !(await isUnchanged(session, secrets))) throw conflict;
      return withCurrentData(reread, observed, retention);
    },
  );
}

/** True if the Secret is still as it was observed. */
async function isUnchanged(
  { ref, observed }: WriteSession,
  { read }: Pick<SecretPort, 'read'>,
): Promise<boolean> {
  const current = await read(ref);
  return current?.uid === observed.uid && current.resourceVersion === observed.resourceVersion;
}

/** Secret: the data is written. Discards the pending version if it is certain that it was not. */
async function patchSecret(
  session: WriteSession,
  { data, why }: SecretWrite,
  { secrets, emit }: WriteDeps,
): Promise<ObservedSecret> {
  const { observed, competes } = session;
  const staged = session.record().pending;
  try {
    const patched = await secrets.patch(observed, editBetween(observed.secret.data, data));
    emit({ kind: 'secret-patched', secret: identityOf(patched) });
    return patched;
  } catch (error) {
    const isLost = isConflict(error);
    // The controller may have read the pending version and written it first, or an earlier leader this one.
    const writtenByOther = isLost ? await readIfWritten(session, data, secrets) : undefined;
    if (writtenByOther !== undefined && competes) return writtenByOther;
    if ((isLost && writtenByOther === undefined) || isRefused(error)) await discard(session, staged);
    throw isLost && competes ? lostRace(session.ref, why) : error;
  }
}

/**
 * The Secret, if another process of lockstep has written this data. A webhook may have changed it further. Only the
 * pending version of the record can have been written since the Secret was observed.
 */
async function readIfWritten(
  session: WriteSession,
  data: SecretData,
  { read }: Pick<SecretPort, 'read'>,
): Promise<ObservedSecret | undefined> {
  const { ref, observed, competes } = session;
  const current = await read(ref);
  if (current?.uid !== observed.uid) return undefined;
  if (hasSameData(current.secret.data, data)) return current;
  const isByLockstep = current.written.by === FIELD_MANAGER && ownedSince(observed.owners) === undefined;
  return isByLockstep || (competes && (await isSettled(session, current))) ? current : undefined;
}

/** The controller has completed the pending version already, with what a webhook made of it. */
async function isSettled(session: WriteSession, { secret }: ObservedSecret): Promise<boolean> {
  const { pending } = session.record();
  const { versions } = await session.reload();
  const last = versions.at(-1);
  return isSameVersion(last, pending) && hasSameData(last?.data, secret.data);
}

/** The times differ: a pending version has that of its plan. */
const isSameVersion = (one: Version | undefined, other: Version | undefined): boolean =>
  one?.number === other?.number && one?.by === other?.by && one?.why.kind === other?.why.kind;

async function discard(session: WriteSession, staged: Pending | undefined): Promise<void> {
  // The record was read again, and another writer has begun.
  if (!isSameVersion(session.record().pending, staged)) return;
  await session.save(discardPending(session.record())).catch((error: unknown) => {
    // The caller gets the error of the Secret. The next writer discards the version too.
    if (!(error instanceof LockstepError)) throw error;
  });
}

const isRefused = (error: unknown): boolean =>
  error instanceof LockstepError && error.code === 'LOCKSTEP_SECRET_REFUSED';

const lostRace = ({ namespace, name }: SecretRef, { kind }: OwnChangeReason): LockstepError =>
  new LockstepError('CLUSTER_CONFLICT', [`${ACTION_TEXT[kind]} Secret ${namespace}/${name}`]);

const ACTION_TEXT: Readonly<Record<OwnChangeReason['kind'], string>> = {
  healed: 'correcting',
  generated: 'completing',
  rotated: 'rotating',
  'rolled-back': 'rolling back',
  login: 'changing the password in',
};

/** Record: the pending version becomes a version, and its rollout opens. */
async function settle(
  session: WriteSession,
  { why }: SecretWrite,
  staged: Pending | undefined,
  stored: ObservedSecret,
  { secrets }: WriteDeps,
): Promise<void> {
  const settled = session.competes
    ? (record: SecretRecord) => settledByCommand(record, session, { staged, stored, why, by: secrets.writer })
    : (record: SecretRecord) => settledByController(record, session, stored);
  await retryOnConflict(
    session.record(),
    (record) => session.save(settled(record)),
    (conflict) => rereadAfter(conflict, session),
  );
}

function settledByController(
  record: SecretRecord,
  { permissions, retention }: WriteSession,
  { secret, written, resourceVersion }: ObservedSecret,
): SecretRecord {
  const observation = { ...written, why: { kind: 'changed' }, resourceVersion } as const;
  const next = recordObservation(record, secret.data, observation, retention);
  const request = { ...permissions.request, secret, old: secret };
  return withInSyncKeys(next, { ...permissions, request });
}

interface CommandWrite {
  readonly staged: Pending | undefined;
  readonly stored: ObservedSecret;
  readonly why: OwnChangeReason;
  readonly by: string;
}

function settledByCommand(
  record: SecretRecord,
  { retention }: WriteSession,
  { staged, stored, why, by }: CommandWrite,
): SecretRecord {
  const { data } = stored.secret;
  const isSettled = record.versions.some(
    (one) => one.number >= (staged?.number ?? 0) && hasSameData(one.data, data),
  );
  if (isSettled) return record;
  const { written, resourceVersion } = stored;
  const except = differingKeys(staged?.data, data);
  const isAltered = except.length > 0 && why.kind === 'rolled-back';
  const observation = {
    ...written,
    by,
    why: isAltered ? withExceptedKeys(why, except) : why,
    resourceVersion,
  };
  // A webhook may have changed the pending values. The result is still a version of this command.
  const base = hasSameData(record.pending?.data, data) ? record : discardPending(record);
  return recordObservation(base, data, observation, retention);
}

async function rereadAfter(conflict: unknown, session: WriteSession): Promise<SecretRecord> {
  if (!session.competes) throw conflict;
  return await session.reload();
}

/** The record after the current data of the Secret is added to it. */
export function withCurrentData(
  record: SecretRecord,
  { secret, uid, written, resourceVersion }: ObservedSecret,
  retention: RetentionOptions,
): SecretRecord {
  const recreated = record.uid === uid ? undefined : true;
  const observation = { ...written, why: { kind: 'changed' }, resourceVersion, recreated } as const;
  return recordObservation(recordForUid(record, uid), secret.data, observation, retention);
}

function editBetween(before: SecretData, after: SecretData): KeyEdit {
  const set = new Map([...after].filter(([key, value]) => !value.equals(before.get(key))));
  return { set, remove: [...before.keys()].filter((key) => !after.has(key)) };
}
