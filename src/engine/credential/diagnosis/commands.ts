import type { ServerTarget } from '../../server/target.ts';

/** A Secret, as commands name it. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** A new password in the Secret and in the server. */
export const rotate = ({ namespace, name }: Place): string => `lockstep rotate ${namespace}/${name}`;

/** The server is given what the Secret says. */
export const fromSecret = (place: Place): string => `${rotate(place)} --from-secret`;

export const rollback = ({ namespace, name }: Place, to: number): string =>
  `lockstep rollback ${namespace}/${name} --to ${to}`;

export const askWith = ({ namespace, name }: Place): string =>
  `lockstep doctor ${namespace}/${name} --admin-secret NAME`;

/** The same question from a pod of the controller's in `home`: there names of Services are known, and pg_hba.conf sees what it sees of applications. */
export const askInside = ({ namespace, name }: Place, home: string): string =>
  `kubectl -n ${home} exec deployment/lockstep-controller -- /usr/local/bin/node /app/dist/lockstep.js doctor ${namespace}/${name}`;

/** What a policy mends by itself, mended in what is stored; values go from one program to the next. */
export const renderAgain = ({ namespace, name }: Place): string =>
  `kubectl -n ${namespace} get secret ${name} -o yaml | lockstep render - | kubectl replace -f -`;

/** `workloads`: `Kind/name`. */
export const restart = ({ namespace }: Place, workloads: readonly string[]): string =>
  `kubectl -n ${namespace} rollout restart ${workloads.map(lowerKind).join(' ')}`;

const lowerKind = (workload: string): string => {
  const [kind = '', name = ''] = workload.split('/');
  return `${kind.toLowerCase()}/${name}`;
};

export const edit = ({ namespace, name }: Place): string => `kubectl -n ${namespace} edit secret ${name}`;

/** A key that is no secret gets another text. */
export const setKey = ({ namespace, name }: Place, key: string, text: string): string =>
  `kubectl -n ${namespace} patch secret ${name} --type merge -p ${shell(JSON.stringify({ stringData: { [key]: text } }))}`;

/** Typed to a server by whoever administers it, who is asked for a password by psql itself. */
export function psql(
  { host, port, database }: ServerTarget,
  admin: string,
  ...commands: readonly string[]
): string {
  const where = `-h ${shell(host)} -p ${port} -U ${shell(admin)} -d ${shell(database)}`;
  return `psql ${where} ${commands.map((command) => `-c ${shell(command)}`).join(' ')}`;
}

/** As psql and SQL take a name: in quotes, because a role may be called `user`. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** One word of a POSIX shell, whatever it holds. */
function shell(text: string): string {
  return /^[-\w./:@%+=,]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
