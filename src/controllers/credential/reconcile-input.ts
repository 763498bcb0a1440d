import { allowedRoles, type ProvenRoles, provenAfter } from '../../engine/credential/change/allowed-roles.ts';
import { ownerOf } from '../../engine/credential/change/alternate-role.ts';
import type { PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { type ToldNames, toldNames } from '../../engine/credential/status/login-labels.ts';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import {
  isPasswordRight,
  isRefused,
  isUnproven,
  type LoginVerdict,
} from '../../engine/login/login-result.ts';
import type { Mandate } from '../../engine/permissions/permissions.ts';
import { type Credential, isSameCredential } from '../../engine/record/credential.ts';
import { beginLogin, type LoginChange, type LoginRecord } from '../../engine/record/login-record.ts';
import type { RoleServer } from '../../engine/server/role-server.ts';
import type { ServerTarget } from '../../engine/server/target.ts';
import type { Held, Place } from '../record/observed-secret.ts';
import type { FoundRecord, RecordBook } from '../record/record-session.ts';
import type { Edit, SecretWriteNeeds } from '../record/write-ahead.ts';

/** One Secret that is a login, as it was found. */
export interface Scene {
  readonly credential: PostgresCredential;
  readonly held: Held;
  readonly mandate: Mandate;
  readonly book: RecordBook;
  /** What the Secret says. */
  readonly written: Credential;
  readonly target: ServerTarget;
  /** Which server that is: see `LoginRecord.at`. */
  readonly at: string;
  /** Why the Secret itself is not written: it is a copy of something. A sentence; undefined: it is. */
  readonly isCopy: string | undefined;
  /** Who may change roles there; undefined: the role itself. */
  readonly admin: { readonly credential: Credential; readonly target: ServerTarget } | undefined;
}

/** The proven roles of a PostgresCredential, as its status has them. */
export interface ProofKeeper {
  readonly provenOf: (credential: PostgresCredential) => ProvenRoles | undefined;
  /** Resolves when the status has it: what is begun by a proof must find it there after a crash. */
  readonly keepProven: (credential: PostgresCredential, proven: ProvenRoles) => Promise<void>;
}

export type OpenServer = RoleServer & AsyncDisposable;

/** A PostgresCredential whose change is under way is not gone before the change has ended. */
export interface ChangeFinalizer {
  /** False: it is being deleted without the finalizer, or gone, and no change is to begin. */
  readonly hold: (credential: PostgresCredential) => Promise<boolean>;
  readonly isHeld: (credential: PostgresCredential) => boolean;
  /** Takes it from all that name this Secret, but for `keep`. Resolves with whether one of them was being deleted: then it may be gone. */
  readonly release: (secret: Place, keep?: PostgresCredential) => Promise<boolean>;
  /** Since when it is being deleted. */
  readonly deletedAt: (credential: PostgresCredential) => Date | undefined;
}

export interface Entry extends Pick<ToldNames, 'where' | 'called'> {
  readonly as: RoleServer['as'];
  /** The roles that an administrator's connection may change. */
  readonly mayChange: readonly string[];
}

/** Each rejects with a LockstepError, and ends by itself. */
export interface CredentialNeeds extends SecretWriteNeeds, ProofKeeper, ChangeFinalizer {
  readonly around: Surroundings;
  /** As an application logs in. */
  readonly tryLogin: (target: ServerTarget, credential: Credential) => Promise<LoginVerdict>;
  readonly openServer: (target: ServerTarget, credential: Credential, entry: Entry) => Promise<OpenServer>;
  /** The edit goes through the whole admission chain and is not stored. Rejects with SECRET_REFUSED where somebody would not let it. */
  readonly rehearse: (held: Held, edit: Edit) => Promise<void>;
  readonly readRecord: (place: Place) => Promise<FoundRecord>;
  /** How long a changed Secret may take to reach the volumes that hold it. Milliseconds. */
  readonly propagation: number;
  /** Field managers that put old state back: what they write is no wish. */
  readonly restorers: ReadonlySet<string>;
}

/** As the record has it; of one that was never looked at nothing is known. */
export const loginOf = ({ book, held, written }: Pick<Scene, 'book' | 'held' | 'written'>): LoginRecord =>
  book.record().login ?? beginLogin(held.uid, written.role);

/** Written to the record, where it is another one. */
export async function saveLogin({ book }: Pick<Scene, 'book'>, login: LoginRecord): Promise<void> {
  const record = book.record();
  if (record.login !== login) await book.save({ ...record, login });
}

/** For `setPassword`: the record, as it is in the cluster at that moment, is still in this step of this change. Another leader may have gone on. */
export const isStillAt =
  ({ held: { secret } }: Scene, { id, phase }: LoginChange, { readRecord }: CredentialNeeds) =>
  async (): Promise<boolean> => {
    const found = await readRecord({ namespace: secret.namespace, name: secret.name });
    const now = found.kind === 'read' ? found.record.login?.change : undefined;
    return now?.id === id && now.phase === phase;
  };

/** How messages call the roles and the server of a Secret. */
export const toldIn = (scene: Scene): ToldNames =>
  toldNames({ spec: scene.credential.spec, login: loginOf(scene), target: scene.target });

/** What became of work on the server. */
export type ServerEnd<T> =
  | { readonly kind: 'did'; readonly result: T; readonly by: Credential | 'admin' }
  /** Nobody may in: it was not tried any further. `reason` is a sentence. */
  | { readonly kind: 'locked-out'; readonly reason: string }
  /** It may pass by itself. */
  | { readonly kind: 'unreachable'; readonly reason: string };

/** Has the administrator do it, or else the role itself, by the first of these that opens the server. */
export async function onServer<T>(
  scene: Scene,
  selves: readonly (Credential | undefined)[],
  act: (server: RoleServer, by: Credential | 'admin') => Promise<T>,
  needs: CredentialNeeds,
): Promise<ServerEnd<T>> {
  const { admin, target } = scene;
  const doors =
    admin === undefined
      ? distinct(selves).map((credential) => ({ credential, target, as: 'self' as const }))
      : [{ ...admin, as: 'admin' as const }];
  const told = toldIn(scene);
  let reason = 'nobody knows a password that opens it';
  for (const { credential, target: at, as } of doors) {
    const verdict = await needs.tryLogin(at, credential);
    reason = (as === 'admin' ? told.sentenceOfAdmin : told.sentence)(credential.role, verdict);
    if (isRefused(verdict)) continue;
    if (verdict.kind !== 'ok') return { kind: 'unreachable', reason };
    const mayChange = await changeable(scene, selves, needs);
    await using server = await needs.openServer(at, credential, { as, mayChange, ...told });
    const by = as === 'admin' ? 'admin' : credential;
    return { kind: 'did', result: await act(server, by), by };
  }
  return { kind: 'locked-out', reason };
}

/** `host:port`, as proofs are kept. */
export const serverAt = ({ host, port }: ServerTarget): string => `${host}:${port}`;

/** Keeps that a login as this role has succeeded. `owner`: the role that it may become, else itself. */
export async function keepProof(
  { credential, target }: Pick<Scene, 'credential' | 'target'>,
  found: { readonly role: string; readonly owner: string },
  needs: ProofKeeper,
): Promise<void> {
  // Then the PostgresCredential says it, and no proof does.
  if (credential.spec.allowedRoles !== undefined) return;
  const before = needs.provenOf(credential);
  const proven = provenAfter(before, serverAt(target), found);
  if (proven !== before) await needs.keepProven(credential, proven);
}

/**
 * The roles that the administrator may change. If no proof is left, as after its PostgresCredential was made anew in the middle of a change, a login with
 * one of these proves its role once more.
 */
export async function changeable(
  scene: Scene,
  selves: readonly (Credential | undefined)[],
  needs: CredentialNeeds,
): Promise<readonly string[]> {
  const { admin, credential, target } = scene;
  if (admin === undefined) return [];
  const allowed = () => allowedRoles(credential.spec, needs.provenOf(credential), serverAt(target));
  if (allowed().length > 0) return allowed();
  for (const { role, password } of distinct(selves)) {
    const verdict = await needs.tryLogin(target, { role, password });
    if (!isPasswordRight(verdict) || isUnproven(verdict)) continue;
    await using server = await needs.openServer(admin.target, admin.credential, {
      as: 'admin',
      mayChange: [],
      ...toldIn(scene),
    });
    const facts = await server.role(role);
    await keepProof(scene, { role, owner: ownerOf(role, facts?.mayBecome ?? []) }, needs);
    break;
  }
  return allowed();
}

/** In order, each once. */
function distinct(credentials: readonly (Credential | undefined)[]): readonly Credential[] {
  const found: Credential[] = [];
  for (const one of credentials)
    if (one !== undefined && !found.some((other) => isSameCredential(one, other))) found.push(one);
  return found;
}
