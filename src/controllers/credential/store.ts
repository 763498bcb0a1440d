import { type ProvenRoles, provenIn } from '../../engine/credential/change/allowed-roles.ts';
import type { CompiledCredential, PostgresCredential } from '../../engine/credential/spec/compile.ts';
import { notReady } from '../../engine/credential/status/conditions.ts';
import type { CredentialNews } from '../../engine/credential/status/status.ts';
import { type Problem, problemText } from '../../engine/policy/schema/problem.ts';
import { keyOf, type SecretKey } from '../informer/version-index.ts';
import type { Place } from '../record/observed-secret.ts';

/** A PostgresCredential of the cluster. */
export interface StoredCredential {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly document: unknown;
  readonly status: unknown;
  readonly finalizers: readonly string[];
  /** Undefined: it is not being deleted. */
  readonly deletedAt: Date | undefined;
}

/** What there is to say of one. */
export interface Said<Stored extends StoredCredential> {
  readonly stored: Stored;
  readonly news: CredentialNews;
}

export interface CredentialStore<Stored extends StoredCredential> {
  readonly replace: (all: readonly Stored[]) => void;
  readonly put: (one: Stored) => void;
  readonly remove: (one: Place) => void;
  /** The one that a Secret is kept in step by. */
  readonly of: (secret: Place) => PostgresCredential | undefined;
  /** The one that did so last and does no longer: a change that it has begun is still to be brought to its end. */
  readonly formerOf: (secret: Place) => PostgresCredential | undefined;
  /** Its proven roles, by its status as it was last read or written. */
  readonly provenOf: (credential: PostgresCredential) => ProvenRoles | undefined;
  /** As the API server has it. Undefined: it is gone, or another one has its name. */
  readonly storedOf: (credential: PostgresCredential) => Stored | undefined;
  /** All that name a Secret, also those that are being deleted, or say something else that can't be worked by. */
  readonly namedBy: (secret: Place) => readonly Stored[];
  readonly report: (credential: PostgresCredential, news: CredentialNews) => void;
  /** Of each that something was found out of. */
  readonly said: () => readonly Said<Stored>[];
}

interface Kept<Stored> {
  readonly stored: Stored;
  readonly compiled: CompiledCredential;
}

/** A tenant who makes and deletes them all day long does not make the controller grow. A change that is under way keeps its own one from going. */
const MOST_FORMER = 1000;

/** `secretIsMeant`: another PostgresCredential means it than before, or one that says something else. `changed`: there may be something else to say. */
export function credentialStore<Stored extends StoredCredential>(
  compile: (document: unknown) => CompiledCredential,
  secretIsMeant: (secret: SecretKey) => void,
  changed: () => void,
): CredentialStore<Stored> {
  let all = new Map<string, Kept<Stored>>();
  /** By Secret, the one that counts. */
  let bySecret = new Map<SecretKey, PostgresCredential>();
  /** So many of the last that are gone, or mean another Secret. */
  const former = new Map<SecretKey, PostgresCredential>();
  /** By Secret, one that is being deleted, where no other one means it. */
  let ending = new Map<SecretKey, PostgresCredential>();
  let named = new Map<SecretKey, string[]>();
  const news = new Map<string, CredentialNews>();

  function index(before: ReadonlyMap<SecretKey, PostgresCredential>): void {
    bySecret = new Map();
    named = new Map();
    const deleted = new Map<SecretKey, PostgresCredential>();
    for (const { stored, compiled } of all.values()) {
      const name = secretNameIn(stored.document);
      if (name !== undefined) {
        const place = keyOf({ namespace: stored.namespace, name });
        const names = named.get(place);
        if (names === undefined) named.set(place, [nameOf(stored)]);
        else names.push(nameOf(stored));
      }
      if (!('credential' in compiled)) continue;
      const key = secretOf(compiled.credential);
      if (stored.deletedAt !== undefined) {
        deleted.set(key, compiled.credential);
        continue;
      }
      const other = bySecret.get(key);
      if (other === undefined || olderFirst(compiled.credential, other) < 0)
        bySecret.set(key, compiled.credential);
    }
    for (const key of new Set([...before.keys(), ...bySecret.keys()])) {
      const [was, is] = [before.get(key), bySecret.get(key)];
      if (is !== undefined) former.delete(key);
      else if (was !== undefined) keepFormer(key, was);
      if (!isSame(was, is)) secretIsMeant(key);
    }
    // Half a change that one of these has begun is brought to its end by it, also where another controller has begun it.
    const known = ending;
    ending = new Map([...deleted].filter(([key]) => !bySecret.has(key)));
    for (const [key, one] of ending) if (!isSame(known.get(key) ?? former.get(key), one)) secretIsMeant(key);
    for (const [key, one] of known) if (!ending.has(key) && !bySecret.has(key)) keepFormer(key, one);
    changed();
  }

  function keepFormer(key: SecretKey, one: PostgresCredential): void {
    former.delete(key);
    former.set(key, one);
    const [oldest] = former.keys();
    if (former.size > MOST_FORMER && oldest !== undefined) former.delete(oldest);
  }

  function take(stored: Stored, before: Kept<Stored> | undefined): Kept<Stored> {
    const { uid } = stored;
    if (before?.stored.uid === uid && generationOf(before.stored) === generationOf(stored))
      return { stored, compiled: before.compiled };
    news.delete(uid);
    return { stored, compiled: compile(stored.document) };
  }

  function newsOf({ stored, compiled }: Kept<Stored>): CredentialNews | undefined {
    const generation = generationOf(stored);
    if ('problems' in compiled) return notReady({ generation }, invalid(compiled.problems));
    const first = stored.deletedAt === undefined ? bySecret.get(secretOf(compiled.credential)) : undefined;
    if (first !== undefined && first.uid !== stored.uid) return notReady({ generation }, sharedWith(first));
    return news.get(stored.uid);
  }

  function storedOf(credential: PostgresCredential): Stored | undefined {
    const stored = all.get(nameOf(credential))?.stored;
    return stored?.uid === credential.uid ? stored : undefined;
  }

  return {
    replace: (stored) => {
      const before = all;
      all = new Map(stored.map((one) => [nameOf(one), take(one, before.get(nameOf(one)))]));
      index(bySecret);
    },
    put: (stored) => {
      const known = all.get(nameOf(stored));
      const kept = take(stored, known);
      all.set(nameOf(stored), kept);
      const isDeletedNow = stored.deletedAt !== undefined && known?.stored.deletedAt === undefined;
      if (kept.compiled === known?.compiled && !isDeletedNow) changed();
      else index(bySecret);
    },
    remove: (place) => {
      const known = all.get(nameOf(place));
      if (known === undefined) return;
      all.delete(nameOf(place));
      news.delete(known.stored.uid);
      index(bySecret);
    },
    of: (secret) => bySecret.get(keyOf(secret)),
    formerOf: (secret) => ending.get(keyOf(secret)) ?? former.get(keyOf(secret)),
    provenOf: (credential) => provenIn(storedOf(credential)?.status),
    storedOf,
    namedBy: (secret) => (named.get(keyOf(secret)) ?? []).flatMap((name) => all.get(name)?.stored ?? []),
    report: ({ uid }, what) => {
      news.set(uid, what);
      changed();
    },
    said: () =>
      [...all.values()].flatMap((kept) => {
        const said = newsOf(kept);
        return said === undefined ? [] : [{ stored: kept.stored, news: said }];
      }),
  };
}

const nameOf = ({ namespace, name }: Place): string => `${namespace}/${name}`;

const secretOf = ({ namespace, spec }: PostgresCredential): SecretKey =>
  keyOf({ namespace, name: spec.secretName });

const secretNameIn = (document: unknown): string | undefined =>
  (document as { readonly spec?: { readonly secretName?: string } } | null)?.spec?.secretName;

const generationOf = ({ document }: StoredCredential): number =>
  (document as { readonly metadata?: { readonly generation?: number } } | null)?.metadata?.generation ?? 0;

const olderFirst = (a: PostgresCredential, b: PostgresCredential): number =>
  a.created.getTime() - b.created.getTime() || (a.name < b.name ? -1 : 1);

const isSame = (a: PostgresCredential | undefined, b: PostgresCredential | undefined): boolean =>
  a?.uid === b?.uid && a?.generation === b?.generation;

const sharedWith = ({ name, spec }: PostgresCredential) =>
  ({
    type: 'Ready',
    status: 'False',
    reason: 'DuplicateCredential',
    message: `PostgresCredential ${name}, which is older, means Secret ${spec.secretName} already: delete one of the two`,
  }) as const;

const invalid = (problems: readonly Problem[]) =>
  ({
    type: 'Ready',
    status: 'False',
    reason: 'Invalid',
    message: problems.map(problemText).join('; '),
  }) as const;
