import type { Credential } from '../engine/credential/credential.ts';
import { isUnanswered, loginOutcome } from '../engine/credential/login-finding.ts';
import { isClusterName, targetsOf } from '../engine/credential/login-targets.ts';
import type { ServerTarget } from '../engine/credential/target.ts';
import type { LoginVerdict } from '../engine/credential/verdict.ts';
import { denies } from '../engine/finding.ts';
import type { Login } from '../engine/logins.ts';
import type { ManifestSecret } from '../manifest/manifest-secret.ts';
import type { CheckError, CheckedSecret, CheckFinding } from '../report/check-report.ts';

/** Logs in as an application does. A verdict, whatever is there; `timeout` in milliseconds. */
export type TryLogin = (
  target: ServerTarget,
  credential: Credential,
  options: { readonly timeout: number; readonly signal: AbortSignal },
) => Promise<LoginVerdict>;

/** Tries the logins of Secrets against the servers that they name. */
export interface LoginTrial {
  /** In the order of the Secrets. */
  readonly add: (manifest: ManifestSecret, logins: readonly Login[]) => void;
  /** The Secrets, each with the logins that are refused; what could not be tried is an error. */
  readonly addTo: (
    secrets: readonly CheckedSecret[],
  ) => Promise<{ readonly secrets: readonly CheckedSecret[]; readonly errors: readonly CheckError[] }>;
}

interface Trial {
  /** Of the Secret. */
  readonly index: number;
  readonly manifest: ManifestSecret;
  readonly login: Login;
  readonly targets: readonly ServerTarget[];
}

/** At once; each server has one of them at a time, so that none is run over, or locks somebody out for more than what the manifests say. */
const SERVERS_AT_ONCE = 8;
/** All together, in times of what one may take: a job is to end, however many servers are away. */
const PATIENCE = 12;

/** `timeout`: what one login may take. Milliseconds. */
export function loginTrial(tryLogin: TryLogin, timeout: number): LoginTrial {
  const trials: Trial[] = [];
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
      const verdicts = await tryAll(trials, tryLogin, timeout);
      return { secrets: withRefused(checked, verdicts), errors: untriedOf(verdicts) };
    },
  };
}

type Verdicts = ReadonlyMap<Trial, LoginVerdict | 'too-late'>;

async function tryAll(trials: readonly Trial[], tryLogin: TryLogin, timeout: number): Promise<Verdicts> {
  const verdicts = new Map<Trial, LoginVerdict | 'too-late'>();
  const servers = [...Map.groupBy(trials, ({ targets }) => addressOf(targets)).values()].values();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE * timeout);
  const worker = async (): Promise<void> => {
    for (const server of servers) {
      const known: Known[] = [];
      for (const trial of server) {
        const verdict = knownOf(known, trial) ?? (await tryOne(trial, tryLogin, timeout, late.signal));
        if (verdict !== 'too-late') known.push({ trial, verdict });
        verdicts.set(trial, verdict);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: SERVERS_AT_ONCE }, worker));
  } finally {
    clearTimeout(timer);
  }
  return verdicts;
}

const addressOf = (targets: readonly ServerTarget[]): string =>
  JSON.stringify(targets.map(({ host, port }) => [host, port]));

interface Known {
  readonly trial: Trial;
  readonly verdict: LoginVerdict;
}

/** What needs no further try: the same login once more, or any on a server that has just not answered. */
const knownOf = (known: readonly Known[], { login, targets }: Trial): LoginVerdict | undefined =>
  known.find(
    ({ trial, verdict }) =>
      isUnanswered(verdict.kind) ||
      (trial.login.user === login.user &&
        trial.targets[0]?.database === targets[0]?.database &&
        trial.targets[0]?.tls.mode === targets[0]?.tls.mode &&
        trial.login.password.equals(login.password)),
  )?.verdict;

async function tryOne(
  { login: { user, password }, targets }: Trial,
  tryLogin: TryLogin,
  timeout: number,
  signal: AbortSignal,
): Promise<LoginVerdict | 'too-late'> {
  let verdict: LoginVerdict = { kind: 'dns' };
  for (const target of targets) {
    if (signal.aborted) return 'too-late';
    try {
      verdict = await tryLogin(target, { role: user, password }, { timeout, signal });
    } catch (error) {
      if (signal.aborted) return 'too-late';
      throw error;
    }
    if (!isUnanswered(verdict.kind)) return verdict;
  }
  return verdict;
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
  { manifest, login: { key } }: Trial,
  verdict: LoginVerdict | 'too-late' | undefined,
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

function whyUntried({ targets }: Trial, verdict: LoginVerdict | 'too-late'): string | undefined {
  if (verdict === 'too-late') return 'all logins together took too long';
  const outcome = loginOutcome(verdict);
  if (outcome.kind !== 'untried') return undefined;
  const isInside = verdict.kind === 'dns' && targets.some(({ host }) => isClusterName(host));
  return isInside ? `${outcome.why}; such a name is known inside of a cluster alone` : outcome.why;
}
