import { type Diagnosis, fault, ok, unknown, warning } from '../doctor/diagnosis.ts';
import type { LoginFacts, Surrounding } from './login-facts.ts';
import { isClusterName } from './login-targets.ts';
import { askInside, identifier, psql } from './mend-commands.ts';
import { refusedLogin } from './refused-login.ts';
import { isUnproven, type LoginVerdict } from './verdict.ts';

/** What became of a login, and what to do about it. */
export function triedLogin(login: LoginFacts, around: Surrounding): Diagnosis {
  const { key, role, verdict, target } = login;
  const { host, port, database, tls } = target;
  const at = `${host}:${port}`;
  const known = isUnproven(verdict) ? 'is refused:' : 'has the right password, but';
  const subject = `the login of ${key}, role ${role} on ${at},`;
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
    case 'pg-hba':
      return unknown(`${subject} was not let in from here by pg_hba.conf`, inside);
    case 'tls':
      return tls.mode.startsWith('verify-') && tls.ca === undefined
        ? unknown(
            `${subject} could not be tried: the CA for ${tls.mode} is not known here`,
            'name its Secret in spec.server.tls.caSecretName of a PostgresCredential',
          )
        : fault(
            `${subject} gets no TLS connection as ${tls.mode} asks for it`,
            `openssl s_client -starttls postgres -connect ${at}`,
          );
    case 'dns':
      return unknown(
        `the name ${host} is not known here`,
        isClusterName(host) ? inside : `find out who knows it: nslookup ${host}`,
      );
    case 'refused':
    case 'timeout':
    case 'cut':
      return unknown(`${at} ${UNANSWERED[verdict.kind]}`, inside);
    case 'too-many-connections':
      return fault(
        `${subject} finds no connection left on the server`,
        psql(target, adminRole, 'SELECT usename, count(*) FROM pg_stat_activity GROUP BY 1 ORDER BY 2 DESC'),
      );
    case 'starting-up':
      return unknown(`the server ${at} is starting or stopping`, 'ask again');
    case 'not-postgres':
      return fault(
        `what answers on ${at} is no PostgreSQL`,
        `kubectl -n ${place.namespace} get services,endpointslices`,
      );
    case 'other-method':
      return unknown(
        `${subject} could not be tried: the server asks for the password in a way that is not answered from here`,
        'see the line of pg_hba.conf that it falls under',
      );
    case 'other':
      return unknown(
        `${subject} failed for a reason that only the log of the server tells`,
        'read the log of the server',
      );
    case 'password-refused':
    case 'wrong-password':
    case 'unknown-role':
    case 'expired':
    case 'no-password':
    case 'no-login':
      return refusedLogin(login, around);
  }
}

const UNANSWERED = {
  refused: 'does not answer: nothing listens there, or no pod is ready',
  timeout: 'does not answer in time',
  cut: 'ends the connection at once',
} as const;

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
