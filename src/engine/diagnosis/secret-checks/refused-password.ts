import { variantDescription } from '../../login/result/password-variants.ts';
import { rollbackCommand } from '../../versions/change-commands.ts';
import { editCommand, psqlCommand, renderCommand, setKeyCommand } from './commands.ts';
import { type Fix, type LoginRefusal, loginRefusal } from './defer-to-other-manager.ts';
import {
  followSecret,
  loginSubject,
  newPasswordCommand,
  replaceFromSecretCommand,
  setFromSecretCommand,
} from './fix-commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';
import type { ManagedLogin } from './managed-login.ts';

export function hashShapedPassword(
  login: LoginEvidence,
  context: DiagnosisContext,
): LoginRefusal | undefined {
  if (!login.isHashShaped) return undefined;
  return {
    message: `${loginSubject(login)} is refused: what the Secret holds looks like the hash of a password, and PostgreSQL keeps such a text as one`,
    fix: newPasswordCommand(login, context),
  };
}

export function anotherServer(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { role, password, target, hostKey } = login;
  const working = context.logins.find(
    (other) => opensServer(other) && other.role === role && other.password.equals(password),
  );
  if (working === undefined) return undefined;
  const address = `${working.target.host}:${working.target.port}`;
  const name = `name ${address} in ${login.key}`;
  return loginRefusal(
    `${loginSubject(login)} is refused, while the same login opens ${address}: another server answers there, or a pooler with passwords of its own`,
    'secret',
    hostKey === undefined
      ? target.system === 'redis'
        ? name
        : `have the pooler read its passwords again (${psqlCommand({ ...target, database: 'pgbouncer' }, 'pgbouncer', 'RELOAD')}), or ${name}`
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
function variantFix(login: LoginEvidence, context: DiagnosisContext): Fix {
  const edit = inSecret(editCommand(context.place));
  if (login.matchedCredential?.kind === 'form' && login.matchedCredential.form === 'first-line') return edit;
  return login.managed === undefined
    ? replaceFromSecretCommand(login, context)
    : (followSecret(login, context) ?? edit);
}

const inSecret = (text: string): Fix => ({ changes: 'secret', text });

/** The login of a PostgresCredential: the sentences of its status. */
export function otherRole(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  return login.managed?.isOtherRole === true ? managedRefusal(login, login.managed, context) : undefined;
}

/** The same for each login whose server has a known password. */
export function knownPassword(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { managed } = login;
  return managed?.isServerKnown === true ? managedRefusal(login, managed, context) : undefined;
}

function managedRefusal(
  login: LoginEvidence,
  { explanation: { problem, ways }, isNewPassword, isOtherRole }: ManagedLogin,
  context: DiagnosisContext,
): LoginRefusal {
  const message = `${loginSubject(login)} is refused: ${problem}`;
  // The writer of a new password has decided already.
  const decided = isNewPassword ? ways.filter(({ changesSecret }) => !changesSecret) : [];
  const offered = decided.length > 0 ? decided : ways;
  const [only, other] = offered;
  if (only === undefined) {
    const follow = isOtherRole ? undefined : followSecret(login, context);
    return { message, fix: follow ?? inSecret(editCommand(context.place)) };
  }
  const text = offered.map(({ command, effect }) => `${command} ${effect}`).join('; ');
  return loginRefusal(
    message,
    offered.some(({ changesSecret }) => changesSecret) ? 'secret' : 'role-follows-secret',
    other === undefined ? only.command : text,
  );
}

/** Without a PostgresCredential, lockstep can change only the Secret. */
export function olderVersion(login: LoginEvidence, { place }: DiagnosisContext): LoginRefusal | undefined {
  if (login.matchedCredential?.kind !== 'version') return undefined;
  const { number } = login.matchedCredential;
  const again = login.versionAgain;
  const held = again === undefined ? 'a newer one' : `that of version ${again} again`;
  return loginRefusal(
    `${loginSubject(login)} is refused: the server has the password of version ${number}, and the Secret ${held}`,
    'secret',
    rollbackCommand(place, number),
  );
}

/** The URL has an old password, or a person wrote it by hand. */
export function passwordOfUrl(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.matchedCredential?.kind !== 'url') return undefined;
  const { key, number } = login.matchedCredential;
  const source = number === undefined ? `${key} holds` : `${key} held in version ${number}`;
  return {
    message: `${loginSubject(login)} is refused: the server has the password that ${source}`,
    fix:
      number === undefined ? inSecret(editCommand(context.place)) : replaceFromSecretCommand(login, context),
  };
}

/** Another key of the Secret has the password of the server. */
export function otherKey(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { role, target } = login;
  if (login.managed !== undefined) return undefined;
  const working = context.logins.find(
    (other) =>
      opensServer(other) &&
      other.role === role &&
      other.target.host === target.host &&
      other.target.port === target.port &&
      !other.password.equals(login.password),
  );
  if (working === undefined) return undefined;
  const { place, correctedKeys } = context;
  return loginRefusal(
    `${loginSubject(login)} is refused: the password of ${working.key} opens this server`,
    'secret',
    correctedKeys.includes(login.key) ? renderCommand(place) : editCommand(place),
  );
}

/** A login of the same role has the same fix as that of the PostgresCredential. */
export function sameRole(login: LoginEvidence, { logins }: DiagnosisContext): LoginRefusal | undefined {
  const specified = logins.find(({ managed }) => managed !== undefined);
  if (specified === undefined || specified === login || specified.role !== login.role) return undefined;
  return loginRefusal(
    `${loginSubject(login)} is refused, as the login of ${specified.key} is`,
    'nothing',
    '',
  );
}

export function anotherPassword(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  if (login.result.kind !== 'wrong-password' && login.admin?.role?.hasPassword !== true) return undefined;
  return {
    message: `${loginSubject(login)} is refused: ${login.managed?.explanation.problem ?? ANOTHER_PASSWORD}. ${LOCKS_OUT}`,
    fix: replaceFromSecretCommand(login, context),
  };
}

const ANOTHER_PASSWORD = 'the server has another password, none that the Secret is known to have held';
const LOCKS_OUT = 'The fix locks out each user who logs in with that password';

/** An administrator sees the role, but can't read pg_authid. All known passwords were tried. */
export function unreadablePassword(
  login: LoginEvidence,
  context: DiagnosisContext,
): LoginRefusal | undefined {
  const { admin } = login;
  if (admin?.role === undefined || admin.role.hasPassword !== undefined) return undefined;
  const { adminRole = 'the administrator' } = context;
  return {
    message: `${loginSubject(login)} is refused: ${login.managed?.explanation.problem ?? 'the server has another password, or none'}. ${adminRole} sees more after GRANT SELECT (rolname, rolpassword) ON pg_authid. ${LOCKS_OUT}`,
    fix: replaceFromSecretCommand(login, context),
  };
}
