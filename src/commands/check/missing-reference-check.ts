import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { ManifestFileContent } from '../../manifest/read/read.ts';
import { isMade, type MadeSecret } from '../../manifest/references/made-secrets.ts';
import type { SecretReader } from '../../manifest/references/references.ts';
import type { CheckedReader, CheckFinding, CheckHint } from '../../report/check-report.ts';

type Reference = SecretReader['references'][number];

/** Finds the references to a Secret, or to a key of one, that the run does not have. */
export interface MissingReferenceCheck {
  /** `keys`: those that the Secret will have with lockstep's changes. Undefined for ciphertext: they may differ. */
  readonly addSecret: (manifest: ManifestSecret, keys: readonly string[] | undefined) => void;
  readonly addFile: (file: ManifestFileContent) => void;
  readonly result: () => MissingReferences;
}

interface MissingReferences {
  /** The objects with at least one finding. */
  readonly readers: readonly CheckedReader[];
  /** One for each Secret that something makes later. */
  readonly hints: readonly CheckHint[];
}

interface KnownSecret {
  readonly namespace: string;
  readonly keys: ReadonlySet<string> | undefined;
  /** The keys by their letters, without case and separators. Made for the first missing key. */
  byLetters?: ReadonlyMap<string, string>;
}

export function missingReferenceCheck(): MissingReferenceCheck {
  const secrets = new Map<string, KnownSecret[]>();
  const readers: SecretReader[] = [];
  const made: MadeSecret[] = [...MADE_IN_EACH_NAMESPACE];
  return {
    addSecret: ({ secret: { name, namespace } }, keys) => {
      const known: KnownSecret = { namespace, keys: keys === undefined ? undefined : new Set(keys) };
      const others = secrets.get(name);
      if (others === undefined) secrets.set(name, [known]);
      else others.push(known);
    },
    addFile: ({ references }) => {
      for (const reader of references?.readers ?? []) readers.push(reader);
      for (const one of references?.made ?? []) made.push(one);
    },
    result: () => missingReferences(readers, secrets, made),
  };
}

function missingReferences(
  readers: readonly SecretReader[],
  secrets: ReadonlyMap<string, readonly KnownSecret[]>,
  made: readonly MadeSecret[],
): MissingReferences {
  const hints = new Map<string, CheckHint>();
  const checked: CheckedReader[] = [];
  const makerOf = makersByName(made);
  for (const reader of readers) {
    const findings: CheckFinding[] = [];
    for (const [name, references] of Map.groupBy(reader.references, ({ secret }) => secret)) {
      const known = secretsIn(secrets.get(name) ?? [], reader.namespace);
      const maker = makerOf(name);
      // A controller can add keys to a Secret of the run.
      if (maker !== undefined && known.length > 0) continue;
      if (maker !== undefined)
        hints.set(name, { file: reader.place.file, kind: 'made-secret', target: `${name} by ${maker}` });
      else if (known.length === 0) findings.push(missingSecret(name, references));
      else findings.push(...references.flatMap((reference) => missingKey(reference, known) ?? []));
    }
    if (findings.length > 0) checked.push(checkedReader(reader, findings));
  }
  return { readers: checked, hints: [...hints.values()] };
}

/** Without a namespace, a manifest may be meant for any. The reader of manifests calls that `default`. */
function secretsIn(secrets: readonly KnownSecret[], namespace = 'default'): readonly KnownSecret[] {
  if (namespace === 'default') return secrets;
  return secrets.filter((secret) => secret.namespace === namespace || secret.namespace === 'default');
}

/** An object can make Secrets of many names, so each name is compared with each pattern once. */
function makersByName(made: readonly MadeSecret[]): (name: string) => string | undefined {
  const byName = new Map(made.map((one) => [one.name, one.maker]));
  const patterns = made.filter(({ name }) => name.includes('*')).slice(0, MAX_PATTERNS);
  return (name) => {
    const maker = byName.get(name) ?? patterns.find((pattern) => isMade(pattern, name))?.maker;
    byName.set(name, maker ?? '');
    return maker === '' ? undefined : maker;
  };
}

/** Each namespace has this ServiceAccount, without a manifest. */
const MADE_IN_EACH_NAMESPACE: readonly MadeSecret[] = ['default-token', 'default-token-*'].map((name) => ({
  name,
  maker: 'ServiceAccount default',
}));

/** Bounds the comparisons for each name. */
const MAX_PATTERNS = 500;

/** One finding for all references of an object to one Secret. */
function missingSecret(name: string, references: readonly Reference[]): CheckFinding {
  const [first, ...others] = references;
  const readers = others.length === 0 ? first?.reader : `${first?.reader} and ${others.length} more`;
  return findingAt(
    first,
    `the Secret ${name} is not in this run, and ${readers} ${others.length === 0 ? 'reads' : 'read'} it`,
    references.some(({ canBeOptional }) => canBeOptional)
      ? 'add it to the run, correct the name, or set optional: true if the pods can do without it'
      : 'add it to the run, or correct the name',
  );
}

function missingKey(reference: Reference, known: readonly KnownSecret[]): CheckFinding | undefined {
  const { secret, key, reader } = reference;
  if (key === undefined || known.some(({ keys }) => keys === undefined || keys.has(key))) return undefined;
  const similar = similarKey(key, known);
  return findingAt(
    reference,
    `the Secret ${secret} has no key ${key}, and ${reader} reads it`,
    similar === undefined ? `add ${key} to it, or correct the key` : `did you mean ${similar}?`,
  );
}

const findingAt = (reference: Reference | undefined, message: string, fix: string): CheckFinding => ({
  rule: 'missing-reference',
  key: '',
  action: 'Warn',
  message,
  fix,
  line: reference?.place.line ?? 1,
  column: reference?.place.column ?? 1,
});

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

const checkedReader = (
  { kind, namespace = 'default', name, place }: SecretReader,
  findings: readonly CheckFinding[],
): CheckedReader => ({
  kind,
  ref: `${namespace}/${name}`,
  file: place.file,
  line: place.line,
  findings,
});
