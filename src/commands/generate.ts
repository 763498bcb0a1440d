import type { Finding } from '../engine/finding.ts';
import { fieldOf, sentence } from '../engine/finding.ts';
import { type NewSecret, newSecret } from '../engine/new-secret.ts';
import type { Policy } from '../engine/policy.ts';
import type { Secret } from '../engine/secret.ts';
import type { Sensitive } from '../engine/sensitive.ts';
import { LockstepError } from '../errors.ts';
import { secretManifest } from '../manifest/secret-manifest.ts';
import { type Chosen, choosePolicy } from './choose-policy.ts';
import {
  asIncomplete,
  asUnmeant,
  noteStrangers,
  requireEnvironment,
  requireName,
  requireNamespace,
} from './generate-refusals.ts';
import { givenValues } from './given-values.ts';
import { printSecret } from './print-secret.ts';
import type { Shell } from './shell.ts';
import { surroundings } from './surroundings.ts';

export type SecretFormat = 'yaml' | 'env' | 'json';

export interface GenerateOptions {
  /** Names and paths. */
  readonly policy: readonly string[];
  readonly builtin: readonly string[] | true;
  readonly env?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly set: readonly string[];
  readonly setFile: readonly string[];
  readonly format: SecretFormat;
}

/** Prints a complete Secret for a policy. Resolves with the exit code: 1, and nothing printed, where `check` would refuse it. */
export async function generate(options: GenerateOptions, shell: Shell): Promise<number> {
  requireNamespace(options.namespace);
  const given = await givenValues(options.set, options.setFile);
  const chosen = await choosePolicy(options, shell);
  requireEnvironment(chosen.policy, options.env);
  noteStrangers(chosen.policy, given.keys(), shell);
  const secret = frame(chosen.policy, options, given);
  const outcome = fill(secret, chosen, options.env);
  tell(outcome, shell);
  if (outcome.kind === 'refused') return 1;
  const written = { ...outcome.secret, namespace: writtenNamespace(chosen.policy, options) ?? '' };
  shell.stdout.write(printSecret(secretManifest(written), options.format));
  return 0;
}

/** The Secret before anything but what was given is in it. */
function frame(policy: Policy, options: GenerateOptions, data: ReadonlyMap<string, Sensitive>): Secret {
  const { types, labelSelector } = policy.match;
  return {
    name: requireName(options.name ?? literalOf(policy.match.names), policy),
    generateName: '',
    namespace: writtenNamespace(policy, options) ?? 'default',
    type: literalOf(types) ?? 'Opaque',
    labels: new Map(Object.entries(labelSelector?.matchLabels ?? {})),
    annotations: new Map(),
    controller: undefined,
    immutable: false,
    deleting: false,
    data,
  };
}

/** Without one it is kubectl's to say: it stands in no manifest. */
const writtenNamespace = (policy: Policy, { namespace }: GenerateOptions): string | undefined =>
  namespace ?? literalOf(policy.match.namespaces);

/** What the globs leave no choice of. */
function literalOf(globs: readonly string[] | undefined): string | undefined {
  const [first, second] = globs ?? [];
  return second !== undefined || first === undefined || /[*?]/.test(first) ? undefined : first;
}

/** Throws where it is for the user to say more. */
function fill(
  secret: Secret,
  { policy, policies }: Chosen,
  environment: string | undefined,
): Extract<NewSecret, { kind: 'complete' | 'refused' }> {
  const outcome = newSecret({ policy, secret, environment }, policies, surroundings);
  if (outcome.kind === 'incomplete') throw asIncomplete(outcome.missing);
  if (outcome.kind === 'unmeant') throw asUnmeant(policy, secret);
  if (outcome.kind === 'exempt') throw new LockstepError('GENERATE_EXEMPT', [secret.namespace]);
  return outcome;
}

function tell(outcome: Extract<NewSecret, { kind: 'complete' | 'refused' }>, { stderr }: Shell): void {
  const warnings = outcome.kind === 'complete' ? outcome.warnings : [];
  const findings = outcome.findings.filter(({ action }) => action !== 'Audit').map(said);
  for (const line of [...warnings, ...findings]) stderr.write(`lockstep: ${line}\n`);
}

const said = (finding: Finding): string => `${fieldOf(finding)}: ${sentence(finding)}`;
