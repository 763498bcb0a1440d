import type { Environment } from '../../config/variables.ts';
import { createServingFiles, servingNames } from '../../tls/ca.ts';
import { readServingFiles, writeServingFiles } from '../../tls/files.ts';
import { renewalDate, renewalReason } from '../../tls/renewal.ts';
import { installCertificate } from './install-certificate.ts';

/** The name in manifests/base. */
const SERVICE_NAME = 'lockstep-webhook';
const SECRET_NAME = 'lockstep-webhook-tls';
/** One year. This command renews the certificate in the last four months. No other part renews it. */
const VALIDITY_DAYS = 365;

export interface CertsOptions {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly lockstepNamespace: string;
  readonly certDir?: string | undefined;
  readonly renew: boolean;
  readonly dryRun: boolean;
}

export interface CertsNeeds {
  readonly now: () => Date;
  /** Prints one line about a finished step. */
  readonly print: (line: string) => void;
  readonly env: Pick<Environment, 'KUBECONFIG'>;
}

/** Throws a LockstepError if a part fails. The next run continues at that part. */
export async function certs(options: CertsOptions, needs: CertsNeeds): Promise<void> {
  if (options.certDir === undefined) await installInCluster(options, needs);
  else await writeToFolder(options.certDir, options, needs);
}

async function installInCluster(options: CertsOptions, { now, print, env }: CertsNeeds): Promise<void> {
  // Load the client only here: it costs 0.4 s and 75 MB.
  const [
    { connect },
    { webhookMountsSecret },
    { readTlsSecret, writeTlsSecret },
    { readCaBundles, writeCaBundle },
  ] = await Promise.all([
    import('../../kube/client/connect.ts'),
    import('../../kube/objects/own-deployments.ts'),
    import('../../kube/webhooks/tls-secret.ts'),
    import('../../kube/webhooks/ca-bundle.ts'),
  ]);
  const { lockstepNamespace: namespace, renew, dryRun } = options;
  const cluster = connect({ ...options, env });
  await installCertificate(
    {
      now,
      print,
      isRead: () => webhookMountsSecret(cluster, namespace, SECRET_NAME),
      issue: () => issue(namespace, now()),
      readSecret: () => readTlsSecret(cluster, namespace, SECRET_NAME),
      writeSecret: (files, replaced) =>
        writeTlsSecret(cluster, { namespace, name: SECRET_NAME }, files, replaced),
      // Sequential, so that the error always names the same one if both are missing.
      readConfigurations: async () => [
        await readCaBundles(cluster, 'MutatingWebhookConfiguration'),
        await readCaBundles(cluster, 'ValidatingWebhookConfiguration'),
      ],
      writeCaBundle: (configuration, pem) => writeCaBundle(cluster, configuration, pem),
    },
    { secret: `${namespace}/${SECRET_NAME}`, host: `${SERVICE_NAME}.${namespace}.svc`, renew, dryRun },
  );
}

async function writeToFolder(
  folder: string,
  options: CertsOptions,
  { now, print }: CertsNeeds,
): Promise<void> {
  const existing = await readServingFiles(folder);
  const reason = existing === undefined ? 'there was none' : renewalReason(existing, 'localhost', now());
  if (existing !== undefined && reason === undefined && !options.renew) {
    print(`kept the certificate in ${folder}, which is good until ${day(renewalDate(existing.cert))}`);
    return;
  }
  if (!options.dryRun) await writeServingFiles(folder, await issue(options.lockstepNamespace, now()));
  print(
    `${options.dryRun ? 'would write' : 'wrote'} tls.crt, tls.key and ca.crt to ${folder}, because ${reason ?? '--renew was given'}`,
  );
}

const issue = (namespace: string, now: Date) =>
  createServingFiles(servingNames(SERVICE_NAME, namespace), { now, days: VALIDITY_DAYS });

const day = (date: Date) => date.toISOString().slice(0, 10);
