import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { isExempt } from '../../engine/policy/match/match.ts';
import {
  type Permissions,
  permissionsFor,
  withLoginPermissions,
} from '../../engine/review/own-writes/permissions.ts';
import { forLogin } from '../../engine/secret/record/login-record.ts';
import { DEFAULT_HISTORY_LIMIT, newRecord } from '../../engine/secret/record/record.ts';
import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import { frameOf } from '../../engine/secret/record/secret-frame.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import { executeWrite, type SecretWrite, type WriteSession, withCurrentData } from './execute.ts';
import { openRecordSession, readRecordAndSecret, requireRecord } from './record-session.ts';

type ReadableLookup = Exclude<RecordLookup, { kind: 'unreadable' }>;

/** A Secret with its record, as they were read, and the actions that are allowed on it. */
export interface SecretSnapshot<Lookup extends RecordLookup = RecordLookup> {
  readonly ref: SecretRef;
  readonly observed: ObservedSecret;
  readonly lookup: Lookup;
  /** If --max-action does not allow changes, a login is treated like any other Secret. */
  readonly credentials: readonly ServerCredential[];
  readonly permissions: Permissions;
}

/**
 * The one way to change a Secret. It holds one snapshot: Secret, record, and permissions. The engine plans from it, and
 * `execute` writes the plan.
 */
export interface SecretSession extends WriteSession {
  /** Writes the Secret: see `executeWrite`. */
  readonly execute: (write: SecretWrite) => Promise<ObservedSecret>;
}

export interface SessionOptions {
  /** The number of versions to keep. */
  readonly history: number;
  /** See `WriteSession`. */
  readonly competes: boolean;
}

/** `source` is the ServerCredential whose login a copy follows. */
export function snapshotOf(
  ref: SecretRef,
  observed: ObservedSecret,
  lookup: RecordLookup,
  credentials: readonly ServerCredential[],
  { policies, context }: Deps<'policies' | 'context'>,
  source?: ServerCredential,
): SecretSnapshot {
  const labels = policies.labelsOf(ref.namespace);
  const permissions = permissionsFor(observed.secret, labels, policies.current(), context);
  const mayAct = context.maxAction === 'Enforce';
  const logins = mayAct ? [...credentials, ...(source === undefined ? [] : [source])] : [];
  const isLogin = logins.length > 0 && !isExempt(permissions.request, context);
  const restart = logins.some(({ spec }) => spec.consumers.restart);
  return {
    ref,
    observed,
    lookup,
    credentials: mayAct ? credentials : [],
    permissions: isLogin ? withLoginPermissions(permissions, { restart }) : permissions,
  };
}

/** The same session for the work on one login of the Secret. */
export const sessionForLogin = (
  session: SecretSession,
  { spec }: Pick<ServerCredential, 'spec'>,
): SecretSession => ({ ...session, record: () => forLogin(session.record(), spec.keys.system) });

/**
 * Opens a Secret for a change. The record in the session includes the current data of the Secret. Nothing is written
 * yet.
 */
export async function sessionOf(
  { ref, observed, lookup, permissions }: SecretSnapshot<ReadableLookup>,
  { history, competes }: SessionOptions,
  deps: Deps<'secrets' | 'records' | 'workloads' | 'clock' | 'emit'>,
): Promise<SecretSession> {
  const { mayRestart } = permissions;
  const before = lookup.kind === 'read' ? lookup.record : await firstRecord(ref, observed, mayRestart, deps);
  const current = withCurrentData(before, observed, {
    // A command may need the oldest version.
    history: competes ? Number.POSITIVE_INFINITY : history,
    restarts: mayRestart,
  });
  const recordSession = openRecordSession(ref, lookup, current, deps);
  const session: WriteSession = {
    ...recordSession,
    save: (record) =>
      recordSession.save(
        record === recordSession.stored() ? record : { ...record, frame: frameOf(observed.secret) },
      ),
    ref,
    observed,
    permissions,
    retention: {
      // The controller may be configured to keep more versions than a command.
      history: competes ? Math.max(history, before.versions.length) : history,
      restarts: mayRestart,
    },
    competes,
  };
  return { ...session, execute: (write) => executeWrite(session, write, deps) };
}

/** The versions continue after the highest one that a consumer still has. */
async function firstRecord(
  ref: SecretRef,
  { secret, uid, written }: ObservedSecret,
  mayHaveVersion: boolean,
  { workloads }: Deps<'workloads'>,
) {
  const highestVersion = mayHaveVersion ? await workloads.highestVersion(ref) : 0;
  return newRecord(uid, secret.data, { ...written, why: { kind: 'seen' } }, highestVersion);
}

/**
 * Reads a Secret and its record, and opens it for a command. Throws SECRET_NOT_FOUND, SECRET_DELETED or
 * RECORD_UNREADABLE, and RECORD_NOT_FOUND if the command needs a record.
 */
export async function openSecretSession(
  ref: SecretRef,
  {
    credentials,
    needsRecord,
  }: {
    readonly credentials: readonly ServerCredential[];
    readonly needsRecord: boolean;
  },
  deps: Deps<'secrets' | 'records' | 'workloads' | 'clock' | 'policies' | 'context' | 'emit'>,
): Promise<SecretSession> {
  const { observed, lookup } = await readRecordAndSecret(ref, deps.records.read, deps.secrets.read);
  if (observed === undefined) throw secretGone(ref, lookup);
  const readable = lookup.kind === 'absent' && !needsRecord ? lookup : requireRecord(lookup, ref, true);
  const snapshot = snapshotOf(ref, observed, lookup, credentials, deps);
  return await sessionOf(
    { ...snapshot, lookup: readable },
    { history: DEFAULT_HISTORY_LIMIT, competes: true },
    deps,
  );
}

/** Throws the reason why there is nothing to create the Secret from. */
function secretGone(ref: SecretRef, lookup: RecordLookup): LockstepError {
  requireRecord(lookup, ref, false);
  const secret = `${ref.namespace}/${ref.name}`;
  return new LockstepError('SECRET_DELETED', [secret, secret]);
}
