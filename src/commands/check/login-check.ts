import { isClusterName, targetsOf } from '../../engine/login/in-secret/login-targets.ts';
import type { Login } from '../../engine/login/in-secret/logins.ts';
import { loginOutcome } from '../../engine/login/result/login-finding.ts';
import { denies } from '../../engine/secret/finding/finding.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { CheckError, CheckedSecret, CheckFinding } from '../../report/check-report.ts';
import {
  type AttemptResult,
  type LoginAttempt,
  type TryLogin,
  tryLogins,
} from '../login-attempts/attempts.ts';

/** Tries the logins of Secrets on the servers that they name. */
export interface LoginCheck {
  /** Must be called in the order of the Secrets. */
  readonly add: (manifest: ManifestSecret, logins: readonly Login[]) => void;
  /** The Secrets, each with its refused logins. A login that could not be tried is an error. */
  readonly addFindings: (
    secrets: readonly CheckedSecret[],
  ) => Promise<{ readonly secrets: readonly CheckedSecret[]; readonly errors: readonly CheckError[] }>;
}

interface ManifestAttempt extends LoginAttempt {
  /** The position of the Secret. */
  readonly index: number;
  readonly manifest: ManifestSecret;
}

type AttemptResults = ReadonlyMap<ManifestAttempt, AttemptResult>;

/** `timeout` limits one login, in milliseconds. */
export function manifestLoginCheck(tryLogin: TryLogin, timeout: number): LoginCheck {
  const attempts: ManifestAttempt[] = [];
  let secrets = 0;
  return {
    add: (manifest, logins) => {
      const index = secrets++;
      for (const login of logins) {
        const targets = targetsOf(login);
        if (targets.length > 0) attempts.push({ index, manifest, login, targets });
      }
    },
    addFindings: async (checked) => {
      const results = await tryLogins(attempts, tryLogin, timeout);
      return { secrets: withLoginFindings(checked, results), errors: untriedErrors(results) };
    },
  };
}

function withLoginFindings(
  secrets: readonly CheckedSecret[],
  results: AttemptResults,
): readonly CheckedSecret[] {
  const byIndex = Map.groupBy(results.keys(), ({ index }) => index);
  return secrets.map((secret, index): CheckedSecret => {
    const all = (byIndex.get(index) ?? []).flatMap((attempt) => findingOf(attempt, results.get(attempt)));
    // The base keys and a URL may state one login.
    const findings = [
      ...new Map(all.map((finding) => [`${finding.key} ${finding.message}`, finding])).values(),
    ];
    if (findings.length === 0) return secret;
    const verdict = findings.some(denies) ? 'deny' : secret.verdict;
    return { ...secret, verdict, findings: [...secret.findings, ...findings] };
  });
}

function findingOf(
  { manifest, login: { key, system } }: ManifestAttempt,
  result: AttemptResult | undefined,
): readonly CheckFinding[] {
  if (result === undefined || result === 'too-late') return [];
  const outcome = loginOutcome(result, system);
  if (outcome.kind !== 'denied' && outcome.kind !== 'warned') return [];
  const { line, column } = manifest.placeOf(key);
  const action = outcome.kind === 'denied' ? 'Enforce' : 'Warn';
  return [{ rule: 'login', key, action, message: outcome.message, fix: outcome.fix, line, column }];
}

const untriedErrors = (results: AttemptResults): readonly CheckError[] =>
  [...results].flatMap(([attempt, result]) => {
    const reason = untriedReason(attempt, result);
    if (reason === undefined) return [];
    const { manifest, login } = attempt;
    const { file, line } = manifest.placeOf(login.key);
    const message = `the login of ${login.key} in Secret ${manifest.ref} could not be tried: ${reason}`;
    return [{ file, line, message, rule: 'login' as const }];
  });

function untriedReason({ targets, login }: LoginAttempt, result: AttemptResult): string | undefined {
  if (result === 'too-late') return 'all logins together took too long';
  const outcome = loginOutcome(result, login.system);
  if (outcome.kind !== 'untried') return undefined;
  const isClusterInternal = result.kind === 'dns' && targets.some(({ host }) => isClusterName(host));
  return isClusterInternal ? `${outcome.why}; such a name is known inside of a cluster alone` : outcome.why;
}
