import { type Diagnosis, fault, ok, unknown, warning } from '../../doctor/check-result.ts';
import { loginMessage } from '../../login/login-messages.ts';
import { isUnproven, type LoginVerdict } from '../../login/login-result.ts';
import { isClusterName } from '../../login/login-targets.ts';
import { askInside, identifier, psql } from './commands.ts';
import type { LoginFacts, Surrounding } from './login-evidence.ts';
import { refusedLogin } from './refused-login.ts';

/** What became of a login, and what to do about it. */
export function triedLogin(login: LoginFacts, around: Surrounding): Diagnosis {
  const { key, role, verdict, target } = login;
  const { host, port, database, tls } = target;
  const { problem, fix: remedy } = loginMessage(verdict, { ...target, role });
  const told = `the login of ${key}: ${problem}`;
  const known = isUnproven(verdict) ? 'is refused:' : 'has the right password, but';
  const subject = `the login of ${key}, role ${role} on ${host}:${port},`;
  const { place, adminRole = 'postgres' } = around;
  const inside = askInside(place, around.home);
  switch (verdict.kind) {
    case 'ok':
      return letIn(login, verdict, around);
    case 'no-database':
      return fault(
        `${subject} ${known} the database ${database} is not there`,
        psql(
          { ...target, database: 'postgres' },
          adminRole,
          `CREATE DATABASE ${identifier(database)} OWNER ${identifier(role)}`,
        ),
      );
    case 'no-connect-right':
      return fault(
        `${subject} ${known} it may not connect to the database ${database}`,
        psql(
          { ...target, database: 'postgres' },
          adminRole,
          `GRANT CONNECT ON DATABASE ${identifier(database)} TO ${identifier(role)}`,
        ),
      );
    case 'tls':
      // The CA that applications have may not be known here.
      return verdict.why === 'untrusted' && tls.ca === undefined
        ? unknown(told, remedy)
        : fault(told, remedy);
    case 'dns':
      return unknown(told, isClusterName(host) ? inside : remedy);
    case 'pg-hba':
    case 'refused':
    case 'timeout':
    case 'cut':
      return unknown(told, inside);
    case 'too-many-connections':
      return fault(told, psql(target, adminRole, SESSIONS));
    case 'not-postgres':
    case 'weak-method':
      return fault(told, remedy);
    case 'network':
    case 'starting-up':
    case 'other-method':
    case 'other':
      return unknown(told, remedy);
    case 'password-refused':
    case 'wrong-password':
    case 'unknown-role':
    case 'expired':
    case 'no-password':
    case 'no-login':
      return refusedLogin(login, around);
  }
}

const SESSIONS = 'SELECT usename, count(*) FROM pg_stat_activity GROUP BY 1 ORDER BY 2 DESC';

function letIn(
  { key, role, target: { host, port } }: LoginFacts,
  { standby, unproven }: Extract<LoginVerdict, { kind: 'ok' }>,
  { place, home }: Surrounding,
): Diagnosis {
  const at = `${host}:${port}`;
  if (unproven === true)
    return warning(
      `${at} lets role ${role} in from here without a password (trust in pg_hba.conf), so that nothing is proven`,
      askInside(place, home),
    );
  if (standby)
    return warning(
      `${key} opens ${at} as ${role}, which is a standby: nothing can be written there`,
      `kubectl -n ${place.namespace} get endpointslices`,
    );
  return ok(`${key} opens ${at} as ${role}`);
}
