import { type CheckResult, fault, ok, unknown, warning } from '../doctor/check-result.ts';

/** What the self-probe found: src/kube/webhooks/probe-result.ts. */
export interface ProbeFacts {
  readonly reached: boolean;
  /** One word of a fixed set. */
  readonly reason: string;
  /** Says why, and what to do. */
  readonly sentence: string;
}

/** A webhook as it is configured, by the name of its own. */
export interface WebhookFacts {
  readonly name: string;
  /** `Fail` or `Ignore`. */
  readonly failurePolicy: string;
  /** It is told whom to trust. */
  readonly hasCaBundle: boolean;
}

/** The one that refuses; the mutating one may be missed: manifests/base. */
const VALIDATING = 'validate.lockstep.dev';
const EXPECTED: readonly string[] = ['mutate.lockstep.dev', VALIDATING];
/** Found nothing out, for want of an API server or of a right. */
const NOT_PROBED: readonly string[] = ['unasked', 'impersonation'];

const SEE_TROUBLESHOOTING = 'docs/troubleshooting.md#the-api-server-does-not-reach-lockstep says more';
const APPLY = 'apply the manifests again: kubectl apply -k manifests';

export function webhookUnreached({ reached, reason, sentence }: ProbeFacts): CheckResult {
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

export function failsOpen(webhooks: readonly WebhookFacts[]): CheckResult {
  const validating = webhooks.find(({ name }) => name === VALIDATING);
  if (validating === undefined) return fault(`there is no webhook ${VALIDATING}`, APPLY);
  if (validating.failurePolicy === 'Fail') return ok('while no pod answers, no Secret is written unjudged');
  return warning(
    `${VALIDATING} fails open: while no pod answers, Secrets are written unjudged`,
    'once lockstep probe is content: kubectl apply -k manifests/overlays/fail-closed',
  );
}

export function caBundleMissing(webhooks: readonly WebhookFacts[]): CheckResult {
  const absent = EXPECTED.filter((expected) => webhooks.every(({ name }) => name !== expected));
  if (absent.length > 0) return fault('a webhook of lockstep is not configured', APPLY, absent);
  const without = webhooks.filter(({ hasCaBundle }) => !hasCaBundle).map(({ name }) => name);
  if (without.length === 0) return ok('each webhook has a caBundle');
  return fault(
    'the API server trusts no certificate of lockstep: caBundle is empty',
    'see the log of the pods, which put it in; docs/certificates.md has the other ways',
    without,
  );
}

/** `leads`: undefined where this user may not know. */
export function noLeader(leads: boolean | undefined): CheckResult {
  if (leads === true) return ok('a controller holds the Lease lockstep-controller');
  if (leads === undefined)
    return unknown('this user may not get the Lease lockstep-controller', 'ask as cluster-admin');
  return warning(
    'no controller holds the Lease lockstep-controller: what drifted is not put right, nothing is rotated',
    'see kubectl -n lockstep-system get pods; under the overlay webhook-only it is meant so',
  );
}
