import { administratorTarget } from '../login/accepted-auth.ts';
import { adminCredentialIn } from '../login/admin-in-secret.ts';
import { loginInSecret } from '../login/login-in-secret.ts';
import { loginMessage } from '../login/login-messages.ts';
import type { ServerKind } from './server-kind.ts';

export const POSTGRES: ServerKind = {
  object: 'PostgresCredential',
  account: 'role',
  allowed: 'allowedRoles',
  message: loginMessage,
  loginIn: loginInSecret,
  administratorIn: adminCredentialIn,
  administratorTarget: (target, { server }) => {
    const { tls } = target;
    const isWithoutTls = server.tls === undefined && tls.mode === 'disable';
    return administratorTarget(isWithoutTls ? { ...target, tls: { ...tls, mode: 'prefer' } } : target);
  },
};
