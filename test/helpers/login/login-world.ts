import { loginCheckTimer } from '../../../src/controllers/credential/login-check-timer.ts';
import { fanOut } from '../../../src/controllers/domain-event.ts';
import { type ProvenRoles, roleNotAllowed } from '../../../src/engine/login/change/allowed-roles.ts';
import type { ServerCredential } from '../../../src/engine/login/credential-schema/compile.ts';
import { foreignRoleReason } from '../../../src/engine/login/postgres/alternate-role.ts';
import type { RoleFacts } from '../../../src/engine/login/postgres/role-server.ts';
import type { LoginResult } from '../../../src/engine/login/result/login-result.ts';
import { POSTGRES } from '../../../src/engine/login/server-kinds/postgres.ts';
import type { CredentialReport } from '../../../src/engine/login/status/status.ts';
import type { Policy } from '../../../src/engine/policy/policy.ts';
import type { Action } from '../../../src/engine/secret/finding/finding.ts';
import type { Credential } from '../../../src/engine/secret/record/credential.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { aSecretWorld, textOf } from '../controllers/secret-world.ts';
import { aSecret, builtins, GOOD, STORY, STORY_URL } from '../engine/engine.ts';

interface Role {
  oid: string;
  password: string | undefined;
  mark: string | undefined;
  sessions: number;
  memberOf: readonly string[];
  members: readonly string[];
}

/** The result of the next call of the server, instead of an answer. */
export type ServerFault = 'away' | 'lost before' | 'lost after' | 'busy';

interface Options {
  readonly strategy?: 'SingleUser' | 'AlternatingUsers';
  readonly admin?: boolean;
  readonly meanwhile?: () => void;
  /** The labels of the Secret. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<ServerCredential['spec']>;
  readonly policies?: readonly Policy[];
  readonly maxAction?: Action;
}

export const APP = 'recon';
const ADMIN_SECRET = 'postgres-admin';

/**
 * The Secret of the story as a login on a PostgreSQL server in memory. A test can ask at any moment which passwords it
 * accepts, and can start a change again after each of its calls. Other tests use real servers.
 */
export function aLoginWorld({
  strategy = 'SingleUser',
  admin = true,
  meanwhile = () => {},
  labels = {},
  spec = {},
  policies = builtins,
  maxAction = 'Enforce',
}: Options = {}) {
  const { copies = [] } = spec;
  const server = new Map<string, Role>([[APP, aRole(GOOD.password)]]);
  let proven: ProvenRoles | undefined;
  let isHeld = false;
  let deletedAt: Date | undefined;
  /** Each statement about a role, as the administrator or as the role itself. */
  const statements: string[] = [];
  let trouble: ServerFault | undefined;
  let timeline = 1;
  let isRefusing = false;
  let deaf = 0;
  let isGone = false;
  const reported: CredentialReport[] = [];
  const isAdmin = admin || strategy === 'AlternatingUsers';
  const credential: ServerCredential = {
    namespace: 'recon',
    name: 'login',
    uid: 'credential',
    generation: 1,
    created: new Date('2026-11-25T11:00:00Z'),
    spec: {
      secretName: 'reconciliation-secrets',
      keys: { user: 'POSTGRES_USER', password: 'POSTGRES_PASSWORD', database: 'POSTGRES_DB' },
      server: isAdmin ? { host: 'postgres-service' } : {},
      adminSecretName: isAdmin ? ADMIN_SECRET : undefined,
      allowedRoles: undefined,
      strategy,
      schedule: undefined,
      consumers: { restart: true, timeout: 600_000 },
      history: 5,
      copies: [],
      ...spec,
    },
  };
  const opens = ({ role, password }: Credential): boolean =>
    role === 'admin' ||
    (server.get(role)?.password !== undefined &&
      password.withPlaintext(({ text }) => text === server.get(role)?.password));

  function fail(doing: string): void {
    const now = trouble;
    if (now === undefined || now === 'lost after') return;
    trouble = undefined;
    throw new LockstepError(now === 'busy' ? 'POSTGRES_CONCURRENT_CHANGE' : 'POSTGRES_CONNECTION_FAILURE', [
      'db:5432',
      doing,
      '',
    ]);
  }

  const world = aSecretWorld({
    meanwhile,
    policies,
    maxAction,
    logins: (during, now) => ({
      credentials: {
        forSecret: ({ name }, system) =>
          !isGone && name === credential.spec.secretName && system === credential.spec.keys.system
            ? credential
            : undefined,
        formerForSecret: (_, system) => (system === credential.spec.keys.system ? credential : undefined),
        finalizer: {
          add: () =>
            during(() => {
              if (!isGone) isHeld = true;
              return isHeld;
            }),
          remove: (secret, system, keep) =>
            during(() => {
              if (system !== credential.spec.keys.system) return false;
              if (!isHeld || secret.name !== credential.spec.secretName || keep?.uid === credential.uid)
                return false;
              isHeld = false;
              return deletedAt !== undefined;
            }),
          isSet: () => isHeld,
          deletedAt: () => deletedAt,
        },
        provenRoles: {
          read: () => proven,
          save: (_, next) =>
            during(() => {
              proven = next;
            }),
        },
      },
      checkTimer: loginCheckTimer(() => now().getTime()),
      settings: { restoreFieldManagers: new Set(['velero-server']) },
      secrets: { dryRunPatch: () => during(() => {}) },
      databases: {
        tryLogin: (_, one) =>
          during((): LoginResult => {
            if (trouble === 'away') {
              trouble = undefined;
              return { kind: 'timeout' };
            }
            return opens(one) ? { kind: 'ok', standby: false } : { kind: 'password-refused' };
          }),
        openServer: (_, one, { as, mayChange, roleLabel: called }) =>
          during(() => {
            fail('logging in');
            if (!opens(one))
              throw new LockstepError('POSTGRES_CONNECTION_FAILURE', ['db:5432', 'logging in', '']);
            const isWhole = as === 'admin';
            const about = (...names: readonly string[]): void => {
              const allowed = isWhole ? mayChange : [one.role];
              const forbidden = names.find((name) => !allowed.includes(name));
              if (forbidden !== undefined)
                throw new LockstepError('POSTGRES_REFUSED', [
                  'db:5432',
                  roleNotAllowed(called(forbidden), POSTGRES),
                ]);
              statements.push(names.join(' '));
            };
            return {
              as,
              facts: () => during(() => ({ version: 180004, system: '7', timeline, standby: false })),
              role: (name) => during(() => factsOf(server.get(name), isWhole || name === one.role)),
              setPassword: async (name, password, mark, isStill, oid) => {
                if (isStill !== undefined && !(await isStill()))
                  throw new LockstepError('CLUSTER_CONFLICT', ['altering']);
                await during(() => {
                  about(name);
                  fail('setting a password');
                  if (isRefusing) throw new LockstepError('POSTGRES_REFUSED', ['db:5432', 'no']);
                  const role = server.get(name);
                  if (role === undefined)
                    throw new LockstepError('POSTGRES_REFUSED', ['db:5432', 'no such role']);
                  if (oid !== undefined && oid !== role.oid)
                    throw new LockstepError('POSTGRES_REFUSED', ['db:5432', 'another role']);
                  if (role.sessions > 0 && strategy === 'AlternatingUsers' && password !== undefined)
                    throw new Error('a role with sessions was altered');
                  role.password = deaf > 0 ? 'something else' : password?.withPlaintext(({ text }) => text);
                  if (password !== undefined) deaf -= 1;
                  if (isWhole) role.mark = mark;
                  const after = trouble;
                  trouble = undefined;
                  if (after === 'lost after')
                    throw new LockstepError('POSTGRES_COMMIT_UNKNOWN', ['db:5432', 'x', '']);
                });
              },
              removeMark: (name) =>
                during(() => {
                  about(name);
                  const role = server.get(name);
                  if (role !== undefined) role.mark = undefined;
                }),
              makeAlternate: (owner, name, known) =>
                during(() => {
                  about(owner, name);
                  const before = server.get(name);
                  const facts = factsOf(before, true);
                  const reason = facts && foreignRoleReason(facts, { owner, alternate: name }, known);
                  if (reason !== undefined) throw new LockstepError('POSTGRES_REFUSED', ['db:5432', reason]);
                  const made = before ?? { ...aRole(undefined), memberOf: [owner], mark: known.mark };
                  server.set(name, made);
                  return made.oid;
                }),
              matchPassword: async () => 'unknown' as const,
              [Symbol.asyncDispose]: async () => {},
            };
          }),
      },
    }),
  });
  const { read: readSecret } = world.deps.secrets;
  world.override({
    emit: fanOut(world.deps.emit, (event) => {
      if (event.kind === 'credential-status') reported.push(event.report);
    }),
    secrets: {
      read: async (place) => (place.name === ADMIN_SECRET ? adminSecret : await readSecret(place)),
    },
  });
  const adminSecret = {
    secret: { ...aSecret({ POSTGRES_USER: 'admin', POSTGRES_PASSWORD: 'of the admin' }), name: ADMIN_SECRET },
    uid: 'admin',
    resourceVersion: '1',
    written: { by: 'kubectl', time: new Date(0) },
  };
  const ofSecret = { labels: new Map(Object.entries(labels)) };
  world.write(aSecret({ ...STORY, DATABASE_URL: STORY_URL }, ofSecret));

  const written = (): Credential => {
    const data = world.held()?.secret.data;
    return {
      role: textOf(data, 'POSTGRES_USER') ?? '',
      password: data?.get('POSTGRES_PASSWORD') ?? Sensitive.fromText(''),
    };
  };

  return {
    ...world,
    server,
    statements,
    proven: () => proven,
    /** Its status is lost, as with a PostgresCredential that was deleted and created again. */
    forgetProof: () => {
      proven = undefined;
    },
    aRole,
    reported,
    written,
    opens,
    isOpen: (): boolean => opens(written()),
    trouble: (next: ServerFault) => {
      trouble = next;
    },
    /** Another client sets the password of a role in the server. */
    alter: (role: string, password: string) => {
      const one = server.get(role);
      if (one !== undefined) one.password = password;
    },
    failOver: () => {
      timeline += 1;
    },
    /** Whether its PostgresCredential has the finalizer. */
    isHeld: () => isHeld,
    /** It is being deleted: no reconcile uses it, and it exists until its finalizer is removed. */
    deleteCredential: () => {
      deletedAt = world.deps.context.now();
      isGone = true;
    },
    /** Its PostgresCredential is deleted. */
    release: () => {
      isGone = true;
    },
    /** The next passwords that are set are others by the time that the server has them. */
    deaf: (times: number) => {
      deaf = times;
    },
    refuse: () => {
      isRefusing = true;
    },
    wish: (wish: NonNullable<NonNullable<ReturnType<typeof world.record>>['login']>['changeRequest']) =>
      world.note((record) =>
        record.login === undefined ? record : { ...record, login: { ...record.login, changeRequest: wish } },
      ),
    /** A workload that is restarted for this version from now on does not become ready. */
    failAt: (version: number) => {
      const { advanceRollout: advance } = world.deps.workloads;
      const broken: typeof advance = async (place, rollout, options) => {
        if (rollout.changes.at(-1)?.number !== version) return advance(place, rollout, options);
        const stopped = { workload: 'Deployment/api', reason: 'exceeded its progress deadline' };
        return { rollout: { ...rollout, current: undefined, stopped }, requeueAfter: 30_000 };
      };
      world.override({ workloads: { advanceRollout: broken } });
    },
    /** Resolves when nothing is in progress, however long that takes. */
    rest: async (): Promise<void> => {
      for (let count = 0; count < 200; count++) {
        await world.settle();
        for (const copy of copies) await world.settle(100, world.deps, copy);
        const record = world.record();
        const isCopyAtWork = copies.some((copy) => {
          if (world.held(copy) === undefined) return false;
          const { rollout, pending } = world.record(copy) ?? {};
          return (rollout !== undefined && rollout.stopped === undefined) || pending !== undefined;
        });
        if (
          !isCopyAtWork &&
          record !== undefined &&
          record.login?.change === undefined &&
          record.login?.changeRequest === undefined &&
          (record.rollout === undefined || record.login?.diverged !== undefined) &&
          record.pending === undefined
        ) {
          if (count > 0) return;
        }
        world.pass(400_000);
      }
      throw new Error('it never comes to rest');
    },
  };
}

let oids = 16_384;

const aRole = (password: string | undefined): Role => ({
  oid: String(oids++),
  password,
  mark: undefined,
  sessions: 0,
  memberOf: [],
  members: [],
});

const factsOf = (role: Role | undefined, mayAlter: boolean): RoleFacts | undefined =>
  role &&
  ({
    oid: role.oid,
    mayLogin: true,
    isSuperuser: false,
    validUntil: undefined,
    hasPassword: role.password !== undefined,
    mayAlter,
    mark: role.mark,
    memberOf: role.memberOf,
    mayBecome: role.memberOf,
    members: role.members,
    privileges: [],
    sessions: role.sessions,
  } as RoleFacts);
