import { randomBytes } from 'node:crypto';
import type { LoginResult, TlsFault } from '../../engine/login/result/login-result.ts';
import type { ServerTarget, Tls } from '../../engine/login/server/target.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import type { ConnectOptions } from './connect.ts';
import { tryLogin } from './login.ts';

/**
 * Whether pg_hba.conf refused a login only for its encryption. In that case the server asks the same role for its
 * password with the other encryption. The server's message is in the language of its operator, so lockstep tries a
 * login. The password is random, because the server is not verified.
 *
 * @throws the reason of `signal`, if it was aborted.
 */
export async function explainHbaRefusal(
  target: ServerTarget,
  role: string,
  options: ConnectOptions,
): Promise<LoginResult> {
  const opposite = OPPOSITE_MODE[target.tls.mode];
  if (opposite === undefined) return { kind: 'pg-hba' };
  const credential = { role, password: Sensitive.fromText(randomBytes(24).toString('base64url')) };
  const { kind } = await tryLogin({ ...target, tls: { mode: opposite.mode } }, credential, options);
  return RESULTS_PAST_HBA.includes(kind) ? { kind: 'tls', why: opposite.why } : { kind: 'pg-hba' };
}

/** `prefer` has already tried both. */
const OPPOSITE_MODE: Readonly<
  Record<Tls['mode'], { readonly mode: Tls['mode']; readonly why: TlsFault } | undefined>
> = {
  disable: { mode: 'require', why: 'wanted' },
  prefer: undefined,
  require: { mode: 'disable', why: 'unwanted' },
  'verify-ca': { mode: 'disable', why: 'unwanted' },
  'verify-full': { mode: 'disable', why: 'unwanted' },
};

/** The server asked for a password, so it did not refuse the address. */
const RESULTS_PAST_HBA: readonly LoginResult['kind'][] = [
  'ok',
  'password-refused',
  'other-method',
  'weak-method',
  'no-database',
];
