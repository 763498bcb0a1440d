import type { LoginRecord, LoginSystem } from './login-record.ts';
import type { SecretRecord } from './record.ts';

type Logins = Pick<SecretRecord, 'login' | 'otherLogins'>;

/** The logins of a Secret, at most one on each kind of server. */
export const loginsOf = ({ login, otherLogins = [] }: Partial<Logins>): readonly LoginRecord[] =>
  login === undefined ? otherLogins : [login, ...otherLogins];

/**
 * The same record, in which `login` is the one on that kind of server. So the work on one login knows no other. It
 * loses nothing, so the record may be written as it is.
 */
export function forLogin<Record extends Logins>(record: Record, system: LoginSystem): Record {
  const all = loginsOf(record);
  const login = all.find((one) => one.system === system);
  if (login === record.login) return record;
  const otherLogins = all.filter((one) => one !== login);
  return { ...record, login, otherLogins: otherLogins.length === 0 ? undefined : otherLogins };
}
