import type { Login } from '../../engine/login/in-secret/logins.ts';
import { isUnanswered } from '../../engine/login/result/login-finding.ts';
import type { LoginResult } from '../../engine/login/result/login-result.ts';
import type { ServerTarget } from '../../engine/login/server/target.ts';
import type { Credential } from '../../engine/secret/record/credential.ts';

/** Logs in as an application does. Every answer gives a result. `timeout` is in milliseconds. */
export type TryLogin = (
  target: ServerTarget,
  credential: Credential,
  options: { readonly timeout: number; readonly signal: AbortSignal },
) => Promise<LoginResult>;

/** One login to try, on the first of its hosts that answers. */
export interface LoginAttempt {
  readonly login: Login;
  /** At least one. */
  readonly targets: readonly ServerTarget[];
}

/**
 * The number of servers that are tried at once. Each server gets one login at a time, which avoids overload and
 * lockouts.
 */
const MAX_PARALLEL_SERVERS = 8;
/** The limit of all attempts, as a multiple of the limit of one. A job must end, however many servers are down. */
const MAX_TOTAL_TIMEOUTS = 12;

/** `too-late`: the login was not tried, because all attempts together took too long. */
export type AttemptResult = LoginResult | 'too-late';

/** `timeout` limits one attempt, in milliseconds. */
export async function tryLogins<Some extends LoginAttempt>(
  attempts: readonly Some[],
  tryLogin: TryLogin,
  timeout: number,
): Promise<ReadonlyMap<Some, AttemptResult>> {
  const results = new Map<Some, AttemptResult>();
  const servers = [...Map.groupBy(attempts, ({ targets }) => addressOf(targets)).values()].values();
  const overallTimeout = new AbortController();
  const timer = setTimeout(() => overallTimeout.abort(), MAX_TOTAL_TIMEOUTS * timeout);
  const worker = async (): Promise<void> => {
    for (const server of servers) {
      const answers = new ServerAnswers();
      for (const attempt of server) {
        const result =
          answers.answerFor(attempt) ?? (await tryOne(attempt, tryLogin, timeout, overallTimeout.signal));
        answers.add(attempt, result);
        results.set(attempt, result);
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: MAX_PARALLEL_SERVERS }, worker));
  } finally {
    clearTimeout(timer);
  }
  return results;
}

const addressOf = (targets: readonly ServerTarget[]): string =>
  JSON.stringify(targets.map(({ host, port }) => [host, port]));

/** The answers of one server that need no second attempt. */
class ServerAnswers {
  /** The server does not answer, so no other login is tried there. */
  #unreachable: LoginResult | undefined;
  readonly #answers = new Map<string, { readonly login: Login; readonly result: LoginResult }[]>();

  answerFor(attempt: LoginAttempt): LoginResult | undefined {
    const same = this.#answers.get(loginKeyOf(attempt));
    return (
      this.#unreachable ?? same?.find(({ login }) => login.password.equals(attempt.login.password))?.result
    );
  }

  add(attempt: LoginAttempt, result: AttemptResult): void {
    if (result === 'too-late') return;
    if (isUnanswered(result.kind)) this.#unreachable ??= result;
    const same = this.#answers.get(loginKeyOf(attempt)) ?? [];
    same.push({ login: attempt.login, result });
    this.#answers.set(loginKeyOf(attempt), same);
  }
}

const loginKeyOf = ({ login, targets: [first] }: LoginAttempt): string =>
  JSON.stringify([login.user, first?.database, first?.tls.mode]);

async function tryOne(
  { login: { user, password }, targets }: LoginAttempt,
  tryLogin: TryLogin,
  timeout: number,
  signal: AbortSignal,
): Promise<AttemptResult> {
  let result: LoginResult = { kind: 'dns' };
  for (const target of targets) {
    if (signal.aborted) return 'too-late';
    try {
      result = await tryLogin(target, { role: user, password }, { timeout, signal });
    } catch (error) {
      if (signal.aborted) return 'too-late';
      throw error;
    }
    if (!isUnanswered(result.kind)) return result;
  }
  return result;
}
