import { type CheckResult, fault, ok, warning } from '../doctor/check-result.ts';
import type { Grant, Right } from './grants.ts';

/** Everybody, by one name or another: who logs in, who does not, every pod. */
const EVERYBODY: readonly string[] = [
  'User system:anonymous',
  'Group system:unauthenticated',
  'Group system:authenticated',
  'Group system:serviceaccounts',
];

export function secretsOpenToAll(grants: readonly Grant[]): CheckResult {
  const open = distinct(grants.filter(of('read-secrets')).filter(isForEverybody));
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
      .filter((grant) => !isForEverybody(grant) && !isComponent(grant) && !isAccount(grant, shipped)),
  );
  if (readers.length === 0)
    return ok('nobody but components of Kubernetes and of lockstep may read every Secret');
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
    return ok('nobody but components of Kubernetes and of lockstep may change its webhooks');
  return warning(
    `${countOf(writers.length)} may change or delete the webhooks of lockstep`,
    'who may do that can switch it off, and have all objects of the cluster sent to themselves; docs/security.md#access-of-each-party',
    writers.map(sentence),
  );
}

/** `beyond`: what the accounts of lockstep may do and, as shipped, may not. */
export function ownAccountsTooWide(beyond: readonly string[]): CheckResult {
  if (beyond.length === 0)
    return ok('the ServiceAccounts of lockstep have none of the wide rights that were asked for');
  return warning(
    'a ServiceAccount of lockstep may do what the shipped roles do not allow',
    'look for a binding that was added: kubectl get clusterrolebindings,rolebindings -A -o wide',
    beyond,
  );
}

/** Each subject once, however many bindings give it the right. */
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

const isForEverybody = ({ kind, subject }: Grant): boolean => EVERYBODY.includes(`${kind} ${subject}`);

const isAccount = ({ kind, subject }: Grant, account: string): boolean =>
  kind === 'ServiceAccount' && subject === account;

/** Of kube-system only by the roles that Kubernetes itself brings: others install there as well. All pods and nodes are many. */
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

/** The API server limits no name of a subject. */
const short = (name: string): string => (name.length > 100 ? `${name.slice(0, 100)}…` : name);
