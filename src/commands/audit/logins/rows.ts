import {
  type ConsumerForecast,
  consumerForecast,
} from '../../../engine/diagnosis/ready/consumer-obstacles.ts';
import type { LoginRow } from '../../../engine/diagnosis/ready/login-row.ts';
import type { LoginSubject } from '../../../engine/diagnosis/ready/login-subject.ts';
import { copyForecast } from '../../../engine/diagnosis/ready/password-places.ts';
import { poolerUnknown } from '../../../engine/diagnosis/ready/pooler-obstacles.ts';
import { type Obstacle, readinessOf } from '../../../engine/diagnosis/ready/readiness.ts';
import type { ServerCredential } from '../../../engine/login/credential-schema/compile.ts';
import { hostFromNamespace } from '../../../engine/login/in-secret/login-in-secret.ts';
import { answerFaults } from '../../../engine/login/new-credential/server-answer.ts';
import { loginOutcome } from '../../../engine/login/result/login-finding.ts';
import { isPasswordCorrect, isUnproven } from '../../../engine/login/result/login-result.ts';
import { serverKindOf } from '../../../engine/login/server-kinds/kinds.ts';
import { plainSecret } from '../../../engine/secret/secret.ts';
import { isUserAllowed } from '../../../kube/client/access-review.ts';
import { askServer } from '../../login-attempts/ask-server.ts';
import type { PasswordChangeRun } from '../../password-change/run.ts';
import type { GatheredLogins } from './gather.ts';
import { NOTHING_KNOWN, type Prediction, predictChange } from './predict.ts';
import { reachableServers } from './reachable-servers.ts';

/** The parts of a run that are the same for all logins. */
export type LoginsRun = Omit<PasswordChangeRun, 'ref' | 'credential'>;

export interface RowOptions {
  readonly connect: boolean;
  /** In milliseconds. */
  readonly connectTimeout: number;
}

/** Makes the rows, one login after the other. Throws LockstepError. */
export function rowMaker(run: LoginsRun, gathered: GatheredLogins, options: RowOptions) {
  const { credentials, isLed, unread } = gathered;
  const others = Map.groupBy(gathered.subjects, ({ place }) => `${place.namespace}/${place.name}`);
  const servers = reachableServers(options.connectTimeout);
  const mayPatch = memoized((namespace) =>
    isUserAllowed(run.cluster, { verb: 'patch', group: '', resource: 'secrets', namespace }),
  );
  const global = unread.length === 0 ? [] : [`not read: ${unread.slice(0, MAX_NAMES).join(', ')}`];

  async function managedFacts(subject: LoginSubject, credential: ServerCredential): Promise<Facts> {
    const synced = syncedSince(credentials.resourceOf(credential)?.status);
    const prediction = await predictChange(
      { ...run, ref: subject.place, credential },
      {
        servers,
        timeout: options.connectTimeout,
        asks: options.connect,
        mayDryRun: options.connect && (await mayPatch(subject.place.namespace)),
        isSynced: synced !== undefined && isLed === true,
      },
    );
    const noLeader: readonly Obstacle[] =
      isLed === false
        ? [{ code: 'controller', effect: 'does-not-begin', reason: 'no controller of lockstep leads' }]
        : [];
    return {
      ...prediction,
      obstacles: [...noLeader, ...prediction.obstacles],
      proof: prediction.isProven
        ? { kind: 'now' }
        : synced === undefined || isLed !== true
          ? undefined
          : { kind: 'since', time: synced },
    };
  }

  /** A login without a credential. */
  async function unmanagedFacts(subject: LoginSubject): Promise<Facts> {
    const { credential, server, place, system } = subject;
    const { object } = serverKindOf(subject);
    const unknown = [`no administrator and no strategy is known before a ${object}`];
    const facts: Facts = { ...NOTHING_KNOWN, unknown, proof: undefined };
    if (!options.connect || credential === undefined || server === undefined) return facts;
    const host = hostFromNamespace(place.namespace, server.host);
    const target = {
      ...(system && { system }),
      host,
      port: server.port,
      database: subject.database ?? credential.role,
      tls: { mode: subject.tls, ...(host !== server.host && { name: server.host }) },
    };
    const reached =
      system === 'redis'
        ? await servers.redis.tryLogin(target, credential)
        : await servers.databases.tryLogin({ ...target, tls: { mode: 'prefer' } }, credential);
    if (!isPasswordCorrect(reached) && loginOutcome(reached, system).kind === 'untried') return facts;
    const answer = await askServer({ credential, target, admin: undefined, timeout: options.connectTimeout });
    const isProven = isPasswordCorrect(answer.result) && !isUnproven(answer.result);
    return {
      ...facts,
      obstacles: answerFaults(answer, true).map((reason) => ({
        code: 'refused',
        effect: 'does-not-begin',
        reason,
      })),
      manager: answer.role?.otherManager?.sentence,
      proof: isProven ? { kind: 'now' } : undefined,
    };
  }

  return async (subject: LoginSubject): Promise<LoginRow> => {
    const credential =
      subject.managedBy === undefined ? undefined : credentials.forSecret(subject.place, subject.system);
    const facts =
      credential === undefined ? await unmanagedFacts(subject) : await managedFacts(subject, credential);
    const consumers = consumersOf(subject, credential, facts.changing ?? subject.changing, gathered);
    const copies = copyForecast(subject, gathered.places.of(subject), others);
    const { namespace, name } = subject.place;
    const isKnownRole = facts.proof !== undefined;
    const manager = subject.otherManager?.sentence ?? facts.manager;
    return {
      namespace,
      name,
      keys: subject.keys,
      role: subject.role ?? (isKnownRole ? subject.credential?.role : undefined),
      server: subject.server,
      credential: credential?.name,
      since: facts.since ?? { time: subject.written, isAtLeast: true },
      hash: facts.hash,
      copies: copies.copies,
      copyCount: copies.count,
      manager: manager === undefined ? undefined : { name: subject.managerName, sentence: manager },
      proof: facts.proof,
      readiness: readinessOf(
        [
          ...facts.obstacles,
          ...subject.obstacles,
          ...consumers.obstacles,
          ...copies.obstacles,
          ...(subject.system === undefined ? gathered.poolers.obstacles(subject) : []),
        ],
        [...facts.unknown, ...consumers.unknown, ...copies.unknown, ...poolerUnknown(subject), ...global],
      ),
    };
  };
}

/** The length of a list that a person reads. */
const MAX_NAMES = 5;

type Facts = Omit<Prediction, 'isProven'> & Pick<LoginRow, 'proof'>;

/** The consumers of the Secret, and those of its copies. */
function consumersOf(
  subject: LoginSubject,
  credential: ServerCredential | undefined,
  changing: readonly string[],
  { uses, surroundings }: GatheredLogins,
): ConsumerForecast {
  const common = {
    restarts: subject.mayRestart || (credential?.spec.consumers.restart ?? true),
    // Two passwords of a user of Redis overlap, so no login fails.
    strategy: subject.system === undefined ? credential?.spec.strategy : undefined,
  };
  const own = consumerForecast(
    uses.readersOf({ source: 'Secret', ...subject.place }),
    {
      ...common,
      secret: subject.secret,
      keys: subject.keys,
      changing,
    },
    surroundings,
  );
  const ofCopies = (credential?.spec.copies ?? []).map((copy) =>
    consumerForecast(
      uses.readersOf({ source: 'Secret', namespace: copy.namespace, name: copy.name }),
      {
        ...common,
        secret: plainSecret(copy),
        keys: copy.keys,
        changing: [copy.keys.user, copy.keys.password, ...changing],
      },
      surroundings,
    ),
  );
  return {
    obstacles: [own, ...ofCopies].flatMap(({ obstacles }) => obstacles),
    unknown: [own, ...ofCopies].flatMap(({ unknown }) => unknown),
  };
}

/** The time since which the controller has proven the login. A user with that right may have written any status. */
function syncedSince(status: unknown): string | undefined {
  const { conditions } = (status ?? {}) as { readonly conditions?: unknown };
  if (!Array.isArray(conditions)) return undefined;
  const synced = conditions.find((one) => (one as { readonly type?: unknown } | null)?.type === 'Synced');
  const { status: value, lastTransitionTime: time } = (synced ?? {}) as Readonly<Record<string, unknown>>;
  return value === 'True' && typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? time : undefined;
}

function memoized(ask: (namespace: string) => Promise<boolean>): (namespace: string) => Promise<boolean> {
  const known = new Map<string, Promise<boolean>>();
  return (namespace) => {
    const answer = known.get(namespace) ?? ask(namespace);
    known.set(namespace, answer);
    return answer;
  };
}
