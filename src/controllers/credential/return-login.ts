import type { LoginEvaluation } from '../../engine/credential/change/login-observation.ts';
import { publicationEdit } from '../../engine/credential/change/publish.ts';
import type { Deps } from '../reconciler-deps.ts';
import { executeAndEmit, refusalOf } from '../secret-session/execute-and-emit.ts';
import { applyEdit } from './publish.ts';
import type { ReconcileInput } from './reconcile-input.ts';

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
