import type { ServerCredential } from '../../engine/credential/spec/compile.ts';
import type { LoginServer } from '../credential/login-server.ts';
import type { ReconcileInput } from '../credential/reconcile-input.ts';
import { type PostgresDeps, postgresServer } from '../postgres/postgres-server.ts';

/** The reach of all kinds of servers. */
export type ServerDeps = PostgresDeps;

/** The server of that login. */
export const loginServerOf = (_: ServerCredential, deps: ServerDeps): LoginServer<ReconcileInput> =>
  postgresServer(deps);
