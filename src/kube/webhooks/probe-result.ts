import type { ProbeResult } from '../../engine/diagnosis/cluster-checks/webhooks.ts';
import { CA_SECRET_NAME } from '../../engine/secret/kubernetes/kubernetes-names.ts';

/** The answer of the API server to the dry run. */
export type ProbeResponse =
  | { readonly kind: 'granted'; readonly warnings: readonly string[] }
  /** `message` comes from the Status of the answer. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The probe could not be sent. */
  | { readonly kind: 'unasked'; readonly reason: string };

/** The warning of the validating webhook to the probe: src/admission/review/response.ts. */
const PROBE_WARNING = 'lockstep: self-probe answered';

/**
 * The messages come from the API server, and may quote another program. So they are recognised, and never repeated.
 */
export function probeResultOf(response: ProbeResponse, namespace: string): ProbeResult {
  switch (response.kind) {
    case 'granted':
      return response.warnings.includes(PROBE_WARNING)
        ? { reached: true, reason: 'reached', sentence: 'the API server reaches lockstep' }
        : failedProbe('not-called', NOT_CALLED, namespace);
    case 'unasked':
      return { reached: false, reason: 'unasked', sentence: response.reason };
    case 'refused':
      return explainRefusal(response, namespace);
  }
}

const NOT_CALLED =
  'the API server did not ask lockstep, because there is no webhook probe.lockstep.dev, or another program answers at the Service; apply the manifests again';

interface ProbeFailureCause {
  readonly reason: string;
  /** Matches the API server's message, which comes from Go. */
  readonly pattern: RegExp;
  readonly sentence: string;
}

const OTHER_PROGRAM = 'the API server reaches another program than lockstep at the Service lockstep-webhook;';
const CHECK_SERVICE =
  'compare its selector and targetPort: kubectl -n NAMESPACE describe service lockstep-webhook';

/** Causes that do not involve the call of lockstep's webhook. */
const CAUSES_BEFORE_CALL: readonly ProbeFailureCause[] = [
  {
    reason: 'absent',
    pattern: new RegExp(`^secrets "${CA_SECRET_NAME}" not found`),
    sentence: `there is no Secret ${CA_SECRET_NAME} in NAMESPACE; apply the manifests again`,
  },
  {
    reason: 'impersonation',
    pattern: /is forbidden: User .* cannot impersonate/,
    sentence:
      "only a user that may impersonate the pods' ServiceAccount can probe from outside, as cluster-admin may; the metric lockstep_self_probe_success has the result of the pods",
  },
  {
    reason: 'forbidden',
    pattern: new RegExp(`^secrets "${CA_SECRET_NAME}" is forbidden: User `),
    sentence: `the probe has no right to patch Secret ${CA_SECRET_NAME} in NAMESPACE, because lockstep is not installed there or its Role is gone; apply the manifests`,
  },
  {
    reason: 'other-webhook',
    pattern: /(?:failed calling|admission) webhook "(?!probe\.lockstep\.dev")/,
    sentence: 'another webhook than lockstep refuses the probe; have it pass over the namespace NAMESPACE',
  },
];

/** In the order of a connection: the Service, the socket, TLS, HTTP. */
const CONNECTION_CAUSES: readonly ProbeFailureCause[] = [
  {
    reason: 'no-service',
    pattern: /service "[^"]*" not found|no service port \d+ found for service/,
    sentence:
      'the API server finds no Service lockstep-webhook with port 443 in NAMESPACE; apply the manifests again',
  },
  {
    reason: 'no-endpoints',
    // Kubernetes 1.30 finds no Endpoints before their controller has made them.
    pattern: /no endpoints available for service|endpoints "lockstep-webhook" not found/,
    sentence: 'no pod of lockstep is ready; see kubectl -n NAMESPACE get pods',
  },
  {
    reason: 'dns',
    pattern: /: lookup \S+(?: on \S+)?: /,
    sentence: `the API server looks for lockstep by a name that it can't resolve; the Service lockstep-webhook must be of type ClusterIP`,
  },
  {
    reason: 'refused',
    pattern: /connection refused/,
    sentence:
      'the API server is refused where lockstep should listen: no pod is ready, or none listens on port 8443 (see kubectl -n NAMESPACE get pods,endpointslices)',
  },
  {
    reason: 'firewall',
    pattern:
      /i\/o timeout|context deadline exceeded|Client\.Timeout|TLS handshake timeout|no route to host|network is unreachable/,
    sentence:
      "the API server gets no answer from lockstep in time. The likely cause is a firewall: the control plane can't reach the pods' port 8443. On private clusters (GKE, EKS with custom security groups, …), open it from the control plane to the nodes",
  },
  {
    reason: 'cut',
    pattern: /connection reset by peer|EOF$|broken pipe/,
    sentence:
      'the connection of the API server breaks before lockstep answers, as with a service mesh with its own TLS; exclude port 8443 from the mesh',
  },
  {
    reason: 'ca-bundle',
    pattern: /unable to load root certificates/,
    sentence:
      'caBundle of the webhook configurations is no certificate; the pods correct it if they make their own, and cert-manager if it issues it',
  },
  {
    reason: 'untrusted',
    pattern: /certificate signed by unknown authority/,
    sentence:
      "the API server does not trust lockstep's certificate, because caBundle of the webhook configurations holds no CA that issued it. The log of the pods, or of cert-manager, says why",
  },
  {
    reason: 'wrong-name',
    pattern:
      /x509: certificate is (?:not )?valid for|doesn't contain any (?:IP )?SANs|relies on legacy Common Name/,
    sentence:
      "lockstep's certificate is for another name than lockstep-webhook.NAMESPACE.svc; issue one for that name",
  },
  {
    reason: 'clock',
    pattern: /certificate has expired or is not yet valid/,
    sentence:
      "lockstep's certificate is not valid at this hour by the API server's clock: it has expired, or one of the two clocks is wrong",
  },
  {
    reason: 'other-program',
    pattern:
      /could not find the requested resource|does not allow this method|gave HTTP response to HTTPS client|first record does not look like a TLS handshake|couldn't get version\/kind|received invalid webhook response/,
    sentence: `${OTHER_PROGRAM} ${CHECK_SERVICE}`,
  },
  {
    reason: 'lockstep-failed',
    pattern: /lockstep failed while|unable to handle the request|an error on the server/,
    sentence:
      'lockstep was reached and could not answer; its log says why: kubectl -n NAMESPACE logs -l app.kubernetes.io/name=lockstep',
  },
];

const UNKNOWN_CAUSE = `the API server refused the probe for a reason that lockstep does not know; see for yourself: kubectl -n NAMESPACE label secret ${CA_SECRET_NAME} probe=1 --dry-run=server`;

/**
 * All values of `reason`.
 *
 * @internal Exported for tests.
 */
export const PROBE_REASONS: readonly string[] = [
  'reached',
  'unasked',
  'not-called',
  ...[...CAUSES_BEFORE_CALL, ...CONNECTION_CAUSES].map(({ reason }) => reason),
  'unknown',
];

function explainRefusal({ message }: { readonly message: string }, namespace: string): ProbeResult {
  const cause = [...CAUSES_BEFORE_CALL, ...CONNECTION_CAUSES].find(({ pattern }) => pattern.test(message));
  return failedProbe(cause?.reason ?? 'unknown', cause?.sentence ?? UNKNOWN_CAUSE, namespace);
}

function failedProbe(reason: string, sentence: string, namespace: string): ProbeResult {
  return { reached: false, reason, sentence: sentence.replaceAll('NAMESPACE', namespace) };
}
