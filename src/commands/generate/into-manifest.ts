import { type ReplacedPlaceholders, replacePlaceholders } from '../../engine/decide/replace-placeholders.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { ownerKindOf } from '../../engine/secret/owners.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ManifestSecret, StructureFault } from '../../manifest/object/manifest-secret.ts';
import { UNREAD_VALUE } from '../../manifest/object/values.ts';
import { printable, withoutCommands } from '../../report/printable.ts';
import { decodeManifest, encodeManifest } from '../cli/file-encoding.ts';
import type { Shell } from '../cli/shell.ts';
import { writeFileAtomically } from '../cli/write-file-atomically.ts';
import type { EditableManifests } from '../manifests/source.ts';
import { choosePolicy } from '../policy-sources/choose-policy.ts';
import { withCurrentNamespace } from '../policy-sources/open-engine.ts';
import { requireEnvironment, warnUnknownKeys } from './errors.ts';
import { fillSecret, findingText } from './fill-secret.ts';
import type { GenerateOptions } from './generate.ts';
import { readSetValues } from './set-values.ts';

/**
 * Adds missing keys to a Secret of a manifest, and changes nothing else. With `replacePlaceholders`, it also replaces
 * the placeholders that a policy generates. Keeps the other placeholders, and values that can't be read. Resolves with
 * the exit code: 1 if `check` would still refuse the Secret. If a value that was read is refused, the file is
 * unchanged, unless placeholders were to be replaced.
 */
export async function generateInto(
  file: string,
  cliOptions: GenerateOptions,
  manifests: EditableManifests,
  shell: Shell,
): Promise<number> {
  const setValues = await readSetValues(cliOptions.set, cliOptions.setFile);
  const options = await withCurrentNamespace(cliOptions, shell);
  const chosen = await choosePolicy(options, shell);
  const { engine } = chosen;
  requireEnvironment(chosen.policy, options.env);
  warnUnknownKeys(chosen.policy, setValues.keys(), shell);

  const { replacePlaceholders: replaces = false } = options;
  const manifest = await findSecret(file, options, manifests);
  const { values, kept } = replaces
    ? replacePlaceholders(
        manifest.secret,
        chosen.policies,
        engine.context,
        engine.labelsOf?.(manifest.secret.namespace),
      )
    : NOTHING_REPLACED;
  const unread = unreadFaults(manifest, values);
  const given = withValues(withSetValues(manifest.secret, setValues), values);
  const filled = fillSecret(given, chosen, options.env, shell, replaces);
  for (const fault of unread) {
    if (!kept.includes(fault.key)) shell.stderr.write(`lockstep: ${findingText(fault)}\n`);
  }
  if (filled.kind !== 'complete' && !replaces) return 1;
  const following = filled.changes.filter(({ bases = [] }) => bases.some((base) => values.has(base)));
  const replaced = new Set([...values.keys(), ...following.map(({ key }) => key)]);
  const keptKeys = new Set([...kept, ...unread.map(({ key }) => key)]);
  for (const { key } of filled.changes) {
    if (hasValue(manifest.secret, key) && !replaced.has(key) && !keptKeys.has(key))
      shell.stderr.write(`lockstep: data[${key}] is left as it is. lockstep render corrects it.\n`);
  }
  const written = changesTo(manifest.secret, filled.secret, replaced);
  if (written.size > 0) {
    await write(file, manifest, written, manifests);
    warnOwned(manifest, chosen.policy, shell);
  }
  const left = [...keptKeys].filter((key) => !written.has(key));
  shell.stdout.write(withoutCommands(`${printable(file)}: ${summaryOf(manifest.secret, written, left)}\n`));
  return filled.kind === 'complete' && unread.length === 0 ? 0 : 1;
}

/** The owner writes the values of the cluster over those of the manifest. A SealedSecret is made from the manifest. */
function warnOwned({ ref, secret }: ManifestSecret, policy: Policy, { stderr }: Pick<Shell, 'stderr'>): void {
  const owner = ownerKindOf(secret);
  if (owner === undefined || owner.kind === 'sealed-secret') return;
  const [name, place] =
    owner.kind === 'external-secret'
      ? [
          'an ExternalSecret',
          `in its store or its template (lockstep render --external-secret --policy ${policy.name})`,
        ]
      : [owner.name, 'there'];
  const warning = `${printable(ref)} belongs to ${name}, which overwrites this change: change the values ${place}`;
  stderr.write(`lockstep: ${warning}\n`);
}

const NOTHING_REPLACED: ReplacedPlaceholders = { values: new Map(), kept: [] };

function summaryOf(before: Secret, written: ReadonlyMap<string, Sensitive>, kept: readonly string[]): string {
  const keys = [...written.keys()];
  const parts = [
    [keys.filter((key) => !hasValue(before, key)), 'added'],
    [keys.filter((key) => hasValue(before, key)), 'replaced'],
    [kept, 'kept'],
  ] as const;
  const texts = parts
    .filter(([names]) => names.length > 0)
    .map(([names, done]) => `${names.join(', ')} ${done}`);
  return texts.length === 0 ? 'nothing is missing' : texts.join('; ');
}

async function findSecret(
  file: string,
  { name, namespace }: GenerateOptions,
  { read }: EditableManifests,
): Promise<ManifestSecret> {
  const all: ManifestSecret[] = [];
  for await (const { secrets, errors, file: source } of read([file], { namespace, allowReferences: false })) {
    const [error] = errors;
    if (error !== undefined)
      throw invalidInto(`${[source, error.line].filter(Boolean).join(':')}: ${error.message}`);
    if (source !== file) throw invalidInto(`${file} is a folder; give a file`);
    all.push(...secrets);
  }
  const matching = all.filter(
    ({ secret }) =>
      (name ?? secret.name) === secret.name && (namespace ?? secret.namespace) === secret.namespace,
  );
  const [one, another] = matching;
  const refs = (all.length === 0 ? ['none'] : all.map(({ ref }) => ref)).join(', ');
  if (one === undefined) throw invalidInto(`${file} holds no such Secret; it holds ${refs}`);
  if (another !== undefined)
    throw invalidInto(`${file} holds ${refs}; say which with --name and --namespace`);
  if (one.skipped === 'deleting-patch') throw invalidInto(`${one.ref} is a patch that deletes a Secret`);
  if (one.skipped !== undefined) throw invalidInto(`${one.ref} is ciphertext; decrypt it first`);
  return one;
}

/** The faults of values that stay as they are. Throws at a fault of the form, which leaves no Secret to complete. */
function unreadFaults(
  { faults }: ManifestSecret,
  replaced: ReadonlyMap<string, Sensitive>,
): readonly StructureFault[] {
  const refused = faults.filter((fault) => fault.refused);
  const fault = refused.find(({ rule }) => !UNREAD_VALUE.has(rule));
  if (fault === undefined) return refused.filter(({ key }) => !replaced.has(key));
  const { place, key, message, fix } = fault;
  const position = `${place.file}:${place.line}`;
  throw invalidInto([position, `${key === '' ? 'the Secret' : key} ${message}`, fix].join(': '));
}

function withSetValues(secret: Secret, values: ReadonlyMap<string, Sensitive>): Secret {
  const existing = [...values.keys()].find((key) => hasValue(secret, key));
  if (existing !== undefined) throw invalidInto(`${existing} has a value already, which --set would change`);
  return withValues(secret, values);
}

const withValues = (
  { undecoded = new Set(), ...secret }: Secret,
  values: ReadonlyMap<string, Sensitive>,
): Secret => ({
  ...secret,
  undecoded: new Set([...undecoded].filter((key) => !values.has(key))),
  data: new Map([...secret.data, ...values]),
});

/** The keys that lacked a value, and those in `replaced`. An empty value may be intended, so it stays. */
function changesTo(
  { data: before }: Secret,
  { data }: Secret,
  replaced: ReadonlySet<string>,
): ReadonlyMap<string, Sensitive> {
  return new Map(
    [...data].filter(
      ([key, value]) =>
        (replaced.has(key) || before.get(key)?.isEmpty !== false) && !value.equals(before.get(key)),
    ),
  );
}

const hasValue = ({ data }: Secret, key: string): boolean => data.get(key)?.isEmpty === false;

async function write(
  file: string,
  manifest: ManifestSecret,
  added: ReadonlyMap<string, Sensitive>,
  { bytesOf, edit }: EditableManifests,
): Promise<void> {
  const { text, encoding } = decodeManifest(await bytesOf(file));
  await writeFileAtomically(file, encodeManifest(edit(text, manifest, added), encoding));
}

const invalidInto = (what: string): LockstepError => new LockstepError('BAD_OPTION', ['--into', what]);
