import type { Secret } from '../../engine/secret/secret.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import type { ManifestSecret } from '../../manifest/read/manifest-secret.ts';
import { decodeManifest, encodeManifest } from '../cli/file-encoding.ts';
import type { Shell } from '../cli/shell.ts';
import { replaceFile } from '../cli/write-file-atomically.ts';
import { choosePolicy } from '../manifests/choose-policy.ts';
import type { EditableManifests } from '../manifests/source.ts';
import { noteStrangers, requireEnvironment, requireNamespace } from './errors.ts';
import { fillSecret } from './fill-secret.ts';
import type { GenerateOptions } from './generate.ts';
import { givenValues } from './set-values.ts';

/**
 * Adds to a Secret of a manifest what it lacks, and changes nothing else. Resolves with the exit code: 1, and the file as it was, where `check` would
 * refuse it all the same.
 */
export async function generateInto(
  file: string,
  options: GenerateOptions,
  manifests: EditableManifests,
  shell: Shell,
): Promise<number> {
  requireNamespace(options.namespace);
  const given = await givenValues(options.set, options.setFile);
  const chosen = await choosePolicy(options, shell);
  requireEnvironment(chosen.policy, options.env);
  noteStrangers(chosen.policy, given.keys(), shell);

  const manifest = await onlySecret(file, options, manifests);
  const filled = fillSecret(withGiven(manifest.secret, given), chosen, options.env, shell);
  if (filled === undefined) return 1;
  for (const { key } of filled.changes) {
    if (isHeld(manifest.secret, key))
      shell.stderr.write(`lockstep: data[${key}]: is left as it is: lockstep render puts it right\n`);
  }
  const added = additionsTo(manifest.secret, filled.secret);
  if (added.size > 0) await write(file, manifest, added, manifests);
  const what = added.size === 0 ? 'nothing is missing' : `${[...added.keys()].join(', ')} added`;
  shell.stdout.write(`${file}: ${what}\n`);
  return 0;
}

async function onlySecret(
  file: string,
  { name, namespace }: GenerateOptions,
  { read }: EditableManifests,
): Promise<ManifestSecret> {
  const found: ManifestSecret[] = [];
  for await (const { secrets, errors, file: at } of read([file], { namespace, allowReferences: false })) {
    const [error] = errors;
    if (error !== undefined) throw bad(`${[at, error.line].filter(Boolean).join(':')}: ${error.message}`);
    if (at !== file) throw bad(`${file} is a folder; give a file`);
    found.push(...secrets);
  }
  const meant = found.filter(
    ({ secret }) =>
      (name ?? secret.name) === secret.name && (namespace ?? secret.namespace) === secret.namespace,
  );
  const [one, another] = meant;
  const refs = (found.length === 0 ? ['none'] : found.map(({ ref }) => ref)).join(', ');
  if (one === undefined) throw bad(`${file} holds no such Secret; it holds ${refs}`);
  if (another !== undefined) throw bad(`${file} holds ${refs}; say which with --name and --namespace`);
  if (one.skipped !== undefined) throw bad(`${one.ref} is ciphertext; decrypt it first`);
  const fault = one.faults.find(({ refused }) => refused);
  if (fault !== undefined) {
    const { place, key, message, fix } = fault;
    throw bad(`${place.file}:${place.line}: ${key === '' ? 'the Secret' : key} ${message}: ${fix}`);
  }
  return one;
}

function withGiven(secret: Secret, given: ReadonlyMap<string, Sensitive>): Secret {
  const there = [...given.keys()].find((key) => isHeld(secret, key));
  if (there !== undefined) throw bad(`${there} has a value already, which --set would change`);
  return { ...secret, data: new Map([...secret.data, ...given]) };
}

/** What is empty on purpose stays so. */
function additionsTo({ data: before }: Secret, { data }: Secret): ReadonlyMap<string, Sensitive> {
  return new Map(
    [...data].filter(([key, value]) => before.get(key)?.isEmpty !== false && !value.equals(before.get(key))),
  );
}

const isHeld = ({ data }: Secret, key: string): boolean => data.get(key)?.isEmpty === false;

async function write(
  file: string,
  manifest: ManifestSecret,
  added: ReadonlyMap<string, Sensitive>,
  { bytesOf, edit }: EditableManifests,
): Promise<void> {
  const { text, encoding } = decodeManifest(await bytesOf(file));
  await replaceFile(file, encodeManifest(edit(text, manifest, added), encoding));
}

const bad = (what: string): LockstepError => new LockstepError('BAD_OPTION', ['--into', what]);
