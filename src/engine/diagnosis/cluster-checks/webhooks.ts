import { pageUrl } from '../../secret/finding/docs-url.ts';
import { type CheckResult, fault, ok, unknown, warning } from '../check-result.ts';

/** Whether the API server reaches lockstep: src/kube/webhooks/probe-result.ts. */
export interface ProbeResult {
  readonly reached: boolean;
  /** One word of a fixed set. */
  readonly reason: string;
  /** The cause and the fix. */
  readonly sentence: string;
}

/** A configured webhook, by its own name. */
export interface WebhookFacts {
  readonly name: string;
  /** `Fail` or `Ignore`. */
  readonly failurePolicy: string;
  /** It has a CA bundle to trust. */
  readonly hasCaBundle: boolean;
}

/** The webhook that refuses. The mutating one may be absent: manifests/base. */
const VALIDATING = 'validate.lockstep.dev';
const EXPECTED: readonly string[] = ['mutate.lockstep.dev', VALIDATING];
/** Reasons without a result, because an API server or a permission is missing. */
const NOT_PROBED: readonly string[] = ['unasked', 'impersonation'];

const SEE_TROUBLESHOOTING = `${pageUrl('operate/troubleshooting.md#the-api-server-does-not-reach-lockstep')} says more`;
const APPLY = 'apply the manifests again: kubectl apply -k manifests';

export function webhookUnreached({ reached, reason, sentence }: ProbeResult): CheckResult {
  if (reached) return ok(sentence);
  return NOT_PROBED.includes(reason)
    ? unknown(sentence, 'ask as cluster-admin')
    : fault(sentence, SEE_TROUBLESHOOTING);
}

/** `refuses`: a dry run of a Secret with a placeholder was refused. */
export function placeholderAccepted(refuses: boolean): CheckResult {
  if (refuses) return ok('a placeholder in a Secret of namespace default is refused');
  return warning(
    'a placeholder in a Secret of namespace default is taken',
    'lockstep is not reached, the overlay audit or warn is applied, or a policy lowers its action: kubectl get secretpolicies',
  );
}

/** The API server stores no Secret while the webhook that refuses does not answer. */
export const failsClosed = (webhooks: readonly WebhookFacts[]): boolean =>
  webhooks.some(({ name, failurePolicy }) => name === VALIDATING && failurePolicy === 'Fail');

export function failsOpen(webhooks: readonly WebhookFacts[]): CheckResult {
  if (failsClosed(webhooks)) return ok('while no pod answers, no Secret is written without validation');
  if (webhooks.every(({ name }) => name !== VALIDATING))
    return fault(`there is no webhook ${VALIDATING}`, APPLY);
  return warning(
    `${VALIDATING} fails open: while no pod answers, Secrets are written without validation`,
    'once lockstep probe succeeds: kubectl apply -k manifests/overlays/fail-closed',
  );
}

export function caBundleMissing(webhooks: readonly WebhookFacts[]): CheckResult {
  const absent = EXPECTED.filter((expected) => webhooks.every(({ name }) => name !== expected));
  if (absent.length > 0) return fault('a webhook of lockstep is not configured', APPLY, absent);
  const without = webhooks.filter(({ hasCaBundle }) => !hasCaBundle).map(({ name }) => name);
  if (without.length === 0) return ok('each webhook has a caBundle');
  return fault(
    'the API server trusts no certificate of lockstep: caBundle is empty',
    `see the log of the pods, which put it in; ${pageUrl('operate/certificates.md')} has the other ways`,
    without,
  );
}

/** `leads`: undefined if this user has no permission to read it. */
export function noLeader(leads: boolean | undefined): CheckResult {
  if (leads === true) return ok('a controller holds the Lease lockstep-controller');
  if (leads === undefined)
    return unknown('this user may not get the Lease lockstep-controller', 'ask as cluster-admin');
  return warning(
    'no controller holds the Lease lockstep-controller: drift is not corrected, and nothing is rotated',
    'see kubectl -n lockstep-system get pods; under the overlay webhook-only it is meant so',
  );
}
