import { Command, Option } from 'commander';
import { makeServingFiles, servingNames } from '../tls/authority.ts';
import { readServingFiles, writeServingFiles } from '../tls/files.ts';
import { renewalDate } from '../tls/renewal.ts';
import { whyRenew } from '../tls/why-renew.ts';
import { installCertificate } from './install-certificate.ts';

/** What manifests/base calls them. */
const SERVICE = 'lockstep-webhook';
const SECRET = 'lockstep-webhook-tls';
/** Nobody renews it unasked: a year, in whose last four months this command renews it. */
const DAYS = 365;

export interface CertsNeeds {
  readonly now: () => Date;
  /** One line of what was done. */
  readonly say: (line: string) => void;
}

interface Options {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: string;
  readonly certDir?: string;
  readonly renew: boolean;
}

export function certsCommand(needs: CertsNeeds): Command {
  return new Command('certs')
    .description('make the serving certificate of the webhook, and have the API server trust it')
    .option('--kubeconfig <file>', 'the cluster; else KUBECONFIG, ~/.kube/config or the ServiceAccount')
    .option('--context <name>', 'a context of the kubeconfig')
    .option('--namespace <name>', 'where lockstep is installed', 'lockstep-system')
    .addOption(
      new Option('--cert-dir <dir>', 'write development certificates there instead').conflicts([
        'kubeconfig',
        'context',
      ]),
    )
    .option('--renew', 'make a new certificate although the old one is still good', false)
    .action((options: Options) =>
      options.certDir === undefined
        ? intoCluster(options, needs)
        : intoFolder(options.certDir, options, needs),
    );
}

async function intoCluster(options: Options, { now, say }: CertsNeeds): Promise<void> {
  // Only here: the client costs 0.4 s and 75 MB to load.
  const [{ connect }, { readTlsSecret, writeTlsSecret }, { readCaBundles, writeCaBundle }] =
    await Promise.all([
      import('../kube/connect.ts'),
      import('../kube/tls-secret.ts'),
      import('../kube/ca-bundle.ts'),
    ]);
  const { namespace } = options;
  const cluster = connect(options);
  await installCertificate(
    {
      now,
      say,
      issue: () => issue(namespace, now()),
      readSecret: () => readTlsSecret(cluster, namespace, SECRET),
      writeSecret: (files, replaced) => writeTlsSecret(cluster, { namespace, name: SECRET }, files, replaced),
      readConfigurations: () =>
        Promise.all([
          readCaBundles(cluster, 'MutatingWebhookConfiguration'),
          readCaBundles(cluster, 'ValidatingWebhookConfiguration'),
        ]),
      writeCaBundle: (configuration, pem) => writeCaBundle(cluster, configuration, pem),
    },
    { secret: `${namespace}/${SECRET}`, host: `${SERVICE}.${namespace}.svc`, renew: options.renew },
  );
}

async function intoFolder(folder: string, options: Options, { now, say }: CertsNeeds): Promise<void> {
  const found = await readServingFiles(folder);
  const reason = found === undefined ? 'there was none' : whyRenew(found, 'localhost', now());
  if (found !== undefined && reason === undefined && !options.renew) {
    say(`kept the certificate in ${folder}, which is good until ${day(renewalDate(found.cert))}`);
    return;
  }
  await writeServingFiles(folder, await issue(options.namespace, now()));
  say(`wrote tls.crt, tls.key and ca.crt to ${folder}, because ${reason ?? '--renew was given'}`);
}

const issue = (namespace: string, now: Date) =>
  makeServingFiles(servingNames(SERVICE, namespace), { now, days: DAYS });

const day = (date: Date) => date.toISOString().slice(0, 10);
