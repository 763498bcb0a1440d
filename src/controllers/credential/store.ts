import { type ProvenRoles, provenRolesIn } from '../../engine/credential/change/allowed-roles.ts';
import type { CompiledCredential, ServerCredential } from '../../engine/credential/spec/compile.ts';
import { notReadyReport } from '../../engine/credential/status/conditions.ts';
import type { CredentialReport } from '../../engine/credential/status/status.ts';
import { type Problem, problemText } from '../../engine/policy/schema/problem.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { serverKindOf } from '../../engine/server-kinds/kinds.ts';
import { keyOf, type SecretKey } from '../informer/version-index.ts';

/** A ServerCredential of the cluster. */
export interface CredentialObject {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly document: unknown;
  readonly status: unknown;
  readonly finalizers: readonly string[];
  /** Undefined if it is not being deleted. */
  readonly deletedAt: Date | undefined;
}

export interface ReportedCredential<Stored extends CredentialObject> {
  readonly stored: Stored;
  readonly report: CredentialReport;
}

export interface CredentialStore<Stored extends CredentialObject> {
  readonly replace: (all: readonly Stored[]) => void;
  readonly upsert: (one: Stored) => void;
  readonly remove: (one: SecretRef) => void;
  /** The ServerCredential that keeps the Secret in sync. */
  readonly forSecret: (secret: SecretRef) => ServerCredential | undefined;
  /** The last one that did so earlier. A change that it has started must still be completed. */
  readonly formerForSecret: (secret: SecretRef) => ServerCredential | undefined;
  /** Its proven roles, by its status as it was last read or written. */
  readonly provenRolesOf: (credential: ServerCredential) => ProvenRoles | undefined;
  /** The object as the API server has it. Undefined if it is gone, or a new object has its name. */
  readonly resourceOf: (credential: ServerCredential) => Stored | undefined;
  /** All that name the Secret, also those that are being deleted or are invalid. */
  readonly referencing: (secret: SecretRef) => readonly Stored[];
  readonly report: (credential: ServerCredential, report: CredentialReport) => void;
  /** The reports of all ServerCredentials that have one. */
  readonly reports: () => readonly ReportedCredential<Stored>[];
  /** Tells the listener about each change from now on. */
  readonly listen: (listener: CredentialListener) => void;
}

export interface CredentialListener {
  /** The Secret has another ServerCredential, or another generation of it. */
  readonly onSecretChanged: (secret: SecretKey) => void;
  /** The reports may have changed. */
  readonly onReportsChanged: () => void;
}

interface CompiledResource<Stored> {
  readonly stored: Stored;
  readonly compiled: CompiledCredential;
}

/**
 * The limit keeps the memory bounded if a tenant creates and deletes objects all day. The finalizer protects a change
 * in progress.
 */
const MAX_FORMER = 1000;

export function credentialStore<Stored extends CredentialObject>(
  compile: (document: unknown) => CompiledCredential,
): CredentialStore<Stored> {
  let listener: CredentialListener = { onSecretChanged: () => {}, onReportsChanged: () => {} };
  let all = new Map<string, CompiledResource<Stored>>();
  /** By Secret, the ServerCredential that counts. */
  let bySecret = new Map<SecretKey, ServerCredential>();
  /** By Secret, the last ones that are gone, or name another Secret. At most MAX_FORMER. */
  const former = new Map<SecretKey, ServerCredential>();
  /** By Secret, one that is being deleted, if no other one names the Secret. */
  let beingDeleted = new Map<SecretKey, ServerCredential>();
  let namesBySecret = new Map<SecretKey, string[]>();
  const reportsByUid = new Map<string, CredentialReport>();

  function index(before: ReadonlyMap<SecretKey, ServerCredential>): void {
    bySecret = new Map();
    namesBySecret = new Map();
    const deleted = new Map<SecretKey, ServerCredential>();
    for (const { stored, compiled } of all.values()) {
      const name = secretNameIn(stored.document);
      if (name !== undefined) {
        const referenced = keyOf({ namespace: stored.namespace, name });
        const names = namesBySecret.get(referenced);
        if (names === undefined) namesBySecret.set(referenced, [nameOf(stored)]);
        else names.push(nameOf(stored));
      }
      if (!('credential' in compiled)) continue;
      const key = secretKeyOf(compiled.credential);
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
      listener.onSecretChanged(key);
      for (const copy of [...(was?.spec.copies ?? []), ...(is?.spec.copies ?? [])])
        listener.onSecretChanged(keyOf(copy));
    }
    // A ServerCredential that is being deleted still completes its change, even if another controller has started it.
    const previouslyDeleted = beingDeleted;
    beingDeleted = new Map([...deleted].filter(([key]) => !bySecret.has(key)));
    for (const [key, one] of beingDeleted)
      if (!isSame(previouslyDeleted.get(key) ?? former.get(key), one)) listener.onSecretChanged(key);
    for (const [key, one] of previouslyDeleted)
      if (!beingDeleted.has(key) && !bySecret.has(key)) rememberFormer(key, one);
    listener.onReportsChanged();
  }

  function rememberFormer(key: SecretKey, one: ServerCredential): void {
    former.delete(key);
    former.set(key, one);
    const [oldest] = former.keys();
    if (former.size > MAX_FORMER && oldest !== undefined) former.delete(oldest);
  }

  function compileIfChanged(
    stored: Stored,
    before: CompiledResource<Stored> | undefined,
  ): CompiledResource<Stored> {
    const { uid } = stored;
    if (before?.stored.uid === uid && generationOf(before.stored) === generationOf(stored))
      return { stored, compiled: before.compiled };
    reportsByUid.delete(uid);
    return { stored, compiled: compile(stored.document) };
  }

  function reportOf({ stored, compiled }: CompiledResource<Stored>): CredentialReport | undefined {
    const generation = generationOf(stored);
    if ('problems' in compiled) return notReadyReport({ generation }, invalidCondition(compiled.problems));
    const first = stored.deletedAt === undefined ? bySecret.get(secretKeyOf(compiled.credential)) : undefined;
    if (first !== undefined && first.uid !== stored.uid)
      return notReadyReport({ generation }, duplicateCredential(first));
    return reportsByUid.get(stored.uid);
  }

  function resourceOf(credential: ServerCredential): Stored | undefined {
    const stored = all.get(nameOf(credential))?.stored;
    return stored?.uid === credential.uid ? stored : undefined;
  }

  return {
    listen: (next) => {
      listener = next;
    },
    replace: (stored) => {
      const before = all;
      all = new Map(stored.map((one) => [nameOf(one), compileIfChanged(one, before.get(nameOf(one)))]));
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
    remove: (ref) => {
      const previous = all.get(nameOf(ref));
      if (previous === undefined) return;
      all.delete(nameOf(ref));
      reportsByUid.delete(previous.stored.uid);
      index(bySecret);
    },
    forSecret: (secret) => bySecret.get(keyOf(secret)),
    formerForSecret: (secret) => beingDeleted.get(keyOf(secret)) ?? former.get(keyOf(secret)),
    provenRolesOf: (credential) => provenRolesIn(resourceOf(credential)?.status),
    resourceOf,
    referencing: (secret) =>
      (namesBySecret.get(keyOf(secret)) ?? []).flatMap((name) => all.get(name)?.stored ?? []),
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

const nameOf = ({ namespace, name }: SecretRef): string => `${namespace}/${name}`;

const secretKeyOf = ({ namespace, spec }: ServerCredential): SecretKey =>
  keyOf({ namespace, name: spec.secretName });

export const secretNameIn = (document: unknown): string | undefined =>
  (document as { readonly spec?: { readonly secretName?: string } } | null)?.spec?.secretName;

const generationOf = ({ document }: CredentialObject): number =>
  (document as { readonly metadata?: { readonly generation?: number } } | null)?.metadata?.generation ?? 0;

const byAge = (a: ServerCredential, b: ServerCredential): number =>
  a.created.getTime() - b.created.getTime() || (a.name < b.name ? -1 : 1);

const isSame = (a: ServerCredential | undefined, b: ServerCredential | undefined): boolean =>
  a?.uid === b?.uid && a?.generation === b?.generation;

const duplicateCredential = ({ name, spec }: ServerCredential) =>
  ({
    type: 'Ready',
    status: 'False',
    reason: 'DuplicateCredential',
    message: `${serverKindOf(spec.keys).object} ${name}, which is older, means Secret ${spec.secretName} already: delete one of the two`,
  }) as const;

const invalidCondition = (problems: readonly Problem[]) =>
  ({
    type: 'Ready',
    status: 'False',
    reason: 'Invalid',
    message: problems.map(problemText).join('; '),
  }) as const;
