import { LockstepError } from '../../errors.ts';
import { joinBundles } from '../../tls/bundle.ts';
import { renewalDate, type ServingFiles } from '../../tls/renewal.ts';
import { whyRenew } from '../../tls/renewal-reason.ts';

/** The Secret in the cluster, as far as it matters here. */
export interface StoredCertificate extends ServingFiles {
  readonly owner: 'lockstep' | 'cert-manager' | 'someone else';
}

/** One webhook configuration: its kind, and the PEM text of each of its webhooks' caBundle. */
export interface TrustingConfiguration {
  readonly kind: string;
  readonly bundles: readonly { readonly pem: string }[];
}

/** What installing a certificate needs of the world. */
export interface Installation<Secret extends StoredCertificate, Configuration extends TrustingConfiguration> {
  readonly now: () => Date;
  readonly say: (line: string) => void;
  readonly issue: () => Promise<ServingFiles>;
  readonly readSecret: () => Promise<Secret | undefined>;
  readonly writeSecret: (files: ServingFiles, replaced: Secret | undefined) => Promise<void>;
  readonly readConfigurations: () => Promise<readonly Configuration[]>;
  readonly writeCaBundle: (configuration: Configuration, pem: string) => Promise<void>;
}

interface Wish {
  /** `NAMESPACE/NAME` of the Secret. */
  readonly secret: string;
  /** The name by which the API server calls: `SERVICE.NAMESPACE.svc`. */
  readonly host: string;
  /** Make a new certificate although the old one is still good. */
  readonly renew: boolean;
}

/**
 * Sees to it that the Secret holds a good serving certificate and that the webhooks trust its CA. Run again, it changes nothing.
 *
 *     caBundle   old ────┬─ new + old ───────────────────── (old runs out)
 *     Secret     old ────┴────────────┬─ new
 *     pods       old ─────────────────┴── old or new ─┬─ new
 *
 * The CAs come first: there is no moment at which a pod serves what the API server does not trust.
 */
export async function installCertificate<
  Secret extends StoredCertificate,
  Configuration extends TrustingConfiguration,
>(world: Installation<Secret, Configuration>, wish: Wish): Promise<void> {
  const configurations = await world.readConfigurations();
  const stored = await world.readSecret();
  const plan = decide(stored, wish, world.now());
  if (plan.kind === 'refuse') {
    throw new LockstepError('CERTIFICATE_NOT_OWNED', [wish.secret, plan.reason, plan.fix]);
  }

  const files = plan.kind === 'keep' ? plan.files : await world.issue();
  const trusted = configurations.flatMap(({ bundles }) => bundles.map(({ pem }) => pem));
  const bundle = joinBundles(files.ca, [stored?.ca ?? '', ...trusted], world.now());
  for (const configuration of configurations) {
    if (configuration.bundles.every(({ pem }) => pem === bundle)) {
      world.say(`${configuration.kind} lockstep trusts its CA already`);
      continue;
    }
    await world.writeCaBundle(configuration, bundle);
    world.say(`put ${authorities(bundle)} into caBundle of ${configuration.kind} lockstep`);
  }

  const renewal = renewalDate(files.cert).toISOString().slice(0, 10);
  if (plan.kind === 'keep') {
    world.say(`kept Secret ${wish.secret}: good until it is renewed, by this command from ${renewal} on`);
    return;
  }
  await world.writeSecret(files, stored);
  world.say(`wrote Secret ${wish.secret}, because ${plan.reason}; run this command again from ${renewal} on`);
}

type Plan =
  | { readonly kind: 'keep'; readonly files: ServingFiles }
  | { readonly kind: 'issue'; readonly reason: string }
  | { readonly kind: 'refuse'; readonly reason: string; readonly fix: string };

function decide(stored: StoredCertificate | undefined, { host, renew }: Wish, now: Date): Plan {
  if (stored === undefined) return { kind: 'issue', reason: 'there was none' };
  if (stored.owner === 'cert-manager') {
    return { kind: 'refuse', reason: 'it is made by cert-manager', fix: 'nothing needs to be done' };
  }
  const reason = whyRenew(stored, host, now) ?? (renew ? '--renew was given' : undefined);
  if (reason === undefined) return { kind: 'keep', files: stored };
  if (stored.owner === 'lockstep') return { kind: 'issue', reason };
  return { kind: 'refuse', reason, fix: 'put a good one there, or delete it and run this command again' };
}

function authorities(bundle: string): string {
  const count = bundle.split('-----BEGIN CERTIFICATE-----').length - 1;
  return count === 1 ? 'its CA' : `its CA and ${count - 1} older`;
}
