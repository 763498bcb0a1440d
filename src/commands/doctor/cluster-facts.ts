import type { Observation } from '../../engine/diagnosis/check-result.ts';
import type { CertificateFacts } from '../../engine/diagnosis/cluster-checks/certificates.ts';
import type { ClusterFacts } from '../../engine/diagnosis/cluster-checks/checks.ts';
import type { FloorFacts, FloorPolicy } from '../../engine/diagnosis/cluster-checks/floor.ts';
import { pageUrl } from '../../engine/secret/finding/docs-url.ts';
import { CA_SECRET_NAME } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type AccessAttributes, isServiceAccountAllowed } from '../../kube/client/access-review.ts';
import { callApi } from '../../kube/client/call.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { hasActiveController } from '../../kube/client/lease.ts';
import { readClusterGrants } from '../../kube/doctor/cluster-grants.ts';
import { readStorageMetrics } from '../../kube/doctor/storage-metrics.ts';
import { hasAdmissionPolicies, readStoredFloor } from '../../kube/objects/admission-policies.ts';
import { readConfiguredWebhooks } from '../../kube/webhooks/ca-bundle.ts';
import { readCaSecret } from '../../kube/webhooks/ca-secret.ts';
import { deniesPlaceholder, probe } from '../../kube/webhooks/probe.ts';
import { parseBundle } from '../../tls/bundle.ts';

/**
 * Gathers all facts that the checks need. A question that this user may not ask, or that gets no answer, is an unknown
 * fact. Throws LockstepError if the API server refuses this user. `clock` is the time of this machine, used if the API
 * server does not report its own.
 */
export async function gatherClusterFacts(
  cluster: Cluster,
  namespace: string,
  clock: Date,
  readExpectedFloor: () => Promise<readonly FloorPolicy[]>,
): Promise<ClusterFacts> {
  const now = await readServerTime(cluster, clock);
  const settings = await attemptFact(() => readConfiguredWebhooks(cluster));
  return {
    namespace,
    now,
    storage: await attemptFact(() => readStorageMetrics(cluster)),
    probe: await attemptFact(() => probe(cluster, namespace, webhookAccount(namespace))),
    refuses: await attemptFact(() => deniesPlaceholder(cluster)),
    webhooks: mapFact(settings, ({ pem, name, failurePolicy }) => ({
      name,
      failurePolicy,
      hasCaBundle: pem !== '',
    })),
    floor: await attemptFact(() => floorFacts(cluster, readExpectedFloor)),
    leads: await attemptFact(() => hasActiveController(cluster, namespace)),
    caBundles: mapFact(settings, ({ name, pem }) => ({
      place: `caBundle of ${name}`,
      ends: latestExpiry(pem),
    })),
    authority: await attemptFact(() => caFacts(cluster, namespace)),
    grants: await attemptFact(() => readClusterGrants(cluster)),
    beyond: await attemptFact(() => findExcessRights(cluster, namespace)),
  };
}

async function floorFacts(
  cluster: Cluster,
  readExpectedFloor: () => Promise<readonly FloorPolicy[]>,
): Promise<FloorFacts> {
  if (!(await hasAdmissionPolicies(cluster))) return { isSupported: false, stored: [], expected: [] };
  return { isSupported: true, stored: await readStoredFloor(cluster), expected: await readExpectedFloor() };
}

const webhookAccount = (namespace: string): string => `system:serviceaccount:${namespace}:lockstep-webhook`;

/** Every user may ask this, so an API server that does not answer is reported once. Resolves with its clock. */
async function readServerTime(cluster: Cluster, clock: Date): Promise<Date> {
  try {
    return (await callApi(cluster, 'asking for its version', { path: '/version' })).date ?? clock;
  } catch (error) {
    if (error instanceof LockstepError && FORBIDDEN.includes(error.code)) return clock;
    throw error;
  }
}

const FORBIDDEN: readonly string[] = [
  'LOCKSTEP_CLUSTER_REFUSED',
  'LOCKSTEP_READ_FORBIDDEN',
  'LOCKSTEP_WORKLOADS_FORBIDDEN',
];

/** Reads one fact. `grant` is the fix if this user has no right to ask. */
export async function attemptFact<Fact>(
  read: () => Promise<Fact>,
  grant = GRANT_HINT,
): Promise<Observation<Fact>> {
  try {
    return { kind: 'found', fact: await read() };
  } catch (error) {
    // An API server sends no object of a wrong form. The message of such an error may quote the object.
    if (!(error instanceof LockstepError))
      return { kind: 'unknown', why: MALFORMED_ANSWER, fix: 'see what answers there' };
    // The hint of an error is meant for other commands.
    return { kind: 'unknown', why: error.problem, fix: FORBIDDEN.includes(error.code) ? grant : 'ask again' };
  }
}

const MALFORMED_ANSWER = 'the answer has another form than that of an API server';
const GRANT_HINT = `${pageUrl('reference/doctor.md#rights-of-the-doctor')} has the rights that it takes`;

function mapFact<Fact, Other>(
  found: Observation<readonly Fact[]>,
  change: (fact: Fact) => Other,
): Observation<readonly Other[]> {
  return found.kind === 'found' ? { kind: 'found', fact: found.fact.map(change) } : found;
}

/**
 * The latest end of all certificates in a PEM text, because one valid certificate is enough. Undefined if the text
 * holds none.
 */
function latestExpiry(pem: string): Date | undefined {
  try {
    return new Date(Math.max(...parseBundle(pem).map(({ validToDate }) => validToDate.getTime())));
  } catch {
    return undefined;
  }
}

/** The CA of the pods and its successor, or none if there is none. The private key is not read. */
async function caFacts(cluster: Cluster, namespace: string): Promise<readonly CertificateFacts[]> {
  const name = CA_SECRET_NAME;
  const { secret } = await readCaSecret(cluster, { namespace, name });
  return ['ca.crt', 'next.crt'].flatMap((key) => {
    const pem = secret?.data[key]?.withPlaintext(({ text }) => text ?? '') ?? '';
    return pem === '' ? [] : [{ place: `${key} of Secret ${namespace}/${name}`, ends: latestExpiry(pem) }];
  });
}

interface ExcessRight {
  readonly account: string;
  readonly access: AccessAttributes;
}

/** Rights that the shipped roles do not grant, and that would make a stolen token useful. */
const excessRightsToCheck = (namespace: string): readonly ExcessRight[] => [
  { account: 'lockstep-webhook', access: { verb: 'get', group: '', resource: 'secrets' } },
  { account: 'lockstep-webhook', access: { verb: 'list', group: '', resource: 'secrets' } },
  { account: 'lockstep-webhook', access: { verb: 'list', group: '', resource: 'secrets', namespace } },
  { account: 'lockstep-webhook', access: { verb: 'create', group: '', resource: 'pods' } },
  { account: 'lockstep-webhook', access: EVERYTHING },
  { account: 'lockstep-controller', access: { verb: 'create', group: '', resource: 'pods' } },
  { account: 'lockstep-controller', access: { verb: 'impersonate', group: '', resource: 'users' } },
  { account: 'lockstep-controller', access: EVERYTHING },
];

const EVERYTHING: AccessAttributes = { verb: '*', group: '*', resource: '*' };

async function findExcessRights(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const excess: string[] = [];
  for (const { account, access } of excessRightsToCheck(namespace)) {
    if (!(await isServiceAccountAllowed(cluster, { namespace, name: account }, access))) continue;
    const where = access.namespace === undefined ? 'in all namespaces' : `in namespace ${access.namespace}`;
    excess.push(`ServiceAccount ${namespace}/${account} may ${access.verb} ${access.resource} ${where}`);
  }
  return excess;
}
