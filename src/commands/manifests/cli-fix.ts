import type { Exclusions } from '../../engine/policy/match/match.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { denies, type Finding } from '../../engine/secret/finding/finding.ts';
import { isOwned } from '../../engine/secret/owners.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import { UNREAD_VALUE } from '../../manifest/object/values.ts';
import type { CheckFinding } from '../../report/check-report.ts';
import { STDIN } from './source.ts';

/** The input of a fix that names a command for the manifest. */
export interface ManifestContext {
  readonly policies: readonly Policy[];
  /** The namespaces that are not validated. */
  readonly exclusions: Exclusions;
  /** The `--policy` and `--namespace` options of this run. */
  readonly policyPaths: readonly string[];
  readonly namespace: string | undefined;
  /** How often each name occurs among the Secrets of the file. Undefined if a part of it could not be read. */
  readonly names: ReadonlyMap<string, number> | undefined;
}

/**
 * Returns the fix of a finding with the options and commands of lockstep that only a manifest has. A template can be
 * allowed, and a value that a policy generates can be generated into the file.
 */
export function cliFixes(
  manifest: ManifestSecret,
  findings: readonly Finding[],
  context: ManifestContext,
): (finding: Finding) => Pick<CheckFinding, 'fix' | 'command'> {
  const generatable = new Set(generatableFindings(manifest, findings, context.policies));
  const command = commandFor(manifest, findings, generatable, context);
  const policyOfCommand = completingPolicy([...generatable]);
  return (finding) => {
    const { rule, fix } = finding;
    if (TEMPLATE_RULES.has(rule)) return { fix: allowReferencesFix(fix) };
    // A person edits the source of a pipe, and the fix of an owned Secret names its own.
    if (manifest.place.file === STDIN && !isOwned(manifest.secret)) return { fix: `in its source, ${fix}` };
    if (command === undefined || !generatable.has(finding))
      return {
        fix: manifest.isUnderData(finding.key) && !isOwned(manifest.secret) ? plainTextFix(finding) : fix,
      };
    const policy = isAbsent(finding) ? finding.policy : (policyOfCommand ?? finding.policy);
    const commandLine = command(policy);
    return {
      fix: `${isAbsent(finding) ? 'add it' : 'set a generated value'}: ${commandLine}`,
      command: commandLine,
    };
  };
}

/** Under `data`, the output of openssl is read as base64, and the key holds bytes that are no text. */
const plainTextFix = ({ rule, fix }: Finding): string =>
  rule === 'control-character'
    ? `${fix}, and plain text under stringData`
    : fix.replace(', e.g. openssl', ' under stringData, e.g. openssl');

type CommandFor = (policy: string) => string;

function commandFor(
  manifest: ManifestSecret,
  findings: readonly Finding[],
  generatable: ReadonlySet<Finding>,
  context: ManifestContext,
): CommandFor | undefined {
  if (generatable.size === 0) return undefined;
  // Without the option, the command changes nothing in a Secret that it can't complete.
  const replaces = findings.some(
    (finding) => denies(finding) && !(isAbsent(finding) && generatable.has(finding)),
  );
  return generateCommand(manifest, context, replaces);
}

/** The findings that `generate --into` corrects. The owner of a Secret would overwrite it. */
export const generatableFindings = (
  { secret, faults }: ManifestSecret,
  findings: readonly Finding[],
  policies: readonly Policy[],
): readonly Finding[] =>
  isOwned(secret) || faults.some(({ refused, rule }) => refused && !UNREAD_VALUE.has(rule))
    ? []
    : findings.filter((finding) => mayGenerate(finding, policies));

/** The command replaces the placeholders of every policy, and adds the missing keys of one: one command does both. */
export const completingPolicy = (generatable: readonly Finding[]): string | undefined =>
  (generatable.find(isAbsent) ?? generatable[0])?.policy;

export const allowReferencesFix = (fix: string): string => `${fix} (--allow-references skips it)`;

export const TEMPLATE_RULES: ReadonlySet<string> = new Set(['unrendered-template', 'unresolved-reference']);

const isAbsent = ({ rule }: Finding): boolean => rule === 'required' || rule === 'empty';

/** The command adds missing keys and replaces placeholders. Another bad value may be in use. */
function mayGenerate(finding: Finding, policies: readonly Policy[]): boolean {
  const isPlaceholder = finding.rule === 'placeholder' && denies(finding);
  if (!isAbsent(finding) && !isPlaceholder) return false;
  const policy = policies.find(({ name }) => name === finding.policy);
  return policy !== undefined && generatedKeys(policy).has(finding.key);
}

/** The keys that a policy generates, in every spelling. */
const generatedKeys = ({ keys }: Policy): ReadonlySet<string> =>
  new Set(
    keys.filter(({ generate }) => generate !== undefined).flatMap(({ name, aliases }) => [name, ...aliases]),
  );

/** The command, for the policy of a finding. Undefined if no command can change the file. */
function generateCommand(
  { place: { file }, secret }: ManifestSecret,
  { policyPaths, namespace: givenNamespace, names }: ManifestContext,
  replaces: boolean,
): CommandFor | undefined {
  if (file === STDIN || names === undefined) return undefined;
  const hasSeveral = names.size > 1 || (names.get(secret.name) ?? 0) > 1;
  const options = [
    ...policyPaths.flatMap((path) => ['--policy', path]),
    ...(givenNamespace === undefined ? [] : ['-n', secret.namespace]),
    ...['--into', file],
    ...(replaces || hasSeveral ? ['--replace-placeholders'] : []),
  ];
  if (!options.every((word) => PLAIN_WORD.test(word))) return undefined;
  // Without the name of a policy, the command completes each Secret of the file by its own.
  return (policy) => `lockstep generate ${hasSeveral ? '' : `--policy ${policy} `}${options.join(' ')}`;
}

/** No shell needs quotes around it. */
const PLAIN_WORD = /^[\w./:@+-]+$/;
