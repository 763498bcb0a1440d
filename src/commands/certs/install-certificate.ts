import { LockstepError } from '../../errors/errors.ts';
import { joinBundles } from '../../tls/bundle.ts';
import { renewalDate, renewalReason } from '../../tls/renewal.ts';
import type { ServingFiles } from '../../tls/serving.ts';

/** The fields of the stored Secret that installation needs. */
export interface StoredCertificate extends ServingFiles {
  readonly owner: 'lockstep' | 'cert-manager' | 'someone else';
}

/** One webhook configuration: its kind, and the PEM text of the caBundle of each webhook. */
export interface WebhookCaBundles {
  readonly kind: string;
  readonly bundles: readonly { readonly pem: string }[];
}

export interface CertificateInstallation<
  Secret extends StoredCertificate,
  Configuration extends WebhookCaBundles,
> {
  readonly now: () => Date;
  readonly print: (line: string) => void;
  /** Whether the pods of the webhook mount the Secret. */
  readonly isRead: () => Promise<boolean>;
  readonly issue: () => Promise<ServingFiles>;
  readonly readSecret: () => Promise<Secret | undefined>;
  readonly writeSecret: (files: ServingFiles, replaced: Secret | undefined) => Promise<void>;
  readonly readConfigurations: () => Promise<readonly Configuration[]>;
  readonly writeCaBundle: (configuration: Configuration, pem: string) => Promise<void>;
}

interface InstallOptions {
  /** `NAMESPACE/NAME` of the Secret. */
  readonly secret: string;
  /** The name by which the API server calls: `SERVICE.NAMESPACE.svc`. */
  readonly host: string;
  /** Make a new certificate even if the old one is still good. */
  readonly renew: boolean;
  /** Print each step, and write nothing. */
  readonly dryRun: boolean;
}

/**
 * Ensures that the Secret holds a good serving certificate, and that the webhooks trust its CA. A second run changes
 * nothing.
 *
 *     caBundle   old ────┬─ new + old ───────────────────── (old runs out)
 *     Secret     old ────┴────────────┬─ new
 *     pods       old ─────────────────┴── old or new ─┬─ new
 *
 * The CAs come first, so that a pod never serves a certificate that the API server does not trust.
 */
export async function installCertificate<
  Secret extends StoredCertificate,
  Configuration extends WebhookCaBundles,
>(installation: CertificateInstallation<Secret, Configuration>, options: InstallOptions): Promise<void> {
  const configurations = await installation.readConfigurations();
  // The pods make their own certificate then, and the API server would no longer trust it.
  if (!(await installation.isRead())) throw new LockstepError('CERTIFICATE_UNUSED', [options.secret]);
  const stored = await installation.readSecret();
  const plan = planCertificate(stored, options, installation.now());
  if (plan.kind === 'refuse') {
    throw new LockstepError('CERTIFICATE_NOT_OWNED', [options.secret, plan.reason, plan.fix]);
  }

  const files = plan.kind === 'keep' ? plan.files : await installation.issue();
  const trusted = configurations.flatMap(({ bundles }) => bundles.map(({ pem }) => pem));
  const bundle = joinBundles(files.ca, [stored?.ca ?? '', ...trusted], installation.now());
  for (const configuration of configurations) {
    if (configuration.bundles.every(({ pem }) => pem === bundle)) {
      installation.print(`${configuration.kind} lockstep trusts its CA already`);
      continue;
    }
    if (!options.dryRun) await installation.writeCaBundle(configuration, bundle);
    installation.print(
      `${options.dryRun ? 'would put' : 'put'} ${caCountText(bundle)} into caBundle of ${configuration.kind} lockstep`,
    );
  }

  const renewal = renewalDate(files.cert).toISOString().slice(0, 10);
  if (plan.kind === 'keep') {
    installation.print(
      `kept Secret ${options.secret}: good until it is renewed, by this command from ${renewal} on`,
    );
    return;
  }
  if (!options.dryRun) await installation.writeSecret(files, stored);
  installation.print(
    `${options.dryRun ? 'would write' : 'wrote'} Secret ${options.secret}, because ${plan.reason}; run this command again from ${renewal} on`,
  );
}

type CertificatePlan =
  | { readonly kind: 'keep'; readonly files: ServingFiles }
  | { readonly kind: 'issue'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string; readonly fix: string };

function planCertificate(
  stored: StoredCertificate | undefined,
  { host, renew }: InstallOptions,
  now: Date,
): CertificatePlan {
  if (stored === undefined) return { kind: 'issue', reason: 'there was none' };
  if (stored.owner === 'cert-manager') {
    return { kind: 'refuse', reason: 'it is made by cert-manager', fix: 'nothing needs to be done' };
  }
  const reason = renewalReason(stored, host, now) ?? (renew ? '--renew was given' : undefined);
  if (reason === undefined) return { kind: 'keep', files: stored };
  if (stored.owner === 'lockstep') return { kind: 'issue', reason };
  return { kind: 'refuse', reason, fix: 'put a good one there, or delete it and run this command again' };
}

function caCountText(bundle: string): string {
  const count = bundle.split('-----BEGIN CERTIFICATE-----').length - 1;
  return count === 1 ? 'its CA' : `its CA and ${count - 1} older`;
}
