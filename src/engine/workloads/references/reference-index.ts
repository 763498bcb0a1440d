import { type MadeSecret, madeSecretsOf, makersByName } from './made-secrets.ts';
import { type KnownSecret, missingReferencesOf } from './missing-references.ts';
import type { ReadObject } from './object-fields.ts';
import type { ObjectFinding, ObjectWithFindings } from './object-findings.ts';
import { type SecretReference, secretReferencesOf } from './secret-references.ts';

/** An object of the cluster. Without a namespace it makes Secrets in any. */
export interface PlacedObject extends ReadObject {
  readonly namespace: string | undefined;
}

interface Reader {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly references: readonly SecretReference[];
  readonly findings: readonly ObjectFinding[];
}

/** Bounds the memory of an index, to about 100 MB. */
const MAX_SIZE = 500_000;

/**
 * The references of a cluster's objects to Secrets. Memory grows with the references: of the Secrets it keeps only
 * the keys of those that an object reads, and no value.
 */
export class ReferenceIndex {
  readonly #readers: Reader[] = [];
  readonly #made = new Map<string, MadeSecret[]>();
  /** By `namespace/name`, for each Secret that an object reads. */
  readonly #secrets = new Map<string, KnownSecret | undefined>();
  /** The number of references, findings and makers. */
  #size = 0;
  /** Some objects were left out. */
  isFull = false;

  /** Adds an object that reads Secrets, and other findings about it. `isWanted` chooses the Secrets. */
  addReader(
    object: PlacedObject,
    findings: readonly ObjectFinding[] = [],
    isWanted: (secret: string) => boolean = () => true,
  ): void {
    this.addMaker(object);
    const references = secretReferencesOf(object).filter(({ secret }) => isWanted(secret));
    const size = references.length + findings.length;
    if (size === 0 || !this.#mayGrow(size)) return;
    const { namespace = '', kind, name } = object;
    this.#readers.push({ namespace, kind, name, references, findings });
    for (const { secret } of references) this.#secrets.set(`${namespace}/${secret}`, undefined);
  }

  addMaker(object: PlacedObject): void {
    const secrets = madeSecretsOf(object);
    if (secrets.length === 0 || !this.#mayGrow(secrets.length)) return;
    const { namespace = ANY_NAMESPACE } = object;
    const all = this.#made.get(namespace) ?? [];
    this.#made.set(namespace, all);
    for (const made of secrets) all.push(made);
  }

  #mayGrow(by: number): boolean {
    this.isFull ||= this.#size + by > MAX_SIZE;
    if (!this.isFull) this.#size += by;
    return !this.isFull;
  }

  /** Adds a Secret that exists. `keys` is undefined if they could not be read. */
  addSecret(namespace: string, name: string, keys: ReadonlySet<string> | undefined): void {
    const ref = `${namespace}/${name}`;
    if (this.#secrets.has(ref)) this.#secrets.set(ref, { keys });
  }

  /** Whether an object reads a Secret that was not added. */
  get hasAbsent(): boolean {
    return [...this.#secrets.values()].includes(undefined);
  }

  /** Whether a reference has no Secret or no key. */
  get hasMissing(): boolean {
    return this.compare().objects.some(({ findings }) =>
      findings.some(({ rule }) => rule === 'missing-reference'),
    );
  }

  compare(): ComparedReferences {
    const objects: ObjectWithFindings[] = [];
    const made = new Map<string, string>();
    const makerIn = this.#makerLookup();
    for (const { namespace, kind, name, references, findings: others } of this.#readers) {
      const found = missingReferencesOf(references, {
        secretsNamed: (secret) => {
          const known = this.#secrets.get(`${namespace}/${secret}`);
          return known === undefined ? [] : [known];
        },
        makerOf: (secret) => makerIn(namespace, secret),
        place: 'cluster',
      });
      for (const { secret, maker } of found.made) made.set(`${namespace}/${secret}`, maker);
      const findings = [
        ...others,
        ...found.missing.map(({ reference: { key = '' }, message, fix }): ObjectFinding => {
          return { rule: 'missing-reference', key, message, fix };
        }),
      ];
      if (findings.length > 0) objects.push({ namespace, kind, name, findings });
    }
    return {
      readers: this.#readers.filter(({ references }) => references.length > 0).length,
      objects,
      made: [...made].map(([secret, maker]) => ({ secret, maker })),
    };
  }

  #makerLookup(): (namespace: string, secret: string) => string | undefined {
    const everywhere = makersByName(this.#made.get(ANY_NAMESPACE) ?? []);
    const byNamespace = new Map<string, ReturnType<typeof makersByName>>();
    return (namespace, secret) => {
      const makerOf = byNamespace.get(namespace) ?? makersByName(this.#made.get(namespace) ?? []);
      byNamespace.set(namespace, makerOf);
      return makerOf(secret) ?? everywhere(secret);
    };
  }
}

/** No namespace has this name. */
const ANY_NAMESPACE = '';

export interface ComparedReferences {
  /** The number of objects that read a Secret. */
  readonly readers: number;
  readonly objects: readonly ObjectWithFindings[];
  /** Secrets as `namespace/name` that do not exist yet, and the object that makes each. */
  readonly made: readonly { readonly secret: string; readonly maker: string }[];
}
