import type { LoginResult } from '../../../src/engine/login/result/login-result.ts';
import type { AuthRule, Tls } from '../../../src/engine/login/server/target.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { tryLogin } from '../../../src/postgres/protocol/login.ts';

export interface LoginOptions {
  readonly role?: string;
  readonly password?: string | Sensitive;
  readonly database?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: Tls;
  readonly auth?: AuthRule;
  /** Milliseconds. The default of a minute is enough on a busy machine. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export const THE_PASSWORD = 'of the app';

/** Result of a login of `app` with the right password, with these changes. */
export function logIn(
  server: { readonly host: string; readonly port: number },
  options: LoginOptions = {},
): Promise<LoginResult> {
  const { role = 'app', password = THE_PASSWORD, database = 'postgres', tls = { mode: 'disable' } } = options;
  const { host = server.host, port = server.port, timeout = 60_000, signal, auth } = options;
  return tryLogin(
    { host, port, database, tls, auth },
    { role, password: typeof password === 'string' ? Sensitive.fromText(password) : password },
    { timeout, signal },
  );
}
