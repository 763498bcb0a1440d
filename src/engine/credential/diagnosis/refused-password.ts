import { serverHas } from '../../login/password-variants.ts';
import { edit, type Place, psql, renderAgain, rollback, setKey } from './commands.ts';
import { type Fix, type Refusal, refusal } from './defer-to-other-manager.ts';
import { followSecret, giveWritten, newPassword, replaceByWritten, subject } from './fix-commands.ts';
import type { LoginFacts, Surrounding } from './login-evidence.ts';

export function hashShaped(login: LoginFacts, around: Surrounding): Refusal | undefined {
  if (!login.isHashShaped) return undefined;
  return {
    message: `${subject(login)} is refused: what the Secret holds looks like the hash of a password, and PostgreSQL keeps such a text as one`,
    fix: newPassword(around),
  };
}

export function anotherServer(login: LoginFacts, around: Surrounding): Refusal | undefined {
  const { role, password, target, hostKey } = login;
  const well = around.logins.find(
    (other) => isOpen(other) && other.role === role && other.password.equals(password),
  );
  if (well === undefined) return undefined;
  const there = `${well.target.host}:${well.target.port}`;
  return refusal(
    `${subject(login)} is refused, while the same login opens ${there}: another server answers there, or a pooler with passwords of its own`,
    'secret',
    hostKey === undefined
      ? `have the pooler read its passwords anew (${psql({ ...target, database: 'pgbouncer' }, 'pgbouncer', 'RELOAD')}), or name ${there} in ${login.key}`
      : setKey(around.place, hostKey, well.target.host),
  );
}

const isOpen = ({ verdict }: LoginFacts): boolean => verdict.kind === 'ok' && verdict.unproven !== true;

export function oldForm(login: LoginFacts, around: Surrounding): Refusal | undefined {
  if (login.fits?.kind !== 'itself') return undefined;
  if (login.admin?.role?.verifier === 'md5')
    return {
      message: `${subject(login)} is refused although the password is right: the server has it as an md5 hash, and pg_hba.conf asks for scram-sha-256`,
      fix: giveWritten(login, around),
    };
  return refusal(
    `${subject(login)} is refused although the password is right: what answers there is not the server that the administrator sees, but another one or a pooler`,
    'server',
    `have the pooler read its passwords anew: ${psql({ ...login.target, database: 'pgbouncer' }, 'pgbouncer', 'RELOAD')}`,
  );
}

export function mangled(login: LoginFacts, around: Surrounding): Refusal | undefined {
  if (login.fits?.kind !== 'form') return undefined;
  return {
    message: `${subject(login)} is refused: the server has the password ${serverHas(login.fits.form)}`,
    fix: login.isMended ? inSecret(renderAgain(around.place)) : cleared(login, around),
  };
}

/** No server is given a line break: in the Secret it was never meant. */
const cleared = (login: LoginFacts, around: Surrounding): Fix =>
  login.fits?.kind === 'form' && login.fits.form === 'first-line'
    ? inSecret(edit(around.place))
    : replaceByWritten(around);

const inSecret = (text: string): Fix => ({ changes: 'secret', text });

/** Who writes another password into the Secret wants the server to follow; a backup that was put back wants nothing. */
export function olderVersion(login: LoginFacts, around: Surrounding): Refusal | undefined {
  if (login.fits?.kind !== 'version') return undefined;
  const { number } = login.fits;
  const { place, isKept, isRestored } = around;
  const { version } = login;
  const has = `${subject(login)} is refused: the server has the password of version ${number}`;
  if (version !== undefined && number > version)
    return isRestored || !isKept
      ? serverIsRight(
          `${has}, and the Secret was put back to version ${version}; the server is right`,
          place,
          number,
        )
      : secretIsRight(
          `${has}, and somebody has put the Secret back to version ${version}; the Secret is right`,
          place,
        );
  return isKept
    ? secretIsRight(`${has}, and the Secret a newer one; the Secret is right`, place)
    : serverIsRight(`${has}; the newer one in the Secret was never given to it`, place, number);
}

const secretIsRight = (message: string, place: Place): Refusal => ({ message, fix: followSecret(place) });

const serverIsRight = (message: string, place: Place, version: number): Refusal =>
  refusal(message, 'secret', rollback(place, version));

/** A URL was left behind, or typed by hand. */
export function ofUrl(login: LoginFacts, around: Surrounding): Refusal | undefined {
  if (login.fits?.kind !== 'url') return undefined;
  const { key, number } = login.fits;
  const held = number === undefined ? `${key} holds` : `${key} held in version ${number}`;
  return {
    message: `${subject(login)} is refused: the server has the password that ${held}`,
    fix: around.isKept || number !== undefined ? replaceByWritten(around) : inSecret(edit(around.place)),
  };
}

export function anotherPassword(login: LoginFacts, around: Surrounding): Refusal | undefined {
  if (login.verdict.kind !== 'wrong-password' && login.admin?.role?.hasPassword !== true) return undefined;
  return {
    message: `${subject(login)} is refused: the server has another password, none that the Secret is known to have held; ${LOCKS_OUT}`,
    fix: replaceByWritten(around),
  };
}

const LOCKS_OUT = 'whoever logs in with it is locked out by this';

/** An administrator sees the role, and may not read pg_authid. All that is known was tried. */
export function unseenPassword(login: LoginFacts, around: Surrounding): Refusal | undefined {
  const { admin } = login;
  if (admin?.role === undefined || admin.role.hasPassword !== undefined) return undefined;
  const { adminRole = 'the administrator' } = around;
  return {
    message: `${subject(login)} is refused: the server has another password, or none. ${adminRole} sees which after GRANT SELECT (rolname, rolpassword) ON pg_authid; ${LOCKS_OUT}`,
    fix: replaceByWritten(around),
  };
}
