import { randomBytes } from 'node:crypto';
import type { LoginResult, TlsFault } from '../../engine/login/login-result.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import type { ServerTarget, Tls } from '../../engine/server/target.ts';
import type { ConnectOptions } from './connect.ts';
import { tryLogin } from './login.ts';

/**
 * Whether pg_hba.conf refused a login for its encryption alone: the same role is then let as far as its password the other way round. The server says so in the
 * language of its operator, so it is tried. The password is a random one: none of the Secret's goes to a server that nobody verified.
 *
 * @throws the reason of `signal`, where that was aborted.
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

/** `prefer` has tried both. */
const OPPOSITE_MODE: Readonly<
  Record<Tls['mode'], { readonly mode: Tls['mode']; readonly why: TlsFault } | undefined>
> = {
  disable: { mode: 'require', why: 'wanted' },
  prefer: undefined,
  require: { mode: 'disable', why: 'unwanted' },
  'verify-ca': { mode: 'disable', why: 'unwanted' },
  'verify-full': { mode: 'disable', why: 'unwanted' },
};

/** The server asked for a password, and so did not refuse the address. */
const RESULTS_PAST_HBA: readonly LoginResult['kind'][] = [
  'ok',
  'password-refused',
  'other-method',
  'weak-method',
  'no-database',
];
