import { everFires, isCronSchedule, isTimeZone } from '../../policy/schema/cron.ts';
import type { Problem } from '../../policy/schema/problem.ts';
import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import { copiesOf, type LoginCopy, type StatedSpec } from './stated-spec.ts';

const problemAt = (message: string, ...fields: readonly string[]): Problem => ({
  path: ['spec', ...fields],
  message,
});

/**
 * The rules that a schema can't express. The API server checks those that CEL can express: scripts/crd/cel-rules.ts.
 */
export function inconsistencies(spec: StatedSpec, namespace: string): readonly Problem[] {
  return [
    ...clashingNames(spec),
    ...impossibleServer(spec),
    ...riskyAdministrator(spec),
    ...impossibleRotation(spec),
    ...impossibleCopies(copiesOf(spec, namespace), spec, namespace),
  ];
}

function impossibleCopies(
  copies: readonly LoginCopy[],
  { secretName }: StatedSpec,
  ownNamespace: string,
): Problem[] {
  const problems: Problem[] = [];
  const known = new Set<string>();
  copies.forEach(({ namespace, name, keys }, index) => {
    const id = `${namespace}/${name}`;
    const path = (message: string) => problems.push(problemAt(message, 'copies', String(index)));
    if (namespace === ownNamespace && name === secretName) path('is the Secret itself: remove it');
    if (known.has(id)) path('is there twice: remove one of the two');
    if (keys.user === keys.password) path('user and password are two keys: name each its own');
    known.add(id);
  });
  return problems;
}

function clashingNames({
  secretName,
  adminSecretName,
  allowedRoles,
  keys,
  rotation: { strategy },
}: StatedSpec): Problem[] {
  const problems: Problem[] = [];
  const { account, allowed, named, clash } = WORDS[keys.system ?? 'postgres'];
  if (new Set([keys.password, ...named.map((field) => keys[field])]).size <= named.length)
    problems.push(problemAt(clash, 'keys'));
  for (const field of named)
    if (isSensitiveKey(keys[field]))
      problems.push(
        problemAt(
          `sounds like a secret, and holds the name of a ${field === 'user' ? account : field}: name that key`,
          'keys',
          field,
        ),
      );
  if (adminSecretName === secretName)
    problems.push(
      problemAt(
        `is the Secret itself: leave it out, and the ${account} changes its own password`,
        'adminSecretName',
      ),
    );
  if (allowedRoles !== undefined && adminSecretName === undefined)
    problems.push(
      problemAt(`needs adminSecretName: without an administrator a ${account} changes itself alone`, allowed),
    );
  if (strategy === 'AlternatingUsers' && adminSecretName === undefined)
    problems.push(
      problemAt(
        'AlternatingUsers needs adminSecretName: only an administrator makes a role',
        'rotation',
        'strategy',
      ),
    );
  return problems;
}

/** The words of each kind of server, and the keys that hold a name. */
const WORDS = {
  postgres: {
    account: 'role',
    allowed: 'allowedRoles',
    named: ['user', 'database'],
    clash: 'user, password and database are three keys: name each its own',
  },
  redis: {
    account: 'user',
    allowed: 'allowedUsers',
    named: ['user'],
    clash: 'user and password are two keys: name each its own',
  },
} as const;

function impossibleServer({ server: { host, port, tls } = {} }: StatedSpec): Problem[] {
  const problems: Problem[] = [];
  if (port !== undefined && host === undefined) problems.push(problemAt('needs host', 'server', 'port'));
  if (tls?.caSecretName !== undefined && !tls.mode.startsWith('verify-'))
    problems.push(problemAt('needs mode: verify-ca or verify-full', 'server', 'tls', 'caSecretName'));
  if (tls?.mode === 'verify-ca' && tls.caSecretName === undefined)
    problems.push(
      problemAt(
        'verify-ca needs caSecretName, or any public CA could issue the certificate; verify-full does not need it',
        'server',
        'tls',
        'mode',
      ),
    );
  return problems;
}

/**
 * A user who may write the Secret must not choose the server that gets the administrator's login. No server gets that
 * password in clear.
 */
function riskyAdministrator({ adminSecretName, server = {} }: StatedSpec): Problem[] {
  if (adminSecretName === undefined) return [];
  const problems: Problem[] = [];
  if (server.host === undefined)
    problems.push(
      problemAt('needs server.host: this login is never sent where the Secret says', 'adminSecretName'),
    );
  if (server.auth?.every((method) => method === 'password'))
    problems.push(
      problemAt("an administrator's password is never sent in clear: add scram-sha-256", 'server', 'auth'),
    );
  return problems;
}

function impossibleRotation({ rotation }: StatedSpec): Problem[] {
  const { schedule, timeZone } = rotation;
  const problems: Problem[] = [];
  if (schedule === undefined) {
    for (const field of ['timeZone', 'window'] as const)
      if (rotation[field] !== undefined) problems.push(problemAt('needs schedule', 'rotation', field));
  } else if (!isCronSchedule(schedule)) {
    const message = 'is not a cron schedule of five fields that can be read: write e.g. "0 3 1 * *"';
    problems.push(problemAt(message, 'rotation', 'schedule'));
  } else if (!everFires(schedule)) {
    problems.push(problemAt('never comes: no month that it names has such a day', 'rotation', 'schedule'));
  }
  if (timeZone !== undefined && !isTimeZone(timeZone))
    problems.push(
      problemAt('is no time zone that is known: write e.g. Europe/Berlin', 'rotation', 'timeZone'),
    );
  return problems;
}
