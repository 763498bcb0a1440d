import type { EngineContext } from '../../review/evaluation/decision.ts';
import type { Permissions } from '../../review/own-writes/permissions.ts';
import type { KeyEdit } from '../../review/own-writes/with-derived.ts';
import type { Finding } from '../../secret/finding/finding.ts';
import type { Annotation } from '../../secret/kubernetes/kubernetes-names.ts';
import { otherManagerOf } from '../../secret/other-managers.ts';
import type { Credential } from '../../secret/record/credential.ts';
import type { LoginRecord } from '../../secret/record/login-record.ts';
import type { SecretData } from '../../secret/record/record.ts';
import type { Secret } from '../../secret/secret.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { credentialInVersion } from '../change/credential-in-version.ts';
import { publicationEdit } from '../change/publish.ts';
import { provenCredential } from '../change/superseded.ts';
import type { ServerCredential } from '../credential-schema/compile.ts';
import type { LoginCopy } from '../credential-schema/stated-spec.ts';
import { CHANGES_ROLE } from '../server-kinds/login-roles.ts';

const COPY_OF_ANNOTATION = 'lockstep.dev/copy-of' satisfies Annotation;

/** The Secret that a copy follows, by its own annotation. Undefined if it names none. */
export function namedSourceOf({ annotations }: Pick<Secret, 'annotations'>): SecretRef | undefined {
  const [namespace = '', name = '', ...rest] = annotations.get(COPY_OF_ANNOTATION)?.split('/') ?? [];
  return namespace === '' || name === '' || rest.length > 0 ? undefined : { namespace, name };
}

export const isMarkedAsCopy = ({ annotations }: Pick<Secret, 'annotations'>): boolean =>
  annotations.has(COPY_OF_ANNOTATION);

/** The part of a ServerCredential that names its copies. */
export type NamesCopies = Pick<ServerCredential, 'namespace' | 'spec'>;

/** The entry of the ServerCredential for this copy. Both sides agree: the copy names the Secret of the login. */
export function agreedCopy(
  copy: Pick<Secret, 'namespace' | 'name' | 'annotations'>,
  credential: NamesCopies,
): LoginCopy | undefined {
  const source = namedSourceOf(copy);
  if (source?.namespace !== credential.namespace || source.name !== credential.spec.secretName)
    return undefined;
  return credential.spec.copies.find(
    ({ namespace, name }) => namespace === copy.namespace && name === copy.name,
  );
}

/** The ServerCredential whose login the Secret follows as a copy. Both sides agree. */
export function sourceOf(
  copy: Pick<Secret, 'namespace' | 'name' | 'annotations'>,
  credentialOf: (source: SecretRef) => ServerCredential | undefined,
): ServerCredential | undefined {
  const source = namedSourceOf(copy);
  const credential = source && credentialOf(source);
  return credential !== undefined && agreedCopy(copy, credential) !== undefined ? credential : undefined;
}

/**
 * The sentence for a Secret that does not agree. The author of the ServerCredential learns nothing about it, not even
 * whether it exists.
 */
export const notAgreed = ({ spec, namespace }: NamesCopies, copy: LoginCopy): string =>
  `${copyId(copy)} does not exist, or has no annotation ${COPY_OF_ANNOTATION}: ${namespace}/${spec.secretName}`;

/** The reason why the copy can't have another login, as a sentence that begins with its name. */
export function copyObstacle(
  secret: Secret,
  credential: NamesCopies,
  copy: LoginCopy,
  changesRole: boolean,
): string | undefined {
  const id = copyId(copy);
  if (agreedCopy(secret, credential) === undefined) return notAgreed(credential, copy);
  if (secret.deleting) return `${id} is being deleted`;
  if (secret.immutable) return `${id} is immutable: delete it, and create a mutable one`;
  const otherManager = otherManagerOf(secret);
  if (otherManager !== undefined && otherManager.kind !== 'warning') return `${id}: ${otherManager.sentence}`;
  if (changesRole && !secret.data.has(copy.keys.user))
    return `${id} has no key ${copy.keys.user}, and ${CHANGES_ROLE} changes the role: name its keys`;
  return undefined;
}

export const copyId = ({ namespace, name }: SecretRef): string => `the copy ${namespace}/${name}`;

/**
 * The login that all copies must have now. Undefined if they keep what they have: the login on the server is not
 * proven, or a person must decide.
 */
export function loginForCopies({ change, current, diverged }: LoginRecord): Credential | undefined {
  if (diverged !== undefined) return undefined;
  return change === undefined ? current : provenCredential(change);
}

/** The consumers of a copy restart when the Secret and all copies have the login that the server was proven to have. */
export const mayRestartForCopy = (login: LoginRecord): boolean =>
  loginForCopies(login) !== undefined &&
  login.change?.phase !== 'publish' &&
  login.change?.phase !== 'rollback-publish';

export function hasLogin(
  data: SecretData | undefined,
  { keys }: LoginCopy,
  { role, password }: Credential,
): boolean {
  const ownRole = data?.get(keys.user)?.withPlaintext(({ text }) => text);
  return (ownRole === undefined || ownRole === role) && password.equals(data?.get(keys.password));
}

/**
 * The edit that gives a copy this login, with the keys that follow it by the copy's own policies. `known` are other
 * logins that its URLs may have. Undefined if it has the login.
 */
export function copyEdit(
  permissions: Permissions,
  copy: LoginCopy,
  to: Credential,
  known: readonly (Credential | undefined)[],
  context: EngineContext,
): (KeyEdit & { readonly refusals: readonly Finding[] }) | undefined {
  const { keys } = copy;
  const { data } = permissions.request.secret;
  if (hasLogin(data, copy, to)) return undefined;
  const from = [credentialInVersion(data, keys), ...known];
  return publicationEdit(
    permissions,
    { keys, to, from, restored: undefined, writesUser: data.has(keys.user) },
    context,
  );
}
