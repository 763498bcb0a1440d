import type { Secret } from '../../engine/secret/secret.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import type { ManifestSecret } from '../../manifest/read/manifest-secret.ts';
import { decodeManifest, encodeManifest } from '../cli/file-encoding.ts';
import type { Shell } from '../cli/shell.ts';
import { writeFileAtomically } from '../cli/write-file-atomically.ts';
import { choosePolicy } from '../manifests/choose-policy.ts';
import type { EditableManifests } from '../manifests/source.ts';
import { requireEnvironment, requireNamespace, warnUnknownKeys } from './errors.ts';
import { fillSecret } from './fill-secret.ts';
import type { GenerateOptions } from './generate.ts';
import { readSetValues } from './set-values.ts';

/**
 * Adds missing keys to a Secret of a manifest, and changes nothing else. Resolves with the exit code. If `check` would
 * still refuse the Secret, it leaves the file unchanged and resolves with 1.
 */
export async function generateInto(
  file: string,
  options: GenerateOptions,
  manifests: EditableManifests,
  shell: Shell,
): Promise<number> {
  requireNamespace(options.namespace);
  const setValues = await readSetValues(options.set, options.setFile);
  const chosen = await choosePolicy(options, shell);
  requireEnvironment(chosen.policy, options.env);
  warnUnknownKeys(chosen.policy, setValues.keys(), shell);

  const manifest = await findSecret(file, options, manifests);
  const completed = fillSecret(withSetValues(manifest.secret, setValues), chosen, options.env, shell);
  if (completed === undefined) return 1;
  for (const { key } of completed.changes) {
    if (hasValue(manifest.secret, key))
      shell.stderr.write(`lockstep: data[${key}] is left as it is. lockstep render corrects it.\n`);
  }
  const added = additionsTo(manifest.secret, completed.secret);
  if (added.size > 0) await write(file, manifest, added, manifests);
  const summary = added.size === 0 ? 'nothing is missing' : `${[...added.keys()].join(', ')} added`;
  shell.stdout.write(`${file}: ${summary}\n`);
  return 0;
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
  if (one.skipped !== undefined) throw invalidInto(`${one.ref} is ciphertext; decrypt it first`);
  const fault = one.faults.find(({ refused }) => refused);
  if (fault !== undefined) {
    const { place, key, message, fix } = fault;
    const position = `${place.file}:${place.line}`;
    throw invalidInto([position, `${key === '' ? 'the Secret' : key} ${message}`, fix].join(': '));
  }
  return one;
}

function withSetValues(secret: Secret, values: ReadonlyMap<string, Sensitive>): Secret {
  const existing = [...values.keys()].find((key) => hasValue(secret, key));
  if (existing !== undefined) throw invalidInto(`${existing} has a value already, which --set would change`);
  return { ...secret, data: new Map([...secret.data, ...values]) };
}

/** An empty value may be intended, so it stays. */
function additionsTo({ data: before }: Secret, { data }: Secret): ReadonlyMap<string, Sensitive> {
  return new Map(
    [...data].filter(([key, value]) => before.get(key)?.isEmpty !== false && !value.equals(before.get(key))),
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
