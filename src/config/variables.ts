/**
 * Environment variables that belong to no option; options.ts has the variables of options. A variable that neither
 * file names does not compile.
 */
export const VARIABLES = {
  KUBERNETES_SERVICE_HOST: 'Set by Kubernetes: lockstep runs in a pod, and other defaults apply.',
  KUBERNETES_SERVICE_PORT: 'Set by Kubernetes: the port of the API server, for `lockstep serve` in a pod.',
  KUBECONFIG: 'As for kubectl: the files that name the cluster.',
  NO_COLOR: 'Not empty: the output has no colours.',
  FORCE_COLOR: 'Not empty: the output has colours, also in a file. With 0 it has none.',
  TERM: 'dumb: no colours, and no line that is written again.',
  PGDATA: 'The data directory that `lockstep init-db` looks at, if no option names a server.',
  PG_MAJOR: 'Set by the official image: the major version of the PostgreSQL server, for `lockstep init-db`.',
  POSTGRES_USER: 'As in the official image, for `lockstep init-db`.',
  POSTGRES_USER_FILE: 'As in the official image, for `lockstep init-db`.',
  POSTGRES_PASSWORD: 'As in the official image, for `lockstep init-db`.',
  POSTGRES_PASSWORD_FILE: 'As in the official image, for `lockstep init-db`.',
  POSTGRES_DB: 'As in the official image, for `lockstep init-db`.',
  POSTGRES_DB_FILE: 'As in the official image, for `lockstep init-db`.',
  POSTGRES_HOST_AUTH_METHOD: 'As in the official image: `lockstep init-db` warns of trust.',
} as const;

type Variable = keyof typeof VARIABLES | `LOCKSTEP_${string}`;

export type Environment = { readonly [name in Variable]?: string | undefined };
