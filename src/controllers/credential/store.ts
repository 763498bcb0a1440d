import { type ProvenRoles, provenRolesIn } from '../../engine/login/change/allowed-roles.ts';
import type {
  CompiledCredential,
  CredentialKind,
  CredentialResource,
  ServerCredential,
} from '../../engine/login/credential-schema/compile.ts';
import { serverKindOf } from '../../engine/login/server-kinds/kinds.ts';
import { notReadyCondition, notReadyReport } from '../../engine/login/status/conditions.ts';
import type { CredentialReport } from '../../engine/login/status/status.ts';
import { type Problem, problemText } from '../../engine/policy/schema/problem.ts';
import type { LoginSystem } from '../../engine/secret/record/login-record.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { keyOf, type SecretKey } from '../informer/version-index.ts';

export interface ReportedCredential {
  readonly stored: CredentialResource;
  readonly report: CredentialReport;
}

export interface CredentialStore {
  /** Sets all objects of one kind. */
  readonly replace: (kind: CredentialKind, all: readonly CredentialResource[]) => void;
  readonly upsert: (one: CredentialResource) => void;
  readonly remove: (one: ObjectName) => void;
  /** The ServerCredential that keeps the login of this kind in the Secret in sync. */
  readonly forSecret: (secret: SecretRef, system: LoginSystem) => ServerCredential | undefined;
  /** The last one that did so earlier. A change that it has started must still be completed. */
  readonly formerForSecret: (secret: SecretRef, system: LoginSystem) => ServerCredential | undefined;
  /** Its proven roles, by its status as it was last read or written. */
  readonly provenRolesOf: (credential: ServerCredential) => ProvenRoles | undefined;
  /** The object as the API server has it. Undefined if it is gone, or a new object has its name. */
  readonly resourceOf: (credential: ServerCredential) => CredentialResource | undefined;
  /** All of this kind that name the Secret, also those that are being deleted or are invalid. */
  readonly referencing: (secret: SecretRef, system: LoginSystem) => readonly CredentialResource[];
  readonly report: (credential: ServerCredential, report: CredentialReport) => void;
  /** The reports of all ServerCredentials that have one. */
  readonly reports: () => readonly ReportedCredential[];
  /** Tells the listener about each change from now on. */
  readonly listen: (listener: CredentialListener) => void;
}

type ObjectName = Pick<CredentialResource, 'kind' | 'namespace' | 'name'>;

export interface CredentialListener {
  /** The Secret has another ServerCredential, or another generation of it. */
  readonly onSecretChanged: (secret: SecretKey) => void;
  /** The reports may have changed. */
  readonly onReportsChanged: () => void;
}

interface CompiledResource {
  readonly stored: CredentialResource;
  readonly compiled: CompiledCredential;
}

/**
 * The limit keeps the memory bounded if a tenant creates and deletes objects all day. The finalizer protects a change
 * in progress.
 */
const MAX_FORMER = 1000;

export function credentialStore(compile: (document: unknown) => CompiledCredential): CredentialStore {
  let listener: CredentialListener = { onSecretChanged: () => {}, onReportsChanged: () => {} };
  let all = new Map<string, CompiledResource>();
  /** By Secret and kind, the ServerCredential that counts. */
  let bySecret = new Map<LoginKey, ServerCredential>();
  /** By Secret, the last ones that are gone, or name another Secret. At most MAX_FORMER. */
  const former = new Map<LoginKey, ServerCredential>();
  /** By Secret, one that is being deleted, if no other one names the Secret. */
  let beingDeleted = new Map<LoginKey, ServerCredential>();
  let namesBySecret = new Map<LoginKey, string[]>();
  const reportsByUid = new Map<string, CredentialReport>();

  function index(before: ReadonlyMap<LoginKey, ServerCredential>): void {
    bySecret = new Map();
    namesBySecret = new Map();
    const deleted = new Map<LoginKey, ServerCredential>();
    for (const { stored, compiled } of all.values()) {
      const name = secretNameIn(stored.document);
      if (name !== undefined) {
        const referenced = loginKeyOf({ namespace: stored.namespace, name }, systemOfObject(stored.kind));
        const names = namesBySecret.get(referenced);
        if (names === undefined) namesBySecret.set(referenced, [nameOf(stored)]);
        else names.push(nameOf(stored));
      }
      if (!('credential' in compiled)) continue;
      const key = keyOfCredential(compiled.credential);
      if (stored.deletedAt !== undefined) {
        deleted.set(key, compiled.credential);
        continue;
      }
      const other = bySecret.get(key);
      if (other === undefined || byAge(compiled.credential, other) < 0)
        bySecret.set(key, compiled.credential);
    }
    for (const key of new Set([...before.keys(), ...bySecret.keys()])) {
      const [was, is] = [before.get(key), bySecret.get(key)];
      if (is !== undefined) former.delete(key);
      else if (was !== undefined) rememberFormer(key, was);
      if (isSame(was, is)) continue;
      wakeSecretOf(is ?? was);
      for (const copy of [...(was?.spec.copies ?? []), ...(is?.spec.copies ?? [])])
        listener.onSecretChanged(keyOf(copy));
    }
    // A ServerCredential that is being deleted still completes its change, even if another controller has started it.
    const previouslyDeleted = beingDeleted;
    beingDeleted = new Map([...deleted].filter(([key]) => !bySecret.has(key)));
    for (const [key, one] of beingDeleted)
      if (!isSame(previouslyDeleted.get(key) ?? former.get(key), one)) wakeSecretOf(one);
    for (const [key, one] of previouslyDeleted)
      if (!beingDeleted.has(key) && !bySecret.has(key)) rememberFormer(key, one);
    listener.onReportsChanged();
  }

  function wakeSecretOf(credential: ServerCredential | undefined): void {
    if (credential !== undefined)
      listener.onSecretChanged(keyOf({ namespace: credential.namespace, name: credential.spec.secretName }));
  }

  function rememberFormer(key: LoginKey, one: ServerCredential): void {
    former.delete(key);
    former.set(key, one);
    const [oldest] = former.keys();
    if (former.size > MAX_FORMER && oldest !== undefined) former.delete(oldest);
  }

  function compileIfChanged(
    stored: CredentialResource,
    before: CompiledResource | undefined,
  ): CompiledResource {
    const { uid } = stored;
    if (before?.stored.uid === uid && generationOf(before.stored) === generationOf(stored))
      return { stored, compiled: before.compiled };
    reportsByUid.delete(uid);
    return { stored, compiled: compile(stored.document) };
  }

  function reportOf({ stored, compiled }: CompiledResource): CredentialReport | undefined {
    const generation = generationOf(stored);
    if ('problems' in compiled) return notReadyReport({ generation }, invalidCondition(compiled.problems));
    const first =
      stored.deletedAt === undefined ? bySecret.get(keyOfCredential(compiled.credential)) : undefined;
    if (first !== undefined && first.uid !== stored.uid)
      return notReadyReport({ generation }, duplicateCredential(first));
    return reportsByUid.get(stored.uid);
  }

  function resourceOf(credential: ServerCredential): CredentialResource | undefined {
    const { namespace, name, spec } = credential;
    const stored = all.get(nameOf({ kind: serverKindOf(spec.keys).object, namespace, name }))?.stored;
    return stored?.uid === credential.uid ? stored : undefined;
  }

  return {
    listen: (next) => {
      listener = next;
    },
    replace: (kind, stored) => {
      const before = all;
      const others = [...before].filter(([, one]) => one.stored.kind !== kind);
      all = new Map([
        ...others,
        ...stored.map((one) => [nameOf(one), compileIfChanged(one, before.get(nameOf(one)))] as const),
      ]);
      index(bySecret);
    },
    upsert: (stored) => {
      const previous = all.get(nameOf(stored));
      const kept = compileIfChanged(stored, previous);
      all.set(nameOf(stored), kept);
      const isDeletedNow = stored.deletedAt !== undefined && previous?.stored.deletedAt === undefined;
      if (kept.compiled === previous?.compiled && !isDeletedNow) listener.onReportsChanged();
      else index(bySecret);
    },
    remove: (one) => {
      const previous = all.get(nameOf(one));
      if (previous === undefined) return;
      all.delete(nameOf(one));
      reportsByUid.delete(previous.stored.uid);
      index(bySecret);
    },
    forSecret: (secret, system) => bySecret.get(loginKeyOf(secret, system)),
    formerForSecret: (secret, system) => {
      const key = loginKeyOf(secret, system);
      return beingDeleted.get(key) ?? former.get(key);
    },
    provenRolesOf: (credential) => provenRolesIn(resourceOf(credential)?.status),
    resourceOf,
    referencing: (secret, system) =>
      (namesBySecret.get(loginKeyOf(secret, system)) ?? []).flatMap((name) => all.get(name)?.stored ?? []),
    report: ({ uid }, report) => {
      reportsByUid.set(uid, report);
      listener.onReportsChanged();
    },
    reports: () =>
      [...all.values()].flatMap((kept) => {
        const report = reportOf(kept);
        return report === undefined ? [] : [{ stored: kept.stored, report: report }];
      }),
  };
}

const nameOf = ({ kind, namespace, name }: ObjectName): string => `${kind} ${namespace}/${name}`;

/** One login of a Secret. */
type LoginKey = string;

const loginKeyOf = (secret: SecretRef, system: LoginSystem): LoginKey => `${keyOf(secret)} ${system ?? ''}`;

const keyOfCredential = ({ namespace, spec }: ServerCredential): LoginKey =>
  loginKeyOf({ namespace, name: spec.secretName }, spec.keys.system);

export const systemOfObject = (kind: CredentialKind): LoginSystem =>
  kind === 'RedisCredential' ? 'redis' : undefined;

export const secretNameIn = (document: unknown): string | undefined =>
  (document as { readonly spec?: { readonly secretName?: string } } | null)?.spec?.secretName;

const generationOf = ({ document }: CredentialResource): number =>
  (document as { readonly metadata?: { readonly generation?: number } } | null)?.metadata?.generation ?? 0;

const byAge = (a: ServerCredential, b: ServerCredential): number =>
  a.created.getTime() - b.created.getTime() || (a.name < b.name ? -1 : 1);

const isSame = (a: ServerCredential | undefined, b: ServerCredential | undefined): boolean =>
  a?.uid === b?.uid && a?.generation === b?.generation;

const duplicateCredential = ({ name, spec }: ServerCredential) =>
  notReadyCondition(
    'DuplicateCredential',
    `${serverKindOf(spec.keys).object} ${name}, which is older, means Secret ${spec.secretName} already: delete one of the two`,
  );

const invalidCondition = (problems: readonly Problem[]) =>
  notReadyCondition('Invalid', problems.map(problemText).join('; '));
