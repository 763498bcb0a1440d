import { denies, type Finding } from '../../engine/finding/finding.ts';
import type { KeyEntry, Policy } from '../../engine/policy/policy.ts';
import type { ManifestSecret } from '../../manifest/read/manifest-secret.ts';
import { STDIN } from './source.ts';

/** The input of a fix that names a command for the manifest. */
export interface ManifestContext {
  readonly policies: readonly Policy[];
  /** The `--policy` and `--namespace` options of this run. */
  readonly policyPaths: readonly string[];
  readonly namespace: string | undefined;
  /** All Secrets of the file. Undefined if a part of it could not be read. */
  readonly siblings: readonly ManifestSecret[] | undefined;
}

/**
 * Returns the fix of a finding with the options and commands of lockstep that only a manifest has. A template can be
 * allowed, and a value that a policy generates can be generated into the file.
 */
export function cliFixes(
  manifest: ManifestSecret,
  findings: readonly Finding[],
  context: ManifestContext,
): (finding: Finding) => string {
  const generatable = findings.filter((finding) => mayGenerate(finding, context));
  // Without the option, the command changes nothing in a Secret that it can't complete.
  const replaces = findings.some(
    (finding) => denies(finding) && !(isAbsent(finding) && generatable.includes(finding)),
  );
  const isEditable = manifest.faults.every(
    ({ refused, rule, key }) =>
      !refused || (rule === 'invalid-base64' && generatable.some((finding) => finding.key === key)),
  );
  const command = isEditable ? generateCommand(manifest, context, replaces) : undefined;
  return (finding) => {
    const { rule, fix } = finding;
    if (TEMPLATE_RULES.has(rule)) return allowReferencesFix(fix);
    if (command === undefined || !generatable.includes(finding)) return fix;
    return `${isAbsent(finding) ? 'add it' : 'set a generated value'}: ${command(finding.policy)}`;
  };
}

export const allowReferencesFix = (fix: string): string => `${fix}, or skip it with --allow-references`;

export const TEMPLATE_RULES: ReadonlySet<string> = new Set(['unrendered-template', 'unresolved-reference']);

const isAbsent = ({ rule }: Finding): boolean => rule === 'required' || rule === 'empty';

/** The command adds missing keys and replaces placeholders. Another bad value may be in use. */
function mayGenerate(finding: Finding, { policies }: ManifestContext): boolean {
  const isPlaceholder = finding.rule === 'placeholder' && denies(finding);
  if (!isAbsent(finding) && !isPlaceholder) return false;
  const policy = policies.find(({ name }) => name === finding.policy);
  const isMeant = ({ name, aliases }: KeyEntry): boolean =>
    name === finding.key || aliases.includes(finding.key);
  return policy?.keys.find(isMeant)?.generate !== undefined;
}

/** The command, for the policy of a finding. Undefined if no command can change the file. */
function generateCommand(
  { place: { file }, secret }: ManifestSecret,
  { policyPaths, namespace: givenNamespace, siblings }: ManifestContext,
  replaces: boolean,
): ((policy: string) => string) | undefined {
  if (file === STDIN || siblings === undefined) return undefined;
  const isAmbiguous = siblings.filter((one) => one.secret.name === secret.name).length > 1;
  const options = [
    ...policyPaths.flatMap((path) => ['--policy', path]),
    ...(siblings.length > 1 ? ['--name', secret.name] : []),
    ...(isAmbiguous || givenNamespace !== undefined ? ['-n', secret.namespace] : []),
    ...['--into', file],
    ...(replaces ? ['--replace-placeholders'] : []),
  ];
  if (!options.every((word) => PLAIN_WORD.test(word))) return undefined;
  return (policy) => `lockstep generate --policy ${policy} ${options.join(' ')}`;
}

/** No shell needs quotes around it. */
const PLAIN_WORD = /^[\w./:@+-]+$/;
