import { outOfBounds } from '../../policy/schema/bounds.ts';
import { type CronSchedule, everFires, isCronSchedule, isTimeZone } from '../../policy/schema/cron.ts';
import { milliseconds } from '../../policy/schema/duration.ts';
import type { Problem } from '../../policy/schema/problem.ts';
import { schemaProblems } from '../../policy/schema/schema-problems.ts';
import type { SecretRef } from '../../secret/secret-ref.ts';
import { isSensitiveKey } from '../../secret/sensitive-keys.ts';
import {
  type PostgresCredentialDocument,
  type PostgresCredentialSpec,
  postgresCredentialSchema,
} from './schema.ts';

/** The way to change a password: the one role gets another, or the other role of a pair is used. */
export type Strategy = 'SingleUser' | 'AlternatingUsers';

/**
 * A valid object that states that a Secret is a login on a server, whatever kind of server that is. Durations are in
 * milliseconds.
 */
export interface ServerCredential {
  readonly namespace: string;
  readonly name: string;
  /** Empty in a manifest that was not applied yet. */
  readonly uid: string;
  /** Increases with each change of the spec. */
  readonly generation: number;
  /** The year 1970 in a manifest. */
  readonly created: Date;
  readonly spec: CredentialSpec;
}

export type PostgresCredential = ServerCredential;

export interface CredentialSpec
  extends Omit<
    PostgresCredentialSpec,
    'keys' | 'rotation' | 'consumers' | 'server' | 'adminSecretName' | 'allowedRoles' | 'copies'
  > {
  readonly keys: LoginKeys & { readonly database: string };
  readonly server: NonNullable<PostgresCredentialSpec['server']>;
  readonly adminSecretName: string | undefined;
  /** Undefined means the roles with a proven login. */
  readonly allowedRoles: readonly string[] | undefined;
  readonly strategy: Strategy;
  /** Undefined means on request only. */
  readonly schedule: RotationSchedule | undefined;
  readonly consumers: { readonly restart: boolean; readonly timeout: number };
  readonly copies: readonly LoginCopy[];
}

/** The keys of a Secret that hold a login. */
export interface LoginKeys {
  readonly user: string;
  readonly password: string;
  /** The kind of its server, by its name in the table of systems. Undefined means PostgreSQL. */
  readonly system?: 'redis' | undefined;
}

/** Another Secret that holds the same login, and follows it. */
export interface LoginCopy extends SecretRef {
  readonly keys: LoginKeys;
}

export interface RotationSchedule extends CronSchedule {
  /** Undefined means that a change is never too late. */
  readonly window: number | undefined;
}

export type CompiledCredential =
  | { readonly credential: PostgresCredential }
  | { readonly problems: readonly Problem[] };

const KIND = 'PostgresCredential';

const NO_CREDENTIAL: Problem = {
  path: [],
  message: 'is no PostgresCredential: write one of lockstep.dev/v1alpha1',
};

/** Fields that the API server and other clients write. */
const UNCHECKED_FIELDS: ReadonlySet<string> = new Set(['metadata', 'status']);

/** The limit of reported problems for one object. A user who has fixed twenty sees the others next. */
const MAX_PROBLEMS = 20;

/** Compiles a parsed document, or reports every problem of it. Any input takes only milliseconds. */
export function compileCredential(document: unknown): CompiledCredential {
  if (!isCredential(document)) return { problems: [NO_CREDENTIAL] };
  const excess = outOfBounds(document, UNCHECKED_FIELDS, KIND);
  if (excess !== undefined) return { problems: [excess] };
  const parsed = postgresCredentialSchema.safeParse(document);
  if (!parsed.success)
    return {
      problems: schemaProblems(parsed.error.issues, `a ${KIND}`, postgresCredentialSchema).slice(
        0,
        MAX_PROBLEMS,
      ),
    };
  const problems = inconsistencies(parsed.data);
  return problems.length > 0 ? { problems } : { credential: credentialOf(parsed.data) };
}

function isCredential(document: unknown): document is object {
  return typeof document === 'object' && document !== null && 'kind' in document && document.kind === KIND;
}

const problemAt = (message: string, ...fields: readonly string[]): Problem => ({
  path: ['spec', ...fields],
  message,
});

/**
 * The rules that a schema can't express. The API server checks those that CEL can express: scripts/crd/cel-rules.ts.
 */
function inconsistencies({ metadata, spec }: PostgresCredentialDocument): readonly Problem[] {
  return [
    ...clashingNames(spec),
    ...impossibleServer(spec),
    ...riskyAdministrator(spec),
    ...impossibleRotation(spec),
    ...impossibleCopies(copiesOf(spec, metadata.namespace ?? ''), spec, metadata.namespace ?? ''),
  ];
}

function impossibleCopies(
  copies: readonly LoginCopy[],
  { secretName }: PostgresCredentialSpec,
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

const copiesOf = (
  { copies = [], keys: { user, password } }: PostgresCredentialSpec,
  ownNamespace: string,
): readonly LoginCopy[] =>
  copies.map(({ namespace = ownNamespace, secretName, keys }) => ({
    namespace,
    name: secretName,
    keys: { user: keys?.user ?? user, password: keys?.password ?? password },
  }));

function clashingNames({
  secretName,
  adminSecretName,
  allowedRoles,
  keys,
  rotation: { strategy },
}: PostgresCredentialSpec): Problem[] {
  const problems: Problem[] = [];
  if (new Set(Object.values(keys)).size < 3)
    problems.push(problemAt('user, password and database are three keys: name each its own', 'keys'));
  for (const field of ['user', 'database'] as const)
    if (isSensitiveKey(keys[field]))
      problems.push(
        problemAt(
          `sounds like a secret, and holds the name of a ${KEY_NOUNS[field]}: name that key`,
          'keys',
          field,
        ),
      );
  if (adminSecretName === secretName)
    problems.push(
      problemAt(
        'is the Secret itself: leave it out, and the role changes its own password',
        'adminSecretName',
      ),
    );
  if (allowedRoles !== undefined && adminSecretName === undefined)
    problems.push(
      problemAt(
        'needs adminSecretName: without an administrator a role changes itself alone',
        'allowedRoles',
      ),
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

const KEY_NOUNS = { user: 'role', database: 'database' } as const;

function impossibleServer({ server: { host, port, tls } = {} }: PostgresCredentialSpec): Problem[] {
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
function riskyAdministrator({ adminSecretName, server = {} }: PostgresCredentialSpec): Problem[] {
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

function impossibleRotation({ rotation }: PostgresCredentialSpec): Problem[] {
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

function credentialOf({ metadata, spec }: PostgresCredentialDocument): PostgresCredential {
  const { namespace, name, uid, generation, creationTimestamp } = metadata;
  const { rotation, consumers, server, adminSecretName, allowedRoles, copies: _, ...rest } = spec;
  const { strategy, schedule, timeZone, window } = rotation;
  const created = new Date(creationTimestamp ?? 0);
  return {
    namespace: namespace ?? '',
    name,
    uid: uid ?? '',
    generation: generation ?? 0,
    created: Number.isNaN(created.getTime()) ? new Date(0) : created,
    spec: {
      ...rest,
      server: server ?? {},
      adminSecretName,
      allowedRoles,
      strategy,
      schedule:
        schedule === undefined
          ? undefined
          : { schedule, timeZone, window: window === undefined ? undefined : milliseconds(window) },
      consumers: { restart: consumers.restart, timeout: milliseconds(consumers.timeout) },
      copies: copiesOf(spec, namespace ?? ''),
    },
  };
}
