import { fromSecret, identifier } from './commands.ts';
import { type Refusal, refusal } from './defer-to-other-manager.ts';
import { giveWritten, sql, subject } from './fix-commands.ts';
import type { LoginFacts, Surrounding } from './login-evidence.ts';

export function unknownRole(login: LoginFacts, around: Surrounding): Refusal | undefined {
  const { role, admin, verdict } = login;
  if (verdict.kind !== 'unknown-role' && admin?.role !== undefined) return undefined;
  if (verdict.kind !== 'unknown-role' && admin === undefined) return undefined;
  const near = admin?.near === undefined ? '' : `; there is one called ${admin.near}`;
  const create = `CREATE ROLE ${identifier(role)} LOGIN`;
  const message = `${subject(login)} is refused: the server has no such role${near}`;
  if (!around.isKept) return { message, fix: sql(login, around, create, `\\password ${identifier(role)}`) };
  const { text } = sql(login, around, create);
  return refusal(message, 'role-follows-secret', `${text} && ${fromSecret(around.place)}`);
}

export function noLogin(login: LoginFacts, around: Surrounding): Refusal | undefined {
  const { admin, verdict, role } = login;
  if (verdict.kind !== 'no-login' && admin?.role?.mayLogin !== false) return undefined;
  return {
    message: `${subject(login)} is refused: the role may not log in (NOLOGIN)`,
    fix: sql(login, around, `ALTER ROLE ${identifier(role)} LOGIN`),
  };
}

export function expired(login: LoginFacts, around: Surrounding): Refusal | undefined {
  const { admin, verdict, role } = login;
  const until = admin?.role?.validUntil;
  const isOver = until !== undefined && until <= around.now;
  if (verdict.kind !== 'expired' && !isOver) return undefined;
  const since = until === undefined ? '' : ` on ${until.toISOString()}`;
  return {
    message: `${subject(login)} is refused: the password of the role has expired${since} (VALID UNTIL)`,
    // Dollar quotes need no others around them, in whatever shell.
    fix: sql(login, around, `ALTER ROLE ${identifier(role)} VALID UNTIL $$infinity$$`),
  };
}

export function noPassword(login: LoginFacts, around: Surrounding): Refusal | undefined {
  if (login.verdict.kind !== 'no-password' && login.admin?.role?.hasPassword !== false) return undefined;
  return {
    message: `${subject(login)} is refused: the role has no password on the server (PASSWORD NULL)`,
    fix: giveWritten(login, around),
  };
}
