import {
  agreedCopy,
  copyEdit,
  hasLogin,
  loginForCopies,
  mayRestartForCopy,
  sourceOf,
} from '../../engine/login/copies/login-copy.ts';
import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { forLogin, type LoginSystem } from '../../engine/secret/record/login-record.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import { executeAndEmit, refusalOf } from '../secret-session/execute-and-emit.ts';
import type { SecretSession } from '../secret-session/open.ts';
import { applyEdit } from './publish.ts';
import type { NextActions } from './reconciler.ts';

/** The only kind of logins that has copies: PostgreSQL. */
const COPIED: LoginSystem = undefined;

/** The ServerCredential whose login the Secret follows as a copy. Both sides agree. */
export function sourceOfCopy(
  { secret }: ObservedSecret,
  { credentials }: Deps<'credentials'>,
): ServerCredential | undefined {
  if (credentials.forSecret(secret, COPIED) !== undefined) return undefined;
  // One that is being deleted still completes its change.
  return sourceOf(
    secret,
    (source) => credentials.forSecret(source, COPIED) ?? credentials.formerForSecret(source, COPIED),
  );
}

/** The time after which a copy that waits for its source looks again. The source wakes it earlier. */
const RETRY_MS = 5000;
/** A policy or a webhook refuses the login in this copy, and the status of the ServerCredential says so. */
const REFUSED_RETRY_MS = 60_000;

/**
 * Gives a copy the login of its source again, if another writer has changed it. A change in progress writes its copies
 * itself.
 */
export async function followSource(
  session: SecretSession,
  credential: ServerCredential,
  deps: Deps<'records' | 'credentials' | 'context' | 'mayWrite' | 'emit'>,
): Promise<NextActions> {
  const { observed, permissions } = session;
  const source = { namespace: credential.namespace, name: credential.spec.secretName };
  const copy = agreedCopy(observed.secret, credential);
  // Read after the copy: a login that is older than the copy never gets into it.
  const lookup = await deps.records.read(source);
  const login = lookup.kind === 'read' ? forLogin(lookup.record, COPIED).login : undefined;
  const isFormer = deps.credentials.forSecret(source, COPIED) === undefined && login?.change === undefined;
  if (copy === undefined || login === undefined || isFormer) return UNRESTRICTED;
  const to = loginForCopies(login);
  if (to === undefined) return { mayWrite: true, mayRollOut: false, requeueAfter: RETRY_MS };
  if (hasLogin(observed.secret.data, copy, to))
    return { mayWrite: true, mayRollOut: mayRestartForCopy(login), requeueAfter: undefined };
  if (!mayRestartForCopy(login) || !permissions.isChangeable || !deps.mayWrite(session.ref))
    return { mayWrite: false, mayRollOut: false, requeueAfter: RETRY_MS };
  const known = [login.current, login.previous, login.change?.from, login.change?.to];
  const edit = copyEdit(permissions, copy, to, known, deps.context);
  if (edit === undefined || edit.refusals.length > 0) return REFUSED;
  const write = {
    data: applyEdit(observed.secret.data, edit),
    why: { kind: 'healed' },
    note: `${copy.keys.password}: this copy has the login of Secret ${source.namespace}/${source.name} again. Change it there`,
  } as const;
  const refusal = await refusalOf(executeAndEmit(session, write, deps));
  return refusal === undefined ? { mayWrite: false, mayRollOut: false, requeueAfter: 0 } : REFUSED;
}

const REFUSED: NextActions = { mayWrite: false, mayRollOut: false, requeueAfter: REFUSED_RETRY_MS };

/** The actions for a Secret whose login nothing restricts. */
export const UNRESTRICTED: NextActions = { mayWrite: true, mayRollOut: true, requeueAfter: undefined };
