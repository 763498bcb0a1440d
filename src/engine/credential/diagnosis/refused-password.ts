import { variantDescription } from '../../login/password-variants.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { editCommand, psqlCommand, renderCommand, rollbackCommand, setKeyCommand } from './commands.ts';
import { type Fix, type LoginRefusal, loginRefusal } from './defer-to-other-manager.ts';
import {
  followSecret,
  loginSubject,
  newPasswordCommand,
  replaceFromSecretCommand,
  setFromSecretCommand,
} from './fix-commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';

export function hashShapedPassword(
  login: LoginEvidence,
  context: DiagnosisContext,
): LoginRefusal | undefined {
  if (!login.isHashShaped) return undefined;
  return {
    message: `${loginSubject(login)} is refused: what the Secret holds looks like the hash of a password, and PostgreSQL keeps such a text as one`,
    fix: newPasswordCommand(context),
  };
}

export function anotherServer(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { role, password, target, hostKey } = login;
  const working = context.logins.find(
    (other) => opensServer(other) && other.role === role && other.password.equals(password),
  );
  if (working === undefined) return undefined;
  const address = `${working.target.host}:${working.target.port}`;
  return loginRefusal(
    `${loginSubject(login)} is refused, while the same login opens ${address}: another server answers there, or a pooler with passwords of its own`,
    'secret',
    hostKey === undefined
      ? `have the pooler read its passwords again (${psqlCommand({ ...target, database: 'pgbouncer' }, 'pgbouncer', 'RELOAD')}), or name ${address} in ${login.key}`
      : setKeyCommand(context.place, hostKey, working.target.host),
  );
}

const opensServer = ({ result }: LoginEvidence): boolean => result.kind === 'ok' && result.unproven !== true;

export function outdatedVerifier(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.matchedCredential?.kind !== 'itself') return undefined;
  if (login.admin?.role?.verifier === 'md5')
    return {
      message: `${loginSubject(login)} is refused although the password is right: the server has it as an md5 hash, and pg_hba.conf asks for scram-sha-256`,
      fix: setFromSecretCommand(login, context),
    };
  return loginRefusal(
    `${loginSubject(login)} is refused although the password is right: what answers there is not the server that the administrator sees, but another one or a pooler`,
    'server',
    `have the pooler read its passwords again: ${psqlCommand({ ...login.target, database: 'pgbouncer' }, 'pgbouncer', 'RELOAD')}`,
  );
}

export function storedVariant(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.matchedCredential?.kind !== 'form') return undefined;
  return {
    message: `${loginSubject(login)} is refused: the server has the password ${variantDescription(login.matchedCredential.form)}`,
    fix: login.isNormalisable ? inSecret(renderCommand(context.place)) : variantFix(login, context),
  };
}

/** A line break is never part of a password in a server, so it is an accident in the Secret. */
const variantFix = (login: LoginEvidence, context: DiagnosisContext): Fix =>
  login.matchedCredential?.kind === 'form' && login.matchedCredential.form === 'first-line'
    ? inSecret(editCommand(context.place))
    : replaceFromSecretCommand(context);

const inSecret = (text: string): Fix => ({ changes: 'secret', text });

/**
 * A user who writes another password into the Secret wants the server to follow. A restored backup is no such decision.
 */
export function olderVersion(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.matchedCredential?.kind !== 'version') return undefined;
  const { number } = login.matchedCredential;
  const { place, isManaged, isRestored } = context;
  const { version } = login;
  const has = `${loginSubject(login)} is refused: the server has the password of version ${number}`;
  if (version !== undefined && number > version)
    return isRestored || !isManaged
      ? serverIsRight(
          `${has}, and the Secret was restored to version ${version}; the server is right`,
          place,
          number,
        )
      : secretIsRight(
          `${has}, and somebody has put the Secret back to version ${version}; the Secret is right`,
          place,
        );
  return isManaged
    ? secretIsRight(`${has}, and the Secret a newer one; the Secret is right`, place)
    : serverIsRight(`${has}; the newer one in the Secret was never given to it`, place, number);
}

const secretIsRight = (message: string, place: SecretRef): LoginRefusal => ({
  message,
  fix: followSecret(place),
});

const serverIsRight = (message: string, place: SecretRef, version: number): LoginRefusal =>
  loginRefusal(message, 'secret', rollbackCommand(place, version));

/** The URL has an old password, or a person wrote it by hand. */
export function passwordOfUrl(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.matchedCredential?.kind !== 'url') return undefined;
  const { key, number } = login.matchedCredential;
  const source = number === undefined ? `${key} holds` : `${key} held in version ${number}`;
  return {
    message: `${loginSubject(login)} is refused: the server has the password that ${source}`,
    fix:
      context.isManaged || number !== undefined
        ? replaceFromSecretCommand(context)
        : inSecret(editCommand(context.place)),
  };
}

export function anotherPassword(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.result.kind !== 'wrong-password' && login.admin?.role?.hasPassword !== true) return undefined;
  return {
    message: `${loginSubject(login)} is refused: the server has another password, none that the Secret is known to have held, and ${LOCKS_OUT}`,
    fix: replaceFromSecretCommand(context),
  };
}

const LOCKS_OUT = 'a user who logs in with it is locked out by this';

/** An administrator sees the role, but can't read pg_authid. All known passwords were tried. */
export function unreadablePassword(
  login: LoginEvidence,
  context: DiagnosisContext,
): LoginRefusal | undefined {
  const { admin } = login;
  if (admin?.role === undefined || admin.role.hasPassword !== undefined) return undefined;
  const { adminRole = 'the administrator' } = context;
  return {
    message: `${loginSubject(login)} is refused: the server has another password, or none. ${adminRole} sees which after GRANT SELECT (rolname, rolpassword) ON pg_authid; ${LOCKS_OUT}`,
    fix: replaceFromSecretCommand(context),
  };
}
