import type { CertificateFacts } from '../../engine/cluster-doctor/certificates.ts';
import type { ClusterFacts } from '../../engine/cluster-doctor/checks.ts';
import type { Found } from '../../engine/doctor/check-result.ts';
import { LockstepError } from '../../errors.ts';
import { type Access, mayAccount } from '../../kube/client/access-review.ts';
import { ask } from '../../kube/client/api-error.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { isControllerLeading } from '../../kube/client/lease.ts';
import { readClusterGrants } from '../../kube/doctor/cluster-grants.ts';
import { readStorageMetrics } from '../../kube/doctor/storage-metrics.ts';
import { readCaSecret } from '../../kube/webhooks/ca-secret.ts';
import { refusesPlaceholder } from '../../kube/webhooks/placeholder-probe.ts';
import { probe } from '../../kube/webhooks/probe.ts';
import { readWebhookSettings } from '../../kube/webhooks/webhook-configurations.ts';
import { parseBundle } from '../../tls/bundle.ts';

/**
 * One look at all that the checks judge by. What this user may not ask, or gets no answer to, is a fact that is not known. Throws LockstepError where
 * the API server lets nobody in. `clock`: this machine's, for where the API server does not say what time it is.
 */
export async function gatherFacts(cluster: Cluster, namespace: string, clock: Date): Promise<ClusterFacts> {
  const now = await knock(cluster, clock);
  const settings = await attempt(() => readWebhookSettings(cluster));
  return {
    namespace,
    now,
    storage: await attempt(() => readStorageMetrics(cluster)),
    probe: await attempt(() => probe(cluster, namespace, accountIn(namespace))),
    refuses: await attempt(() => refusesPlaceholder(cluster)),
    webhooks: map(settings, ({ pem, ...webhook }) => ({ ...webhook, hasCaBundle: pem !== '' })),
    leads: await attempt(() => isControllerLeading(cluster, namespace)),
    caBundles: map(settings, ({ name, pem }) => ({ place: `caBundle of ${name}`, ends: lastEnd(pem) })),
    authority: await attempt(() => authorityOf(cluster, namespace)),
    grants: await attempt(() => readClusterGrants(cluster)),
    beyond: await attempt(() => rightsBeyond(cluster, namespace)),
  };
}

const accountIn = (namespace: string): string => `system:serviceaccount:${namespace}:lockstep-webhook`;

/** What everybody may ask, so that an API server that answers nothing is told once. Resolves with its clock. */
async function knock({ server, call }: Cluster, clock: Date): Promise<Date> {
  try {
    return (await ask(server, 'asking for its version', () => call({ path: '/version' }))).date ?? clock;
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

/** What `act` finds out. `grant`: what to do where this user may not ask it. */
export async function attempt<Fact>(act: () => Promise<Fact>, grant = GRANT): Promise<Found<Fact>> {
  try {
    return { kind: 'found', fact: await act() };
  } catch (error) {
    // An object that is not of its kind's form comes from no API server; the message of such an error may quote it.
    if (!(error instanceof LockstepError))
      return { kind: 'unknown', why: MISSHAPEN, fix: 'see what answers there' };
    // The hint of an error is for other commands.
    return { kind: 'unknown', why: error.problem, fix: FORBIDDEN.includes(error.code) ? grant : 'ask again' };
  }
}

const MISSHAPEN = 'the answer has another form than that of an API server';
const GRANT = 'docs/security.md#rights-of-the-doctor has the ClusterRole that it takes';

function map<Fact, Other>(
  found: Found<readonly Fact[]>,
  change: (fact: Fact) => Other,
): Found<readonly Other[]> {
  return found.kind === 'found' ? { kind: 'found', fact: found.fact.map(change) } : found;
}

/** When the last certificate of a PEM text ends, because one that is valid is enough; undefined where it is none. */
function lastEnd(pem: string): Date | undefined {
  try {
    return new Date(Math.max(...parseBundle(pem).map(({ validToDate }) => validToDate.getTime())));
  } catch {
    return undefined;
  }
}

/** The CA of the pods and the one that is to follow it; none where there is none. Its key is not looked at. */
async function authorityOf(cluster: Cluster, namespace: string): Promise<readonly CertificateFacts[]> {
  const name = 'lockstep-webhook-ca';
  const { secret } = await readCaSecret(cluster, { namespace, name });
  return ['ca.crt', 'next.crt'].flatMap((key) => {
    const pem = secret?.data[key]?.look(({ text }) => text ?? '') ?? '';
    return pem === '' ? [] : [{ place: `${key} of Secret ${namespace}/${name}`, ends: lastEnd(pem) }];
  });
}

interface Beyond {
  readonly account: string;
  readonly access: Access;
}

/** What the shipped roles do not allow, and what a token in wrong hands would be used for. */
const beyondIn = (namespace: string): readonly Beyond[] => [
  { account: 'lockstep-webhook', access: { verb: 'get', group: '', resource: 'secrets' } },
  { account: 'lockstep-webhook', access: { verb: 'list', group: '', resource: 'secrets' } },
  { account: 'lockstep-webhook', access: { verb: 'list', group: '', resource: 'secrets', namespace } },
  { account: 'lockstep-webhook', access: { verb: 'create', group: '', resource: 'pods' } },
  { account: 'lockstep-webhook', access: EVERYTHING },
  { account: 'lockstep-controller', access: { verb: 'create', group: '', resource: 'pods' } },
  { account: 'lockstep-controller', access: { verb: 'impersonate', group: '', resource: 'users' } },
  { account: 'lockstep-controller', access: EVERYTHING },
];

const EVERYTHING: Access = { verb: '*', group: '*', resource: '*' };

async function rightsBeyond(cluster: Cluster, namespace: string): Promise<readonly string[]> {
  const beyond: string[] = [];
  for (const { account, access } of beyondIn(namespace)) {
    if (!(await mayAccount(cluster, { namespace, name: account }, access))) continue;
    const where = access.namespace === undefined ? 'in all namespaces' : `in namespace ${access.namespace}`;
    beyond.push(`ServiceAccount ${namespace}/${account} may ${access.verb} ${access.resource} ${where}`);
  }
  return beyond;
}
