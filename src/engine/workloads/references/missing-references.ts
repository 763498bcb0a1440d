import type { SecretReference } from './secret-references.ts';

/** A Secret that exists, and its keys. */
export interface KnownSecret {
  /** Undefined if the keys are not known, as those of ciphertext. */
  readonly keys: ReadonlySet<string> | undefined;
  /** The keys by their letters, without case and separators. Made for the first missing key. */
  byLetters?: ReadonlyMap<string, string>;
}

/** The Secrets that a reader can mean, and where they are looked for. */
export interface SecretLookup {
  /** In a run of manifests, several Secrets may have the name. */
  readonly secretsNamed: (name: string) => readonly KnownSecret[];
  /** The object that makes a Secret of this name: `ExternalSecret app`. */
  readonly makerOf: (name: string) => string | undefined;
  readonly place: 'run' | 'cluster';
  /** Another namespace of the run that has a Secret of this name. */
  readonly otherNamespaceOf?: (name: string) => string | undefined;
}

export interface MissingReferences<Reference extends SecretReference> {
  readonly missing: readonly MissingReference<Reference>[];
  /** The absent Secrets that an object makes. */
  readonly made: readonly { readonly secret: string; readonly maker: string }[];
  /** The absent Secrets that another namespace has. Something may copy them. */
  readonly elsewhere: readonly { readonly secret: string; readonly namespace: string }[];
}

export interface MissingReference<Reference extends SecretReference> {
  /** The first of them, if several name one Secret. */
  readonly reference: Reference;
  /** `the Secret app is not in this run` */
  readonly fault: string;
  readonly message: string;
  readonly fix: string;
}

/** The references of one object to a Secret that does not exist, or to a key that it lacks. */
export function missingReferencesOf<Reference extends SecretReference>(
  references: readonly Reference[],
  lookup: SecretLookup,
): MissingReferences<Reference> {
  const missing: MissingReference<Reference>[] = [];
  const made: { readonly secret: string; readonly maker: string }[] = [];
  const elsewhere: { readonly secret: string; readonly namespace: string }[] = [];
  for (const [secret, group] of Map.groupBy(references, (reference) => reference.secret)) {
    const known = lookup.secretsNamed(secret);
    const maker = lookup.makerOf(secret);
    const namespace = lookup.otherNamespaceOf?.(secret);
    if (known.length > 0)
      missing.push(...group.flatMap((one) => missingKey(one, known, maker, lookup) ?? []));
    else if (maker !== undefined) made.push({ secret, maker });
    else if (namespace !== undefined) elsewhere.push({ secret, namespace });
    else missing.push(missingSecret(secret, group, lookup));
  }
  return { missing, made, elsewhere };
}

const ABSENT = { run: 'is not in this run', cluster: 'does not exist' } as const;
const ADD = { run: 'add it to the run', cluster: 'create it' } as const;

/** One for all references of an object to one Secret. */
function missingSecret<Reference extends SecretReference>(
  secret: string,
  references: readonly Reference[],
  { place }: SecretLookup,
): MissingReference<Reference> {
  const [first, ...others] = references;
  const fault = `the Secret ${secret} ${ABSENT[place]}`;
  return {
    reference: first as Reference,
    fault,
    message: readBy(fault, first?.reader ?? '', others.length === 0 ? undefined : `${others.length} more`),
    fix: references.some(({ canBeOptional }) => canBeOptional)
      ? `${ADD[place]}, correct the name, or set optional: true if the pods can do without it`
      : `${ADD[place]}, or correct the name`,
  };
}

/** `others`: `13 more workloads` */
export const readBy = (fault: string, reader: string, others?: string): string =>
  others === undefined ? `${fault}, and ${reader} reads it` : `${fault}, and ${reader} and ${others} read it`;

function missingKey<Reference extends SecretReference>(
  reference: Reference,
  known: readonly KnownSecret[],
  maker: string | undefined,
  { place }: SecretLookup,
): MissingReference<Reference> | undefined {
  const { secret, key, reader } = reference;
  if (key === undefined || known.some(({ keys }) => keys === undefined || keys.has(key))) return undefined;
  // In a run, a controller can still add keys to a Secret of the run. In a cluster it has done so.
  if (place === 'run' && maker !== undefined) return undefined;
  const similar = similarKey(key, known);
  const fault = `the Secret ${secret} has no key ${key}`;
  return {
    reference,
    fault,
    message: readBy(fault, reader),
    fix:
      similar === undefined
        ? `add ${key} to it${maker === undefined ? '' : `, in the ${maker}`}, or correct the key`
        : `did you mean ${similar}?`,
  };
}

/** A key that differs only in case and separators. */
function similarKey(key: string, known: readonly KnownSecret[]): string | undefined {
  const letters = lettersOf(key);
  for (const secret of known) {
    secret.byLetters ??= new Map([...(secret.keys ?? [])].map((other) => [lettersOf(other), other]));
    const similar = secret.byLetters.get(letters);
    if (similar !== undefined) return similar;
  }
  return undefined;
}

const lettersOf = (key: string): string => key.toLowerCase().replaceAll(/[-_.]/g, '');
