import { denies } from '../../engine/finding/finding.ts';
import { loginOutcome } from '../../engine/login/login-finding.ts';
import { isClusterName, targetsOf } from '../../engine/login/login-targets.ts';
import type { Login } from '../../engine/login/logins.ts';
import type { ManifestSecret } from '../../manifest/read/manifest-secret.ts';
import type { CheckError, CheckedSecret, CheckFinding } from '../../report/check-report.ts';
import { type Outcome, type Trial, type TryLogin, tryLogins } from '../login-attempts/attempts.ts';

/** Tries the logins of Secrets against the servers that they name. */
export interface LoginTrial {
  /** In the order of the Secrets. */
  readonly add: (manifest: ManifestSecret, logins: readonly Login[]) => void;
  /** The Secrets, each with the logins that are refused; what could not be tried is an error. */
  readonly addTo: (
    secrets: readonly CheckedSecret[],
  ) => Promise<{ readonly secrets: readonly CheckedSecret[]; readonly errors: readonly CheckError[] }>;
}

interface ManifestTrial extends Trial {
  /** Of the Secret. */
  readonly index: number;
  readonly manifest: ManifestSecret;
}

type Verdicts = ReadonlyMap<ManifestTrial, Outcome>;

/** `timeout`: what one login may take. Milliseconds. */
export function loginTrial(tryLogin: TryLogin, timeout: number): LoginTrial {
  const trials: ManifestTrial[] = [];
  let secrets = 0;
  return {
    add: (manifest, logins) => {
      const index = secrets++;
      for (const login of logins) {
        const targets = targetsOf(login);
        if (targets.length > 0) trials.push({ index, manifest, login, targets });
      }
    },
    addTo: async (checked) => {
      const verdicts = await tryLogins(trials, tryLogin, timeout);
      return { secrets: withRefused(checked, verdicts), errors: untriedOf(verdicts) };
    },
  };
}

function withRefused(secrets: readonly CheckedSecret[], verdicts: Verdicts): readonly CheckedSecret[] {
  const byIndex = Map.groupBy(verdicts.keys(), ({ index }) => index);
  return secrets.map((secret, index): CheckedSecret => {
    const findings = (byIndex.get(index) ?? []).flatMap((trial) => findingOf(trial, verdicts.get(trial)));
    if (findings.length === 0) return secret;
    const verdict = findings.some(denies) ? 'deny' : secret.verdict;
    return { ...secret, verdict, findings: [...secret.findings, ...findings] };
  });
}

function findingOf(
  { manifest, login: { key } }: ManifestTrial,
  verdict: Outcome | undefined,
): readonly CheckFinding[] {
  if (verdict === undefined || verdict === 'too-late') return [];
  const outcome = loginOutcome(verdict);
  if (outcome.kind !== 'denied' && outcome.kind !== 'warned') return [];
  const { line, column } = manifest.placeOf(key);
  const action = outcome.kind === 'denied' ? 'Enforce' : 'Warn';
  return [{ rule: 'login', key, action, message: outcome.message, fix: outcome.fix, line, column }];
}

const untriedOf = (verdicts: Verdicts): readonly CheckError[] =>
  [...verdicts].flatMap(([trial, verdict]) => {
    const why = whyUntried(trial, verdict);
    if (why === undefined) return [];
    const { manifest, login } = trial;
    const { file, line } = manifest.placeOf(login.key);
    const message = `the login of ${login.key} in Secret ${manifest.ref} could not be tried: ${why}`;
    return [{ file, line, message, rule: 'login' as const }];
  });

function whyUntried({ targets }: Trial, verdict: Outcome): string | undefined {
  if (verdict === 'too-late') return 'all logins together took too long';
  const outcome = loginOutcome(verdict);
  if (outcome.kind !== 'untried') return undefined;
  const isInside = verdict.kind === 'dns' && targets.some(({ host }) => isClusterName(host));
  return isInside ? `${outcome.why}; such a name is known inside of a cluster alone` : outcome.why;
}
