import type { ServerTarget } from '../../server/target.ts';

/** A Secret, as commands name it. */
export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** A new password in the Secret and in the server. */
export const rotateCommand = ({ namespace, name }: SecretRef): string =>
  `lockstep rotate ${namespace}/${name}`;

/** The server is given what the Secret says. */
export const fromSecret = (place: SecretRef): string => `${rotateCommand(place)} --from-secret`;

export const rollbackCommand = ({ namespace, name }: SecretRef, to: number): string =>
  `lockstep rollback ${namespace}/${name} --to ${to}`;

export const doctorWithAdminCommand = ({ namespace, name }: SecretRef): string =>
  `lockstep doctor ${namespace}/${name} --admin-secret NAME`;

/** The same question from a pod of the controller's in `home`: there names of Services are known, and pg_hba.conf sees what it sees of applications. */
export const doctorInClusterCommand = ({ namespace, name }: SecretRef, lockstepNamespace: string): string =>
  `kubectl -n ${lockstepNamespace} exec deployment/lockstep-controller -- /usr/local/bin/node /app/dist/lockstep.js doctor ${namespace}/${name}`;

/** What a policy mends by itself, mended in what is stored; values go from one program to the next. */
export const renderCommand = ({ namespace, name }: SecretRef): string =>
  `kubectl -n ${namespace} get secret ${name} -o yaml | lockstep render - | kubectl replace -f -`;

/** `workloads`: `Kind/name`. */
export const restartCommand = ({ namespace }: SecretRef, workloads: readonly string[]): string =>
  `kubectl -n ${namespace} rollout restart ${workloads.map(lowerKind).join(' ')}`;

const lowerKind = (workload: string): string => {
  const [kind = '', name = ''] = workload.split('/');
  return `${kind.toLowerCase()}/${name}`;
};

export const editCommand = ({ namespace, name }: SecretRef): string =>
  `kubectl -n ${namespace} edit secret ${name}`;

/** A key that is no secret gets another text. */
export const setKeyCommand = ({ namespace, name }: SecretRef, key: string, text: string): string =>
  `kubectl -n ${namespace} patch secret ${name} --type merge -p ${shellQuote(JSON.stringify({ stringData: { [key]: text } }))}`;

/** Typed to a server by whoever administers it, who is asked for a password by psql itself. */
export function psqlCommand(
  { host, port, database }: ServerTarget,
  admin: string,
  ...commands: readonly string[]
): string {
  const where = `-h ${shellQuote(host)} -p ${port} -U ${shellQuote(admin)} -d ${shellQuote(database)}`;
  return `psql ${where} ${commands.map((command) => `-c ${shellQuote(command)}`).join(' ')}`;
}

/** As psql and SQL take a name: in quotes, because a role may be called `user`. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** One word of a POSIX shell, whatever it holds. */
function shellQuote(text: string): string {
  return /^[-\w./:@%+=,]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
