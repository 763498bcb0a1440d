import { adminCredentialIn } from '../in-secret/admin-in-secret.ts';
import { loginInSecret } from '../in-secret/login-in-secret.ts';
import { loginMessage } from '../result/login-messages.ts';
import { administratorTarget } from '../server/accepted-auth.ts';
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
