import { complaint } from '../../errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { lookForCaBundles, writeCaBundle } from '../../kube/webhooks/ca-bundle.ts';
import { FIELD_MANAGER, readCaSecret, writeCaSecret } from '../../kube/webhooks/ca-secret.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import { apiClock } from '../../server-clock.ts';
import { clusterSource } from '../../tls/cluster-source.ts';
import type { Step } from '../../tls/rotation-plan.ts';
import { keeper } from '../../tls/rotator.ts';
import type { CertificateSource } from '../../tls/source.ts';

/** What manifests/base calls it. */
const SECRET = 'lockstep-webhook-ca';
/** Worth a line: certificates are made by the API server's clock, but who reads this log reads it by ours. Milliseconds. */
const CLOCK_TOLERANCE = 5 * 60 * 1000;

export interface ClusterCertificate {
  readonly cluster: Cluster;
  /** Where lockstep runs. */
  readonly namespace: string;
  /** Names and addresses that it is called by. */
  readonly names: readonly string[];
}

/** The certificate that looks after itself, by a CA in the cluster. */
export function clusterCertificate(
  { cluster, namespace, names }: ClusterCertificate,
  log: Log,
  metrics: Metrics,
): Promise<CertificateSource> {
  const place = { namespace, name: SECRET };
  const clock = apiClock(() => new Date());
  const kept = keeper({
    clock,
    names,
    caName: `${namespace}/${SECRET}`,
    readCa: () => readCaSecret(cluster, place),
    writeCa: (read, change) => writeCaSecret(cluster, read, change),
    readTrusting: () => readTrusting(cluster),
    writeTrusting: (read, pem) => writeCaBundle(cluster, read, pem, FIELD_MANAGER),
    did: (step) => log.info(LINES[step.kind], 'why' in step ? { why: step.why } : {}),
  });
  const troubled = edge();
  const askew = edge();
  return clusterSource({
    keeper: kept,
    clock,
    names,
    random: Math.random,
    looked: (error) => {
      const offset = clock.offset();
      const ca = kept.caExpiry();
      if (ca !== undefined) metrics.setCaExpiry(ca);
      metrics.setClockOffset(offset / 1000);
      metrics.setTlsFailing(error !== undefined);
      if (troubled(error !== undefined)) {
        if (error === undefined) log.info('the certificate is looked after again');
        else log.error('the certificate can not be looked after', complaint(error));
      }
      if (askew(Math.abs(offset) > CLOCK_TOLERANCE)) {
        log.warn("this machine's clock and the API server's", { secondsApart: Math.round(offset / 1000) });
      }
    },
  });
}

async function readTrusting(cluster: Cluster) {
  const answers = await Promise.all([
    lookForCaBundles(cluster, 'MutatingWebhookConfiguration'),
    lookForCaBundles(cluster, 'ValidatingWebhookConfiguration'),
  ]);
  return {
    configurations: answers.flatMap(({ found }) => (found === undefined ? [] : [found])),
    date: answers.find(({ date }) => date !== undefined)?.date,
  };
}

/** True where what is told differs from what was told last; before the first time it was false. */
function edge(): (is: boolean) => boolean {
  let was = false;
  return (is) => {
    const isNew = is !== was;
    was = is;
    return isNew;
  };
}

const LINES: Readonly<Record<Step['kind'], string>> = {
  'make-signer': 'made a CA',
  'make-next': 'made the next CA',
  promote: 'the next CA signs from now on',
  'keep-previous': 'noted how long the CAs before are trusted',
  trust: 'wrote caBundle',
  issue: 'issued a certificate',
  wait: 'waiting for the Secret of the CA',
  rest: 'nothing to do',
};
