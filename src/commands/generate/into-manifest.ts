import type { Policy } from '../../engine/policy/policy.ts';
import { denies } from '../../engine/secret/finding/finding.ts';
import { ownerKindOf } from '../../engine/secret/owners.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import { printable, withoutCommands } from '../../report/printable.ts';
import { decodeManifest, encodeManifest } from '../cli/file-encoding.ts';
import type { Shell } from '../cli/shell.ts';
import { writeFileAtomically } from '../cli/write-file-atomically.ts';
import { completingPolicy, generatableFindings } from '../manifests/cli-fix.ts';
import type { EditableManifests } from '../manifests/source.ts';
import { choosePolicy, namesPolicy } from '../policy-sources/choose-policy.ts';
import { openEngine, withCurrentNamespace } from '../policy-sources/open-engine.ts';
import { type Completed, complete, invalidInto, NOTHING_MISSING, type Target } from './complete.ts';
import { requireEnvironment, warnUnknownKeys } from './errors.ts';
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
  const { found, isOnly } = await findSecrets(file, options, manifests);
  if (!isOnly && isForAll(options)) return completeAll(file, found, options, manifests, shell);
  const chosen = await choosePolicy(options, shell);
  requireEnvironment(chosen.policy, options.env);
  warnUnknownKeys(chosen.policy, setValues.keys(), shell);

  const manifest = onlySecret(file, found);
  const { written, summary, isComplete } = complete({ manifest, chosen }, setValues, options, (message) =>
    shell.stderr.write(`lockstep: ${message}\n`),
  );
  await write(file, [{ manifest, written }], manifests);
  if (written.size > 0) warnOwned(manifest, chosen.policy, shell);
  if (summary !== undefined) shell.stdout.write(withoutCommands(`${printable(file)}: ${summary}\n`));
  return isComplete ? 0 : 1;
}

/** No option speaks of one Secret. */
const isForAll = (options: GenerateOptions): boolean =>
  options.replacePlaceholders === true &&
  options.name === undefined &&
  options.env === undefined &&
  options.set.length + options.setFile.length === 0 &&
  !namesPolicy(options);

/** Completes each Secret of the file that `check` refuses, by its own policy. It leaves the others as they are. */
async function completeAll(
  file: string,
  found: readonly ManifestSecret[],
  options: GenerateOptions,
  manifests: EditableManifests,
  shell: Shell,
): Promise<number> {
  const engine = await openEngine(options, shell);
  const { policies } = engine;
  const results = found.map((manifest) => {
    const warn = (message: string) =>
      void shell.stderr.write(`lockstep: ${printable(manifest.ref)}: ${message}\n`);
    const { findings } = engine.decide(manifest);
    const name = completingPolicy(generatableFindings(manifest, findings, policies));
    const policy = policies.find((one) => one.name === name);
    if (policy !== undefined) {
      const target = { manifest, chosen: { policy, policies, engine } };
      return { manifest, ...complete(target, new Map(), options, warn) };
    }
    const isComplete = !findings.some(denies) && !manifest.faults.some(({ refused }) => refused);
    if (!isComplete) warn('it is left as it is. lockstep check says why.');
    return { manifest, written: new Map(), summary: undefined, isComplete };
  });
  await write(file, results, manifests);
  const lines = results.flatMap(({ manifest, summary }) =>
    summary === undefined ? [] : `${summary} in ${manifest.ref}`,
  );
  for (const line of lines.length === 0 ? [NOTHING_MISSING] : lines)
    shell.stdout.write(withoutCommands(`${printable(file)}: ${printable(line)}\n`));
  return results.every(({ isComplete }) => isComplete) ? 0 : 1;
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

/** The Secrets of the file that the options select, or all that it holds if they select none. */
async function findSecrets(
  file: string,
  { name, namespace }: GenerateOptions,
  { read }: EditableManifests,
): Promise<{ readonly found: readonly ManifestSecret[]; readonly isOnly: boolean }> {
  const all: ManifestSecret[] = [];
  for await (const { secrets, errors, file: source } of read([file], { namespace, allowReferences: false })) {
    const [error] = errors;
    if (error !== undefined)
      throw invalidInto(`${[source, error.line].filter(Boolean).join(':')}: ${error.message}`);
    if (source !== file) throw invalidInto(`${file} is a folder; give a file`);
    all.push(...secrets);
  }
  const found = all.filter(
    ({ secret }) =>
      (name ?? secret.name) === secret.name && (namespace ?? secret.namespace) === secret.namespace,
  );
  if (found.length > 0) return { found, isOnly: all.length === 1 };
  throw invalidInto(`${file} holds no such Secret; it holds ${refsOf(all)}`);
}

function onlySecret(file: string, found: readonly ManifestSecret[]): ManifestSecret {
  const [one, another] = found;
  if (one === undefined || another !== undefined)
    throw invalidInto(`${file} holds ${refsOf(found)}; say which with --name and --namespace`);
  if (one.skipped === 'deleting-patch') throw invalidInto(`${one.ref} is a patch that deletes a Secret`);
  if (one.skipped !== undefined) throw invalidInto(`${one.ref} is ciphertext; decrypt it first`);
  return one;
}

const refsOf = (secrets: readonly ManifestSecret[]): string =>
  secrets.length === 0 ? 'none' : secrets.map(({ ref }) => ref).join(', ');

/** From the last Secret to the first, so that the positions of the remaining ones stay valid. */
async function write(
  file: string,
  results: readonly (Pick<Target, 'manifest'> & Pick<Completed, 'written'>)[],
  { bytesOf, edit }: EditableManifests,
): Promise<void> {
  if (results.every(({ written }) => written.size === 0)) return;
  const { text, encoding } = decodeManifest(await bytesOf(file));
  const edited = results.reduceRight(
    (before, { manifest, written }) => edit(before, manifest, written),
    text,
  );
  await writeFileAtomically(file, encodeManifest(edited, encoding));
}
