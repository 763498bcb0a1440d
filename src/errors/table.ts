import { pageUrl } from '../engine/secret/finding/docs-url.ts';

export interface ErrorEntry {
  readonly problem: string;
  readonly hint?: string;
  /** An error of the webhook, answered as a `v1` Status with this code. Any other error ends the process with 2. */
  readonly http?: number;
}

const MISSING_RIGHT = {
  problem: 'this user may not %s',
  hint: 'bind a role with this right to it, as %s makes one; kubectl auth can-i --list shows the rights that it has',
} as const;

/**
 * Every error that lockstep itself raises. `problem` states the fault and `hint` the action of the user, like MESSAGE
 * and HINT of PostgreSQL. `%s` and `%d` are filled in order, those of the problem first. No text may hold a value of a
 * Secret.
 */
export const ERRORS = {
  NOT_JSON: { http: 400, problem: 'the body is not JSON' },
  EMPTY_BODY: { http: 400, problem: 'the body is empty', hint: 'send an AdmissionReview as JSON' },
  BAD_PATH: { http: 400, problem: 'the path can not be read' },
  BODY_TRUNCATED: { http: 400, problem: 'the body ended before its Content-Length' },
  BAD_REVIEW: { http: 400, problem: '%s: %s' },
  NO_SUCH_PATH: {
    http: 404,
    problem: 'there is no %s here',
    hint: 'reviews go to /mutate, /validate and /validate-policy',
  },
  WRONG_METHOD: { http: 405, problem: '%s is not answered here', hint: 'send an AdmissionReview by POST' },
  BODY_TOO_LARGE: { http: 413, problem: 'the review is larger than %d bytes' },
  TOO_MANY_PARTS: { http: 413, problem: 'the review has more than a million members' },
  WRONG_CONTENT_TYPE: { http: 415, problem: 'the content type must be application/json' },
  MEMORY_BUDGET_EXCEEDED: {
    http: 503,
    problem: 'other large reviews take all the memory at this moment',
    hint: 'try again',
  },
  TIME_BUDGET_EXCEEDED: {
    http: 503,
    problem: 'other reviews take all the time at this moment',
    hint: 'try again',
  },
  INTERNAL_ERROR: {
    http: 500,
    problem: 'lockstep failed while it validated this request',
    hint: 'its log says more (%s)',
  },
  DEADLINE_EXCEEDED: {
    http: 504,
    problem: 'the review did not arrive within the %d ms that the caller gave',
  },

  BAD_OPTION: { problem: '%s: %s' },
  PORT_IN_USE: {
    problem: 'port %d on %s is in use',
    hint: 'stop what listens there, or choose another with %s',
  },
  CANNOT_LISTEN: {
    problem: 'cannot listen on %s port %d (%s)',
    hint: 'choose another address with --host or %s',
  },
  CERTIFICATE_UNREADABLE: {
    problem: 'cannot read %s (%s)',
    hint: 'it must hold a PEM that this user may read',
  },
  CERTIFICATE_INCOMPLETE: {
    problem: '%s holds no %s',
    hint: 'put tls.crt and tls.key there together, or leave the folder empty and they are made',
  },
  CERTIFICATE_UNWRITABLE: {
    problem: 'cannot write a certificate to %s (%s)',
    hint: 'make it writable, put tls.crt and tls.key there, or choose another --cert-dir',
  },
  CERTIFICATE_MALFORMED: { problem: '%s is not a PEM that can be used (%s)' },
  CERTIFICATE_KEY_MISMATCH: {
    problem: '%s does not fit %s',
    hint: 'put the key there that this certificate was issued for',
  },
  CERTIFICATE_EXPIRED: {
    problem: '%s is valid from %s to %s, and it is %s',
    hint: 'put a valid one there, or remove the files and they are made',
  },
  CERTIFICATE_UNTRUSTED: {
    problem: '%s is not issued by the authority in %s',
    hint: 'the API server would not trust it',
  },

  POLICY_UNREADABLE: {
    problem: 'cannot read policies from %s (%s)',
    hint: 'give a file or folder that exists',
  },
  POLICY_EMPTY: {
    problem: 'there is no policy in %s',
    hint: 'put a SecretPolicy there (.yaml, .yml, .json)',
  },
  POLICY_INVALID: { problem: '%s' },
  BUILTIN_POLICY_NOT_FOUND: { problem: 'there is no built-in policy %s', hint: '%s' },
  NO_ADMISSION_POLICIES: {
    problem: 'the API server %s has no ValidatingAdmissionPolicies',
    hint: 'they need Kubernetes 1.30 or newer',
  },
  POLICY_NOT_FOUND: { problem: 'there is no policy %s among %s', hint: '%s' },
  CASES_NOT_FOUND: {
    problem: 'there are no cases in %s',
    hint: 'put them into NAME.test.yaml next to the policy file NAME.yaml',
  },
  CASES_WITHOUT_POLICY: {
    problem: '%s: there is no %s.yaml next to it, and no policy %s',
    hint: 'give the policy with --policy',
  },
  BASELINE_UNUSABLE: { problem: 'the baseline %s can not be used: %s' },
  RULE_NOT_FOUND: { problem: 'there is no rule %s', hint: '%s' },

  GENERATE_INCOMPLETE: { problem: 'nothing says what %s must be', hint: 'give %s' },
  GENERATE_EXEMPT: { problem: 'lockstep validates nothing in the namespace %s', hint: 'choose another' },
  GENERATE_POLICY_MISMATCH: { problem: 'the policy %s does not match the Secret %s', hint: 'it is for %s' },
  ENV_UNWRITABLE: {
    problem: '%s can not be written so that kubectl and docker read the same value',
    hint: 'use --format yaml',
  },

  DATA_DIR_UNREADABLE: {
    problem: 'cannot read the data directory %s (%s)',
    hint: 'run as the user that PostgreSQL runs as: runAsUser 999 of the official image, 70 of its alpine',
  },

  INIT_STOPPED: { problem: 'stopped by a signal before PostgreSQL had answered' },

  NO_PATH: { problem: 'give files or folders, or - for standard input: lockstep %s k8s/ (more with --help)' },
  UNEDITABLE: { problem: '%s: %s %s' },
  UNWRITABLE: { problem: 'cannot write %s (%s)', hint: 'it is as it was' },

  VALUE_UNSEARCHABLE: { problem: 'the value is not searched for: %s' },
  LEAK_REPORT_UNUSABLE: {
    problem: 'the report %s',
    hint: 'give the report of gitleaks --report-format json, or of trufflehog --json',
  },
  LEAK_REPORT_UNREADABLE: { problem: 'cannot read the report %s (%s)' },
  KUBECONFIG_UNREADABLE: { problem: 'cannot read %s (%s)', hint: 'give another with --kubeconfig' },
  KUBECONFIG_NOT_FOUND: {
    problem: 'there is no kubeconfig',
    hint: 'give one with --kubeconfig, or set KUBECONFIG',
  },
  KUBECONFIG_ABSENT: {
    problem: 'KUBECONFIG names %s, which does not exist',
    hint: 'set it to a kubeconfig, or give one with --kubeconfig',
  },
  KUBECONFIG_CONTEXT: { problem: 'the kubeconfig has no context %s', hint: '%s' },
  KUBECONFIG_CLUSTER: {
    problem: 'the kubeconfig %s',
    hint: 'set its current context, or give another with --context',
  },
  KUBECONFIG_NAMESPACE: {
    problem: 'the current namespace of the kubeconfig is no name of a namespace',
    hint: 'set it with kubectl config set-context --current --namespace, or give -n',
  },
  LOGIN_PLUGIN_NOT_FOUND: {
    problem: 'the login plugin %s of the kubeconfig is not installed',
    hint: 'install it, or give another context with --context',
  },
  LOGIN_FAILED: { problem: '%s failed: %s', hint: 'log in again' },
  CLUSTER_UNREACHABLE: { problem: 'cannot reach the API server %s (%s) while %s' },
  CLUSTER_TIMEOUT: { problem: 'the API server %s did not answer in time while %s', hint: 'try again' },
  CLUSTER_UNAUTHENTICATED: {
    problem: 'the API server %s does not accept these credentials',
    hint: 'log in again',
  },
  CLUSTER_CONFLICT: {
    problem: 'someone else changed it at the same time while %s',
    hint: 'run the command again',
  },
  NAMESPACE_TERMINATING: {
    problem: 'the namespace is being deleted, and the API server makes nothing new in it, while %s',
  },
  CLUSTER_REFUSED: {
    problem: 'the API server refused while %s: %s',
    hint: 'bind a role with this right to the user, as %s makes one',
  },
  SECRET_REFUSED: { problem: 'Secret %s may not be written: %s' },
  HEAL_REFUSED: { problem: 'Secret %s is not corrected: it %s' },
  SECRET_NOT_FOUND: { problem: 'there is no Secret %s' },
  RECORD_NOT_FOUND: {
    problem: 'Secret %s has no record yet',
    hint: 'lockstep controller keeps one if a policy heals it, restarts its consumers or rotates its keys; an Event on the Secret reports a failure',
  },
  RECORD_UNREADABLE: {
    problem: 'the record of Secret %s can not be used: %s',
    hint: `${pageUrl('tasks/roll-back.md')} says what is left to do`,
  },
  SECRET_DELETED: {
    problem: 'there is no Secret %s any more, but its record',
    hint: 'lockstep rollback %s creates it again from that',
  },
  RECORD_CHANGE_PENDING: {
    problem: '%s is about to write version %d of Secret %s',
    hint: 'look at lockstep history, and run the command again',
  },
  VERSION_NOT_FOUND: { problem: 'Secret %s has no version %d', hint: 'it has %s' },
  VERSION_NOT_RESTORABLE: {
    problem: 'version %d of Secret %s can not be restored: its values were edited in the record',
  },
  ROLLBACK_REFUSED: { problem: 'Secret %s is not rolled back: it %s' },
  LOGIN_REFUSED: { problem: 'the password in Secret %s is not changed: %s' },
  NO_CONTROLLER: {
    problem: 'no controller leads in the namespace %s, so nothing was written',
    hint: '%s starts one, also from this machine',
  },
  ROTATION_REFUSED: { problem: 'nothing is rotated in Secret %s: %s' },
  RECORD_TOO_LARGE: {
    problem: 'Secret %s holds too much: two versions of it do not fit into the 1 MiB of its record',
  },
  RECORD_REFUSED: { problem: 'the record of Secret %s may not be written: %s' },
  READ_FORBIDDEN: MISSING_RIGHT,
  WORKLOADS_FORBIDDEN: MISSING_RIGHT,
  RESTART_REFUSED: { problem: 'the API server does not let %s be restarted (%s)' },
  LEADERSHIP_LOST: { problem: 'nothing was sent while %s: another controller may hold the Lease by now' },
  LEADERSHIP_STOP_TIMEOUT: {
    problem: 'the Lease was lost %d s ago and the work of this controller has not ended',
    hint: 'the process ends, for the kubelet to start it again',
  },
  READ_STOPPED: { problem: 'stopped by a signal before all were read' },
  NAMESPACE_NOT_FOUND: { problem: 'there is no namespace %s' },
  NOT_INSTALLED: { problem: 'there is no %s', hint: 'run kubectl apply -k manifests first' },
  CA_SECRET_NOT_FOUND: {
    problem: 'Secret %s is gone',
    hint: 'apply the manifests again, and a new CA is made in it',
  },
  CERTIFICATE_CONFLICT: {
    problem: 'another client reverts what lockstep writes to %s',
    hint: 'kubectl get --show-managed-fields shows which one',
  },
  CERTIFICATE_UNUSED: {
    problem: 'no pod of Deployment lockstep-webhook reads Secret %s',
    hint: 'install the overlay files, or set certificate to Secret in the chart',
  },
  CERTIFICATE_NOT_OWNED: { problem: 'Secret %s is not for this command to write (%s)', hint: '%s' },

  POSTGRES_LOGIN: { problem: '%s' },
  POSTGRES_REFUSED: { problem: 'PostgreSQL at %s did not do it: %s' },
  POSTGRES_CONCURRENT_CHANGE: {
    problem: 'PostgreSQL at %s: somebody else was at it while %s',
    hint: 'nothing was changed, try again',
  },
  POSTGRES_CONNECTION_FAILURE: {
    problem: 'the connection to PostgreSQL at %s ended while %s (%s)',
    hint: 'nothing was changed',
  },
  POSTGRES_COMMIT_UNKNOWN: {
    problem: 'the connection to PostgreSQL at %s ended at the COMMIT while %s (%s)',
    hint: 'whether it was carried out nobody knows yet',
  },
  REDIS_REFUSED: { problem: 'Redis at %s did not do it: %s' },
  REDIS_CONCURRENT_CHANGE: {
    problem: 'Redis at %s: another client changed the user while %s',
    hint: 'nothing was changed, try again',
  },
  REDIS_CONNECTION_FAILURE: {
    problem: 'the connection to Redis at %s ended while %s (%s)',
    hint: 'lockstep reads the state of the user, and continues',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof ERRORS;
