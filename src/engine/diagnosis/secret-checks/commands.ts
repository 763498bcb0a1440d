import type { CredentialKind } from '../../login/credential-schema/compile.ts';
import type { ServerTarget } from '../../login/server/target.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';

export const doctorWithAdminCommand = ({ namespace, name }: SecretRef): string =>
  `lockstep doctor ${namespace}/${name} --admin-secret NAME`;

/**
 * The same check from a pod of the controller. Names of Services resolve there, and pg_hba.conf sees the address that
 * it sees for applications.
 */
export const doctorInClusterCommand = ({ namespace, name }: SecretRef, lockstepNamespace: string): string =>
  `kubectl -n ${lockstepNamespace} exec deployment/lockstep-controller -- /usr/local/bin/node /app/dist/lockstep.js doctor ${namespace}/${name}`;

/**
 * Applies the automatic corrections of the policies of the cluster to the stored Secret. The values only pass through a
 * pipe.
 */
export const renderCommand = ({ namespace, name }: SecretRef): string =>
  `kubectl -n ${namespace} get secret ${name} -o yaml | ${RENDER} | kubectl replace -f -`;

/** Without a context, it would know the built-in policies alone. */
const RENDER = 'lockstep render --context "$(kubectl config current-context)" -';

export const editCommand = ({ namespace, name }: SecretRef): string =>
  `kubectl -n ${namespace} edit secret ${name}`;

/** Sets the text of a key that is not sensitive. */
export const setKeyCommand = ({ namespace, name }: SecretRef, key: string, text: string): string =>
  `kubectl -n ${namespace} patch secret ${name} --type merge -p ${shellQuote(JSON.stringify({ stringData: { [key]: text } }))}`;

/** Changes the spec of a credential. */
export const allowCommand = (
  { namespace }: SecretRef,
  kind: CredentialKind,
  credential: string,
  spec: object,
): string =>
  `kubectl -n ${namespace} patch ${kind.toLowerCase()} ${credential} --type merge -p ${shellQuote(JSON.stringify({ spec }))}`;

/** A command for the administrator of a server. psql itself asks for the password. */
export function psqlCommand(
  { host, port, database }: ServerTarget,
  admin: string,
  ...commands: readonly string[]
): string {
  const where = `-h ${shellQuote(host)} -p ${port} -U ${shellQuote(admin)} -d ${shellQuote(database)}`;
  return `psql ${where} ${commands.map((command) => `-c ${shellQuote(command)}`).join(' ')}`;
}

/** The same for Redis. redis-cli itself asks for the password. */
export function redisCommand(
  { host, port, tls }: ServerTarget,
  admin = 'default',
  ...words: readonly string[]
): string {
  const where = `-h ${shellQuote(host)} -p ${port}${tls.mode === 'disable' ? '' : ' --tls'}`;
  return `redis-cli ${where} --user ${shellQuote(admin)} --askpass ${words.map(shellQuote).join(' ')}`;
}

/** The quoted form for psql and SQL, because a role may be called `user`. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** One word for a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[-\w./:@%+=,]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
