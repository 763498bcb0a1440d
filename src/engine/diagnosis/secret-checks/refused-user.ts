import { editCommand, redisCommand } from './commands.ts';
import { type LoginRefusal, loginRefusal } from './defer-to-other-manager.ts';
import { loginSubject } from './fix-commands.ts';
import type { DiagnosisContext, LoginEvidence } from './login-evidence.ts';

/** A user of Redis that no password opens, as an administrator sees it, or a login without a password. */
export function refusedUser(login: LoginEvidence, context: DiagnosisContext): LoginRefusal | undefined {
  const { role, password, target, admin } = login;
  const subject = `${loginSubject(login)} is refused`;
  if (password.isEmpty)
    return loginRefusal(
      `${subject}: the server asks for a password (NOAUTH), and the URL has none`,
      'secret',
      editCommand(context.place),
    );
  if (admin === undefined) return undefined;
  if (admin.role === undefined)
    return loginRefusal(`${subject}: the server has no such user`, 'server', 'make it, or correct the name');
  const { mayLogin, hasPassword } = admin.role;
  if (!mayLogin)
    return loginRefusal(
      `${subject}: the user is off`,
      'server',
      redisCommand(target, context.adminRole, 'ACL', 'SETUSER', role, 'on'),
    );
  return hasPassword === false
    ? loginRefusal(
        `${subject}: the user has no password on the server`,
        'server',
        'set it there, by ACL SETUSER',
      )
    : undefined;
}
