import type { LoginResult } from '../../../src/engine/login/result/login-result.ts';
import type { Tls } from '../../../src/engine/login/server/target.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { tryLogin } from '../../../src/redis/login.ts';
import { THE_PASSWORD } from '../login/login.ts';

export interface RedisLoginOptions {
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: Tls;
  /** Milliseconds. The default of a minute is enough on a busy machine. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Result of a login of `app` with the right password, with these changes. */
export function logInRedis(
  server: { readonly host: string; readonly port: number },
  { user = 'app', password = THE_PASSWORD, tls = { mode: 'disable' }, ...options }: RedisLoginOptions = {},
): Promise<LoginResult> {
  const { host = server.host, port = server.port, timeout = 60_000, signal } = options;
  return tryLogin(
    { host, port, tls },
    { role: user, password: Sensitive.fromText(password) },
    { timeout, signal },
  );
}
