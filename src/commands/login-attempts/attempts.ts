import { isUnanswered } from '../../engine/login/login-finding.ts';
import type { LoginVerdict } from '../../engine/login/login-result.ts';
import type { Login } from '../../engine/login/logins.ts';
import type { Credential } from '../../engine/record/credential.ts';
import type { ServerTarget } from '../../engine/server/target.ts';

/** Logs in as an application does. A verdict, whatever is there; `timeout` in milliseconds. */
export type TryLogin = (
  target: ServerTarget,
  credential: Credential,
  options: { readonly timeout: number; readonly signal: AbortSignal },
) => Promise<LoginVerdict>;

/** One login to be tried, on the first of its hosts that answers. */
export interface Trial {
  readonly login: Login;
  /** At least one. */
  readonly targets: readonly ServerTarget[];
}

/** At once; each server has one of them at a time, so that none is run over, or locks somebody out for more than what the manifests say. */
const SERVERS_AT_ONCE = 8;
/** All together, in times of what one may take: a job is to end, however many servers are away. */
const PATIENCE = 12;

/** `too-late`: it was not tried, because all of them together took too long. */
export type Outcome = LoginVerdict | 'too-late';

/** `timeout`: what one of them may take. Milliseconds. */
export async function tryLogins<Some extends Trial>(
  trials: readonly Some[],
  tryLogin: TryLogin,
  timeout: number,
): Promise<ReadonlyMap<Some, Outcome>> {
  const verdicts = new Map<Some, Outcome>();
  const servers = [...Map.groupBy(trials, ({ targets }) => addressOf(targets)).values()].values();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE * timeout);
  const worker = async (): Promise<void> => {
    for (const server of servers) {
      const known = new Answers();
      for (const trial of server) {
        const verdict = known.about(trial) ?? (await tryOne(trial, tryLogin, timeout, late.signal));
        known.note(trial, verdict);
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

/** What one server has said, and needs not be asked again. */
class Answers {
  /** It does not answer: nobody else is tried there. */
  #silence: LoginVerdict | undefined;
  readonly #known = new Map<string, { readonly login: Login; readonly verdict: LoginVerdict }[]>();

  about(trial: Trial): LoginVerdict | undefined {
    const same = this.#known.get(nameOf(trial));
    return this.#silence ?? same?.find(({ login }) => login.password.equals(trial.login.password))?.verdict;
  }

  note(trial: Trial, verdict: Outcome): void {
    if (verdict === 'too-late') return;
    if (isUnanswered(verdict.kind)) this.#silence ??= verdict;
    const same = this.#known.get(nameOf(trial)) ?? [];
    same.push({ login: trial.login, verdict });
    this.#known.set(nameOf(trial), same);
  }
}

const nameOf = ({ login, targets: [first] }: Trial): string =>
  JSON.stringify([login.user, first?.database, first?.tls.mode]);

async function tryOne(
  { login: { user, password }, targets }: Trial,
  tryLogin: TryLogin,
  timeout: number,
  signal: AbortSignal,
): Promise<Outcome> {
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
