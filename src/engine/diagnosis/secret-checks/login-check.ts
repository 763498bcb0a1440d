import { isClusterName } from '../../login/in-secret/login-targets.ts';
import { isUnproven, type LoginResult } from '../../login/result/login-result.ts';
import { serverKindOf } from '../../login/server-kinds/kinds.ts';
import { type CheckResult, fault, ok, unknown, warning } from '../check-result.ts';
import { doctorInClusterCommand, psqlCommand, quoteIdentifier } from './commands.ts';
import { loginSubject } from './fix-commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';
import { diagnoseRefusedLogin } from './refused-login.ts';

/** The result of a login, and its fix. */
export function loginCheck(login: LoginEvidence, context: DiagnosisContext): CheckResult {
  const { key, role, result, target } = login;
  const { host, database, tls } = target;
  const { problem, fix: remedy } = serverKindOf(target).message(result, { ...target, role });
  const message = `the login of ${key}: ${problem}`;
  const prefix = isUnproven(result) ? 'is refused:' : 'has the right password, but';
  const subject = loginSubject(login);
  const { place, adminRole = 'postgres' } = context;
  const inClusterCommand = doctorInClusterCommand(place, context.lockstepNamespace);
  switch (result.kind) {
    case 'ok':
      return target.system === 'redis' && (isUnproven(result) || result.standby)
        ? warning(message, remedy)
        : checkAcceptedLogin(login, result, context);
    case 'no-database':
      return fault(
        `${subject} ${prefix} the database ${database} is not there`,
        psqlCommand(
          { ...target, database: 'postgres' },
          adminRole,
          `CREATE DATABASE ${quoteIdentifier(database)} OWNER ${quoteIdentifier(role)}`,
        ),
      );
    case 'no-connect-right':
      return fault(
        `${subject} ${prefix} it may not connect to the database ${database}`,
        psqlCommand(
          { ...target, database: 'postgres' },
          adminRole,
          `GRANT CONNECT ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)}`,
        ),
      );
    case 'tls':
      // Applications may have a CA that is unknown here.
      return result.why === 'untrusted' && tls.ca === undefined
        ? unknown(message, remedy)
        : fault(message, remedy);
    case 'dns':
      return unknown(message, isClusterName(host) ? inClusterCommand : remedy);
    case 'pg-hba':
    case 'refused':
    case 'timeout':
    case 'cut':
      return unknown(message, inClusterCommand);
    case 'too-many-connections':
      return fault(
        message,
        target.system === 'redis' ? remedy : psqlCommand(target, adminRole, SESSION_COUNT_QUERY),
      );
    case 'not-postgres':
    case 'not-redis':
    case 'weak-method':
      return fault(message, remedy);
    // A client of Sentinels asks them for the primary.
    case 'sentinel':
    case 'network':
    case 'starting-up':
    case 'other-method':
    case 'other':
      return unknown(message, remedy);
    case 'password-refused':
    case 'wrong-password':
    case 'unknown-role':
    case 'expired':
    case 'no-password':
    case 'no-login':
      return diagnoseRefusedLogin(login, context);
  }
}

const NODE =
  ', on a node of a cluster: lockstep does not change passwords there yet, because each node has users of its own';

const SESSION_COUNT_QUERY = 'SELECT usename, count(*) FROM pg_stat_activity GROUP BY 1 ORDER BY 2 DESC';

function checkAcceptedLogin(
  { key, role, target: { host, port } }: LoginEvidence,
  { standby, unproven, cluster }: Extract<LoginResult, { kind: 'ok' }>,
  { place, lockstepNamespace }: DiagnosisContext,
): CheckResult {
  const address = `${host}:${port}`;
  if (unproven === true)
    return warning(
      `${address} lets role ${role} in from here without a password (trust in pg_hba.conf), so that nothing is proven`,
      doctorInClusterCommand(place, lockstepNamespace),
    );
  if (standby)
    return warning(
      `${key} opens ${address} as ${role}, which is a standby: nothing can be written there`,
      `kubectl -n ${place.namespace} get endpointslices`,
    );
  return ok(`${key} opens ${address} as ${role}${cluster === true ? NODE : ''}`);
}
