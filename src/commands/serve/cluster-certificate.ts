import { callOnChange } from '../../call-on-change.ts';
import { CA_SECRET_NAME } from '../../engine/secret/kubernetes/kubernetes-names.ts';
import { errorFields } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { findCaBundles, writeCaBundle } from '../../kube/webhooks/ca-bundle.ts';
import { readCaSecret, writeCaSecret } from '../../kube/webhooks/ca-secret.ts';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics/metrics.ts';
import { serverClock } from '../../server-clock.ts';
import { clusterSource } from '../../tls/cluster-source.ts';
import type { CertificateStep } from '../../tls/rotation-plan.ts';
import { certificateRotator } from '../../tls/rotator.ts';
import type { CertificateSource } from '../../tls/source.ts';

/**
 * A larger difference is logged: the API server's clock dates the certificates, but the local clock dates the log. In
 * milliseconds.
 */
const CLOCK_TOLERANCE = 5 * 60 * 1000;

export interface ClusterCertificateOptions {
  readonly cluster: Cluster;
  /** The namespace in which lockstep runs. */
  readonly namespace: string;
  /** The names and addresses by which clients reach it. */
  readonly names: readonly string[];
}

/** The certificate that renews itself by a CA in the cluster. */
export function clusterCertificate(
  { cluster, namespace, names }: ClusterCertificateOptions,
  log: Log,
  metrics: Metrics,
): Promise<CertificateSource> {
  const ref = { namespace, name: CA_SECRET_NAME };
  const clock = serverClock(() => new Date());
  const rotator = certificateRotator({
    clock,
    names,
    caSecretName: `${namespace}/${CA_SECRET_NAME}`,
    readCa: () => readCaSecret(cluster, ref),
    writeCa: (read, change) => writeCaSecret(cluster, read, change),
    readConfigurations: () => readWebhookConfigurations(cluster),
    writeCaBundle: (read, pem) => writeCaBundle(cluster, read, pem),
    onStep: (step) => log.info(STEP_MESSAGES[step.kind], 'why' in step ? { why: step.why } : {}),
  });
  const reportFailure = callOnChange(
    (error: unknown) => {
      if (error === undefined) log.info('certificate rotation works again');
      else log.error('certificate rotation failed, retrying', errorFields(error));
    },
    (error) => error !== undefined,
    false,
  );
  const reportClockOffset = callOnChange(
    (offset: number) =>
      log.warn("this machine's clock and the API server's", { secondsApart: Math.round(offset / 1000) }),
    (offset) => Math.abs(offset) > CLOCK_TOLERANCE,
    false,
  );
  return clusterSource({
    rotator: rotator,
    clock,
    names,
    random: Math.random,
    onPoll: (error) => {
      const offset = clock.offsetMs();
      const ca = rotator.caExpiry();
      if (ca !== undefined) metrics.setCaExpiry(ca);
      metrics.setClockOffset(offset / 1000);
      metrics.setTlsFailing(error !== undefined);
      reportFailure(error);
      reportClockOffset(offset);
    },
  });
}

async function readWebhookConfigurations(cluster: Cluster) {
  const answers = await Promise.all([
    findCaBundles(cluster, 'MutatingWebhookConfiguration'),
    findCaBundles(cluster, 'ValidatingWebhookConfiguration'),
  ]);
  return {
    configurations: answers.flatMap(({ found }) => (found === undefined ? [] : [found])),
    date: answers.find(({ date }) => date !== undefined)?.date,
  };
}

const STEP_MESSAGES: Readonly<Record<CertificateStep['kind'], string>> = {
  'make-signer': 'made a CA',
  'make-next': 'made the next CA',
  promote: 'the next CA signs from now on',
  'keep-previous': 'noted how long the CAs before are trusted',
  trust: 'wrote caBundle',
  issue: 'issued a certificate',
  wait: 'waiting for the Secret of the CA',
  rest: 'nothing to do',
};
