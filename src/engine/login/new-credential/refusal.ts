import { exemptionText } from '../../policy/match/match.ts';
import type { EngineContext } from '../../review/evaluation/decision.ts';
import { pageUrl } from '../../secret/finding/docs-url.ts';
import type { SecretType } from '../../secret/kubernetes/kubernetes-names.ts';
import { otherManagerOf } from '../../secret/other-managers.ts';
import type { Secret } from '../../secret/secret.ts';
import type { CredentialKind } from '../credential-schema/compile.ts';

/** The reason why no credential can be ready for this Secret: a sentence. */
export function refusalOf(
  secret: Secret,
  context: EngineContext | undefined,
  credential: { readonly kind: CredentialKind; readonly name: string } | undefined,
): string | undefined {
  const ref = `${secret.namespace}/${secret.name}`;
  if (secret.type === ('lockstep.dev/record' satisfies SecretType))
    return 'it is a record of lockstep: name the Secret that it belongs to';
  if (secret.deleting) return 'it is being deleted';
  if (secret.immutable) return 'it is immutable: delete it, and create a mutable one';
  const request = { operation: 'CREATE', secret, old: undefined, username: undefined } as const;
  const exemption = context && exemptionText(request, context);
  if (exemption !== undefined) return `it is ${exemption}, so lockstep never changes it`;
  if (credential !== undefined)
    return `${credential.kind} ${credential.name} names it already: lockstep doctor ${ref} shows its state`;
  const manager = otherManagerOf(secret);
  if (manager?.kind !== 'conflict') return undefined;
  return `${manager.sentence}. ${pageUrl('reference/postgresql.md#other-managers-of-a-role')} says how to rotate with it`;
}
