import { type Diagnosis, fault } from '../doctor/diagnosis.ts';
import type { LoginFacts, Surrounding } from './login-facts.ts';
import {
  askWith,
  asWritten,
  identifier,
  psql,
  renderAgain,
  rollback,
  rotate,
  setKey,
} from './mend-commands.ts';
import { serverHas } from './password-forms.ts';

type Cause = (login: LoginFacts, around: Surrounding) => Diagnosis | undefined;

/**
 * What a client sees as one answer, 28P01 (and NOLOGIN, which is the next that it would see). In this order, because what comes first holds whatever the password is:
 * a role that is not there has none.
 */
const CAUSES: readonly Cause[] = [
  unknownRole,
  noLogin,
  expired,
  noPassword,
  // Nobody can log in with such a text, whoever has stored it.
  hashShaped,
  // The same login opens the server elsewhere.
  anotherServer,
  // The server has the very password, and takes no login by it.
  oldForm,
  mangled,
  olderVersion,
  // All that could be known is, and it was none of these.
  anotherPassword,
];

/** Why the server refuses a login, and the one command that mends it. */
export function refusedLogin(login: LoginFacts, around: Surrounding): Diagnosis {
  for (const cause of CAUSES) {
    const diagnosis = cause(login, around);
    if (diagnosis !== undefined) return diagnosis;
  }
  const { place, adminFault = 'no login of an administrator is known' } = around;
  return fault(
    `${subject(login)} is refused (28P01): wrong password, no such role, or one that has expired or has no password; which of them only an administrator sees: ${adminFault}`,
    askWith(place),
  );
}

const subject = ({ key, role, target: { host, port } }: LoginFacts): string =>
  `the login of ${key}, role ${role} on ${host}:${port},`;

function unknownRole(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  const { role, admin, verdict } = login;
  if (verdict.kind !== 'unknown-role' && admin?.role !== undefined) return undefined;
  if (verdict.kind !== 'unknown-role' && admin === undefined) return undefined;
  const near = admin?.near === undefined ? '' : `; there is one called ${admin.near}`;
  const create = `CREATE ROLE ${identifier(role)} LOGIN`;
  return fault(
    `${subject(login)} is refused: the server has no such role${near}`,
    around.isKept
      ? `${sql(login, around, create)} && ${asWritten(around.place)}`
      : sql(login, around, create, `\\password ${identifier(role)}`),
  );
}

function noLogin(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  const { admin, verdict, role } = login;
  if (verdict.kind !== 'no-login' && admin?.role?.mayLogin !== false) return undefined;
  return fault(
    `${subject(login)} is refused: the role may not log in (NOLOGIN)`,
    sql(login, around, `ALTER ROLE ${identifier(role)} LOGIN`),
  );
}

function expired(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  const { admin, verdict, role } = login;
  const until = admin?.role?.validUntil;
  const isOver = until !== undefined && until <= around.now;
  if (verdict.kind !== 'expired' && !isOver) return undefined;
  const since = until === undefined ? '' : ` on ${until.toISOString()}`;
  return fault(
    `${subject(login)} is refused: the password of the role has expired${since} (VALID UNTIL)`,
    // Dollar quotes need no others around them, in whatever shell.
    sql(login, around, `ALTER ROLE ${identifier(role)} VALID UNTIL $$infinity$$`),
  );
}

function noPassword(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.verdict.kind !== 'no-password' && login.admin?.role?.hasPassword !== false) return undefined;
  return fault(
    `${subject(login)} is refused: the role has no password on the server (PASSWORD NULL)`,
    giveWritten(login, around),
  );
}

function hashShaped(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (!login.isHashShaped) return undefined;
  return fault(
    `${subject(login)} is refused: what the Secret holds looks like the hash of a password, and PostgreSQL stores such a text as if it were one, so that nobody can log in with it`,
    newPassword(login, around),
  );
}

function anotherServer(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  const { role, password, target, hostKey } = login;
  const well = around.logins.find(
    (other) => isOpen(other) && other.role === role && other.password.equals(password),
  );
  if (well === undefined) return undefined;
  const there = `${well.target.host}:${well.target.port}`;
  return fault(
    `${subject(login)} is refused, while the same login opens ${there}: another server answers there, or a pooler with passwords of its own`,
    hostKey === undefined
      ? `have the pooler read its passwords anew (${psql({ ...target, database: 'pgbouncer' }, 'pgbouncer', 'RELOAD')}), or name ${there} in ${login.key}`
      : setKey(around.place, hostKey, well.target.host),
  );
}

const isOpen = ({ verdict }: LoginFacts): boolean => verdict.kind === 'ok' && verdict.unproven !== true;

function oldForm(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.fits?.kind !== 'itself') return undefined;
  if (login.admin?.role?.verifier === 'md5')
    return fault(
      `${subject(login)} is refused although the password is right: the server has it as an md5 hash, and pg_hba.conf asks for scram-sha-256`,
      giveWritten(login, around),
    );
  return fault(
    `${subject(login)} is refused although the password is right: what answers there is not the server that the administrator sees, but another one, or a pooler with passwords of its own`,
    `have the pooler read its passwords anew: ${psql({ ...login.target, database: 'pgbouncer' }, 'pgbouncer', 'RELOAD')}`,
  );
}

function mangled(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.fits?.kind !== 'form') return undefined;
  return fault(
    `${subject(login)} is refused: the server has the password ${serverHas(login.fits.form)}`,
    login.isMended ? renderAgain(around.place) : newPassword(login, around),
  );
}

/** The newer of the two is right: an older one is in the Secret only where somebody has put it back. */
function olderVersion(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.fits?.kind !== 'version') return undefined;
  const { number } = login.fits;
  const { place, isKept } = around;
  const { version } = login;
  if (version !== undefined && number > version)
    return fault(
      `${subject(login)} is refused: the server has the password of version ${number}, and the Secret went back to that of version ${version}; the server is right, as the newer one`,
      rollback(place, number),
    );
  const still = `${subject(login)} is refused: the server still has the password of version ${number}`;
  return isKept
    ? fault(`${still}, and the Secret a newer one; the Secret is right`, asWritten(place))
    : fault(`${still}; the newer one in the Secret was never given to it`, rollback(place, number));
}

function anotherPassword(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.verdict.kind !== 'wrong-password' && login.admin?.role?.hasPassword !== true) return undefined;
  return fault(
    `${subject(login)} is refused: the server has another password, which is none that the Secret is known to have held: somebody has changed it there`,
    giveWritten(login, around),
  );
}

/** To the server, what the Secret says. */
const giveWritten = (login: LoginFacts, around: Surrounding): string =>
  around.isKept ? asWritten(around.place) : sql(login, around, `\\password ${identifier(login.role)}`);

const newPassword = (_: LoginFacts, { place, isKept }: Surrounding): string =>
  isKept ? rotate(place) : `make a PostgresCredential for it (docs/postgres.md), then ${rotate(place)}`;

const sql = ({ target }: LoginFacts, { adminRole = 'postgres' }: Surrounding, ...text: readonly string[]) =>
  psql(target, adminRole, ...text);
