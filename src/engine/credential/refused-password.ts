import { type Diagnosis, fault } from '../doctor/diagnosis.ts';
import type { LoginFacts, Surrounding } from './login-facts.ts';
import { asWritten, edit, psql, renderAgain, rollback, setKey } from './mend-commands.ts';
import { serverHas } from './password-forms.ts';
import { giveWritten, newPassword, replaceByWritten, subject } from './refusal-help.ts';

export function hashShaped(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (!login.isHashShaped) return undefined;
  return fault(
    `${subject(login)} is refused: what the Secret holds looks like the hash of a password, and PostgreSQL keeps such a text as one`,
    newPassword(around),
  );
}

export function anotherServer(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
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

export function oldForm(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.fits?.kind !== 'itself') return undefined;
  if (login.admin?.role?.verifier === 'md5')
    return fault(
      `${subject(login)} is refused although the password is right: the server has it as an md5 hash, and pg_hba.conf asks for scram-sha-256`,
      giveWritten(login, around),
    );
  return fault(
    `${subject(login)} is refused although the password is right: what answers there is not the server that the administrator sees, but another one or a pooler`,
    `have the pooler read its passwords anew: ${psql({ ...login.target, database: 'pgbouncer' }, 'pgbouncer', 'RELOAD')}`,
  );
}

export function mangled(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.fits?.kind !== 'form') return undefined;
  return fault(
    `${subject(login)} is refused: the server has the password ${serverHas(login.fits.form)}`,
    login.isMended ? renderAgain(around.place) : cleared(login, around),
  );
}

/** No server is given a line break: in the Secret it was never meant. */
const cleared = (login: LoginFacts, around: Surrounding): string =>
  login.fits?.kind === 'form' && login.fits.form === 'first-line'
    ? edit(around.place)
    : replaceByWritten(around);

/** Who writes another password into the Secret wants the server to follow; a backup that was put back wants nothing. */
export function olderVersion(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.fits?.kind !== 'version') return undefined;
  const { number } = login.fits;
  const { place, isKept, isRestored } = around;
  const { version } = login;
  const has = `${subject(login)} is refused: the server has the password of version ${number}`;
  if (version !== undefined && number > version)
    return isRestored || !isKept
      ? fault(
          `${has}, and the Secret was put back to version ${version}; the server is right`,
          rollback(place, number),
        )
      : fault(
          `${has}, and somebody has put the Secret back to version ${version}; the Secret is right`,
          asWritten(place),
        );
  return isKept
    ? fault(`${has}, and the Secret a newer one; the Secret is right`, asWritten(place))
    : fault(`${has}; the newer one in the Secret was never given to it`, rollback(place, number));
}

/** A URL was left behind, or typed by hand. */
export function ofUrl(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.fits?.kind !== 'url') return undefined;
  const { key, number } = login.fits;
  const held = number === undefined ? `${key} holds` : `${key} held in version ${number}`;
  return fault(
    `${subject(login)} is refused: the server has the password that ${held}`,
    around.isKept || number !== undefined ? replaceByWritten(around) : edit(around.place),
  );
}

export function anotherPassword(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  if (login.verdict.kind !== 'wrong-password' && login.admin?.role?.hasPassword !== true) return undefined;
  return fault(
    `${subject(login)} is refused: the server has another password, none that the Secret is known to have held; ${LOCKS_OUT}`,
    replaceByWritten(around),
  );
}

const LOCKS_OUT = 'whoever logs in with it is locked out by this';

/** An administrator sees the role, and may not read pg_authid. All that is known was tried. */
export function unseenPassword(login: LoginFacts, around: Surrounding): Diagnosis | undefined {
  const { admin } = login;
  if (admin?.role === undefined || admin.role.hasPassword !== undefined) return undefined;
  const { adminRole = 'the administrator' } = around;
  return fault(
    `${subject(login)} is refused: the server has another password, or none. ${adminRole} sees which after GRANT SELECT (rolname, rolpassword) ON pg_authid; ${LOCKS_OUT}`,
    replaceByWritten(around),
  );
}
