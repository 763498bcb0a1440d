import { pageUrl } from '../../secret/finding/docs-url.ts';
import { type CheckResult, fault, ok, warning } from '../check-result.ts';
import type { Grant, Right } from './grants.ts';

/** All users by one name or another: authenticated users, anonymous users, all pods. */
const ALL_USERS: readonly string[] = [
  'User system:anonymous',
  'Group system:unauthenticated',
  'Group system:authenticated',
  'Group system:serviceaccounts',
];

export function secretsOpenToAll(grants: readonly Grant[]): CheckResult {
  const open = distinct(grants.filter(of('read-secrets')).filter(isForAllUsers));
  if (open.length === 0) return ok('no ClusterRoleBinding lets everybody read Secrets');
  return fault(
    'everybody may read every Secret of the cluster',
    'take the subject out of the binding, or the right out of the role',
    open.map(sentence),
  );
}

export function secretsReadByMany(grants: readonly Grant[], namespace: string): CheckResult {
  const shipped = `${namespace}/lockstep-controller`;
  const readers = distinct(
    grants
      .filter(of('read-secrets'))
      .filter((grant) => !isForAllUsers(grant) && !isComponent(grant) && !isAccount(grant, shipped)),
  );
  if (readers.length === 0) return ok('only components of Kubernetes and of lockstep may read every Secret');
  return warning(
    `${countOf(readers.length)} may read every Secret of the cluster`,
    'give a Role in the namespaces that it is for, or in a ClusterRole the Secrets by name',
    readers.map(sentence),
  );
}

export function webhooksWrittenByMany(grants: readonly Grant[], namespace: string): CheckResult {
  const shipped = `${namespace}/lockstep-webhook`;
  const writers = distinct(
    grants.filter(of('write-webhooks')).filter((grant) => !isComponent(grant) && !isAccount(grant, shipped)),
  );
  if (writers.length === 0)
    return ok('only components of Kubernetes and of lockstep may change its webhooks');
  return warning(
    `${countOf(writers.length)} may change or delete the webhooks of lockstep`,
    `a user with this right can disable lockstep, and have all objects of the cluster sent to a server of their own; ${pageUrl('operate/security-model.md#access-of-each-party')}`,
    writers.map(sentence),
  );
}

/** `beyond`: permissions of lockstep's accounts that are not in the shipped manifests. */
export function ownAccountsTooWide(beyond: readonly string[]): CheckResult {
  if (beyond.length === 0)
    return ok('the ServiceAccounts of lockstep have none of the wide rights that were asked for');
  return warning(
    'a ServiceAccount of lockstep may do what the shipped roles do not allow',
    'look for a binding that was added: kubectl get clusterrolebindings,rolebindings -A -o wide',
    beyond,
  );
}

/** Each subject once, even if several bindings grant it the right. */
function distinct(grants: readonly Grant[]): readonly Grant[] {
  const bySubject = new Map<string, Grant>();
  for (const grant of grants) {
    const key = `${grant.kind} ${grant.subject}`;
    if (!bySubject.has(key)) bySubject.set(key, grant);
  }
  return [...bySubject.values()];
}

const of =
  (right: Right) =>
  (grant: Grant): boolean =>
    grant.right === right;

const isForAllUsers = ({ kind, subject }: Grant): boolean => ALL_USERS.includes(`${kind} ${subject}`);

const isAccount = ({ kind, subject }: Grant, account: string): boolean =>
  kind === 'ServiceAccount' && subject === account;

/**
 * A component of the cluster. In kube-system only the roles of Kubernetes itself count, because other tools install
 * there too. Groups of all pods or nodes have many members and don't count.
 */
function isComponent({ kind, subject, role }: Grant): boolean {
  if (kind === 'ServiceAccount') return subject.startsWith('kube-system/') && role.startsWith('system:');
  return (
    subject.startsWith('system:') &&
    !/^system:(serviceaccounts?(:|$)|nodes$|authenticated$|unauthenticated$|anonymous$)/.test(subject)
  );
}

const sentence = ({ kind, subject, role, binding }: Grant): string =>
  `${kind} ${short(subject)} by ClusterRoleBinding ${short(binding)} of ClusterRole ${short(role)}`;

const countOf = (number: number): string => (number === 1 ? 'one subject' : `${number} subjects`);

/** The API server does not limit the length of a subject's name. */
const short = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}…` : name);
