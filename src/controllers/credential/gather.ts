import { otherLogin } from '../../engine/credential/change/alternate-role.ts';
import { placeOf, targetInForce } from '../../engine/credential/change/proven-server.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import type { CredentialCondition } from '../../engine/credential/status/status.ts';
import { asAdministrator, authRule } from '../../engine/login/accepted-auth.ts';
import { adminCredentialIn } from '../../engine/login/admin-in-secret.ts';
import { caInSecret } from '../../engine/login/ca-in-secret.ts';
import { loginInSecret } from '../../engine/login/login-in-secret.ts';
import type { Mandate } from '../../engine/permissions/permissions.ts';
import { isExempt } from '../../engine/policy/match.ts';
import { otherWriterOf } from '../../engine/server/other-managers.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import type { Held } from '../record/observed-secret.ts';
import type { FoundRecord, RecordBook } from '../record/record-session.ts';
import type { CredentialNeeds, Scene } from './reconcile-input.ts';

/** Why a PostgresCredential can't be worked by. */
export type Unready = Extract<CredentialCondition, { type: 'Ready'; status: 'False' }>;

export const unready = (reason: Unready['reason'], message: string): Unready => ({
  type: 'Ready',
  status: 'False',
  reason,
  message,
});

/** Why a Secret is not worked on as a login, whatever it holds. */
export function barrierTo(
  { request }: Mandate,
  { kind }: FoundRecord,
  { around }: Pick<CredentialNeeds, 'around'>,
): Unready | undefined {
  if (isExempt(request, around.ownNamespace))
    return unready('Excluded', 'Secrets of that namespace or type are never touched');
  if (around.maxAction !== 'Enforce')
    return unready(
      'NotAllowed',
      `lockstep runs with --max-action ${around.maxAction}: it reports, and changes nothing`,
    );
  if (kind === 'unreadable')
    return unready(
      'RecordUnreadable',
      'the record of the Secret can not be read: an Event on the Secret says why',
    );
  return undefined;
}

/** All that a login is worked by, with a record that has begun; nothing is written yet. */
export async function gatherScene(
  credential: PostgresCredential,
  held: Held,
  mandate: Mandate,
  book: RecordBook,
  needs: CredentialNeeds,
): Promise<Scene | Unready> {
  const { secret } = held;
  const { spec, namespace } = credential;
  if (secret.immutable)
    return unready(
      'NotAllowed',
      'the Secret is immutable: delete it, and make it again without immutable: true',
    );
  const other = otherWriterOf(secret);
  // What was begun before is brought to its end.
  if (other?.kind === 'refuse' && book.record().login?.change === undefined)
    return unready('ManagedByOther', other.sentence);
  const isCopy = other?.kind === 'store-first' ? other.sentence : undefined;
  const found = loginInSecret(secret, spec, mandate.matched);
  if ('fault' in found) return unready('LoginIncomplete', found.fault);
  if (spec.adminSecretName !== undefined && spec.server.host === undefined) return UNNAMED;
  // A host that the PostgresCredential names was written by somebody who may read the Secret and the login of the administrator.
  const login = spec.server.host === undefined ? book.record().login : undefined;
  const trusted = await withAuthority(targetInForce(found.target, login), credential, needs);
  if ('type' in trusted) return trusted;
  const target = { ...trusted, auth: authRule(spec.server.auth, book.record().login) };
  const at = placeOf(target);
  const scene = { credential, held, mandate, book, target, at, isCopy, written: found.credential };
  if (spec.adminSecretName === undefined) return { ...scene, admin: undefined };
  const admin = await needs.readSecret({ namespace, name: spec.adminSecretName });
  const named = `Secret ${spec.adminSecretName}, which adminSecretName names`;
  if (admin === undefined) return unready('ReferencedSecretNotFound', `there is no ${named}`);
  const administrator = adminCredentialIn(admin.secret);
  if ('fault' in administrator)
    return unready('ReferencedSecretNotFound', `of ${named}: ${administrator.fault}`);
  if (isItself(administrator.role, scene)) return ITSELF;
  const { tls } = target;
  const isBare = spec.server.tls === undefined && tls.mode === 'disable';
  const safer = isBare ? { ...target, tls: { ...tls, mode: 'prefer' as const } } : target;
  return { ...scene, admin: { credential: administrator, target: asAdministrator(safer) } };
}

/** Its password would be changed, and what `adminSecretName` names would open nothing any more. What was begun before is brought to its end. */
function isItself(
  role: string,
  { credential, book, written }: Pick<Scene, 'credential' | 'book' | 'written'>,
): boolean {
  const { owner = written.role, change } = book.record().login ?? {};
  const ours = credential.spec.strategy === 'SingleUser' ? [] : [owner, otherLogin(owner, owner)];
  return change === undefined && [written.role, ...ours].includes(role);
}

const ITSELF = unready(
  'NotAllowed',
  'adminSecretName names a login of the very role whose password is to be changed: leave it out, and the role changes its own, or name that of another role',
);

const UNNAMED = unready(
  'NotAllowed',
  'the login of adminSecretName is never sent where the Secret says: name the server under spec.server.host',
);

async function withAuthority(
  target: ServerTarget,
  { namespace, spec }: PostgresCredential,
  { readSecret }: CredentialNeeds,
): Promise<ServerTarget | Unready> {
  const name = spec.server.tls?.caSecretName;
  if (name === undefined) return target;
  const held = await readSecret({ namespace, name });
  const named = `Secret ${name}, which caSecretName names`;
  if (held === undefined) return unready('ReferencedSecretNotFound', `there is no ${named}`);
  const found = caInSecret(held.secret);
  if ('fault' in found) return unready('ReferencedSecretNotFound', `of ${named}: ${found.fault}`);
  return { ...target, tls: { ...target.tls, ca: found.ca } };
}
