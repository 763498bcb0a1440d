import type { Action } from '../../secret/finding/finding.ts';
import { isTooCostly, type PolicyCost } from '../cost.ts';
import {
  type Condition,
  type Derivation,
  type KeyEntry,
  type Policy,
  plainEntry,
  type Validation,
} from '../policy.ts';
import { outOfBounds } from '../schema/bounds.ts';
import { milliseconds } from '../schema/duration.ts';
import type { KeySpec } from '../schema/key-schema.ts';
import type { Problem } from '../schema/problem.ts';
import { type SecretPolicySpec, secretPolicySchema } from '../schema/schema.ts';
import { schemaProblems } from '../schema/schema-problems.ts';
import {
  type DerivationTemplate,
  parseExpression,
  parseTemplate,
  referencesOf,
} from '../template/template.ts';
import { Compilation } from './compilation.ts';
import { inconsistencies } from './consistency.ts';
import { spendTexts } from './text-cost.ts';

/** A SecretPolicy as the API server stores it. */
export interface PolicyResource {
  readonly name: string;
  /** A policy that was deleted and created again has another uid. */
  readonly uid: string;
  /** Counts the changes of the spec. */
  readonly generation: number;
  readonly createdAt: string | undefined;
  readonly resourceVersion: string;
  /** Parsed JSON without validation. */
  readonly document: unknown;
  readonly status: unknown;
}

export type PolicyCompilation = { readonly policy: Policy } | { readonly problems: readonly Problem[] };

const NO_POLICY: Problem = {
  path: [],
  message: 'is no SecretPolicy: only kind SecretPolicy of lockstep.dev/v1alpha1 belongs here',
};

/** Fields that the API server and other clients write into a policy. */
const UNCHECKED_FIELDS: ReadonlySet<string> = new Set(['metadata', 'status']);

/** The number of problems in one error. A user who fixes twenty gets the next ones after that. */
const MAX_PROBLEMS = 20;

/**
 * Compiles a parsed SecretPolicy document. The result is a policy, or all reasons why it is invalid. A budget ends the
 * compilation of a policy that takes more than 100 ms of CPU time.
 */
export function compilePolicy(document: unknown): PolicyCompilation {
  if (!isPolicy(document)) return { problems: [NO_POLICY] };
  const excess = outOfBounds(document, UNCHECKED_FIELDS, 'policy');
  if (excess !== undefined) return { problems: [excess] };
  const parsed = secretPolicySchema.safeParse(document);
  if (!parsed.success)
    return {
      problems: limitProblems(schemaProblems(parsed.error.issues, 'a SecretPolicy', secretPolicySchema)),
    };
  try {
    return compileSpec(parsed.data.metadata.name, parsed.data.spec);
  } catch (error) {
    if (isTooCostly(error)) return { problems: [error.problem] };
    throw error;
  }
}

function compileSpec(name: string, spec: SecretPolicySpec): PolicyCompilation {
  const compilation = new Compilation();
  spendTexts(spec, compilation.budget);
  const problems: Problem[] = [];
  const templates = readTemplates(spec, problems);
  problems.push(...inconsistencies(spec, templates, compilation));
  if (problems.length > 0) return { problems: limitProblems(problems) };
  const policy = policyOf(name, spec, templates, compilation.budget.spent);
  compilation.keepFor(policy);
  return { policy };
}

function limitProblems(problems: readonly Problem[]): readonly Problem[] {
  const more = problems.length - MAX_PROBLEMS;
  if (more <= 0) return problems;
  return [
    ...problems.slice(0, MAX_PROBLEMS),
    { path: ['spec'], message: `has ${more} more faults: fix these first` },
  ];
}

function isPolicy(document: unknown): document is object {
  return (
    typeof document === 'object' &&
    document !== null &&
    'kind' in document &&
    document.kind === 'SecretPolicy'
  );
}

function readTemplates(spec: SecretPolicySpec, problems: Problem[]): ReadonlyMap<string, DerivationTemplate> {
  const templates = new Map<string, DerivationTemplate>();
  for (const [name, { derive }] of Object.entries(spec.keys)) {
    if (derive === undefined) continue;
    try {
      templates.set(name, parseTemplate(derive.template, name));
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'can not be read';
      problems.push({
        path: ['spec', 'keys', name, 'derive', 'template'],
        message: `${reason}: fix the template`,
      });
    }
  }
  return templates;
}

function policyOf(
  name: string,
  spec: SecretPolicySpec,
  templates: ReadonlyMap<string, DerivationTemplate>,
  cost: PolicyCost,
): Policy {
  return {
    name,
    precedence: spec.precedence,
    action: spec.action,
    match: spec.match,
    keys: Object.entries(spec.keys).map(([key, of]) => entryOf(key, of, spec, templates.get(key))),
    validations: validationsOf(spec, spec.action),
    defaultEntry: defaultEntryOf(spec),
    exceptions: (spec.exceptions ?? []).map((exception) => ({ ...exception, keys: new Set(exception.keys) })),
    heal: spec.heal,
    // A policy that only records restarts no workload.
    restart: spec.restart && spec.action !== 'Audit',
    environments: new Map(
      Object.entries(spec.environments ?? {}).map(([env, values]) => [env, new Map(Object.entries(values))]),
    ),
    cost,
  };
}

function entryOf(
  name: string,
  key: KeySpec,
  spec: SecretPolicySpec,
  template: DerivationTemplate | undefined,
): KeyEntry {
  return {
    name,
    aliases: key.aliases ?? [],
    when: conditionOf(key, spec),
    required: key.required,
    recommended: key.recommended,
    requiredWith: key.requiredWith,
    sensitive: key.sensitive,
    minLength: key.minLength,
    recommendedLength: key.recommendedLength,
    maxLength: key.maxLength,
    lenient: key.lenient ?? false,
    distinctFrom: key.distinctFrom ?? [],
    format: key.format,
    schemes: key.schemes,
    prefix: key.prefix,
    enum: key.enum,
    pattern: key.pattern === undefined ? undefined : { text: key.pattern },
    validations: validationsOf(key, key.action ?? spec.action),
    derive: derivationOf(key, template),
    generate: key.generate && { ...key.generate, prefix: key.prefix },
    rotate: key.rotate,
    onChange: key.onChange ?? 'Accept',
    maxAge: key.maxAge === undefined ? undefined : milliseconds(key.maxAge),
    default: key.default,
    action: key.action ?? spec.action,
  };
}

const validationsOf = (
  { validations = [] }: Pick<KeySpec, 'validations'>,
  action: Action,
): readonly Validation[] => validations.map((one) => ({ ...one, action: one.action ?? action }));

function conditionOf({ when }: KeySpec, { keys }: SecretPolicySpec): Condition | undefined {
  if (when === undefined) return undefined;
  const { key, ...test } = when;
  return { ...test, spellings: [key, ...(keys[key]?.aliases ?? [])] };
}

function derivationOf(
  { derive, required }: KeySpec,
  template: DerivationTemplate | undefined,
): Derivation | undefined {
  if (derive === undefined || template === undefined) return undefined;
  const accounts = (derive.accounts ?? []).map(({ user, password }) => ({
    user: parseExpression(user),
    password: parseExpression(password),
  }));
  const references = [
    ...template.references,
    ...accounts.flatMap(({ user, password }) => [...referencesOf(user), ...referencesOf(password)]),
  ];
  return {
    template,
    free: new Set(derive.free ?? []),
    bind: derive.bind,
    otherUser: derive.otherUser,
    exact: derive.mode === 'Exact' || template.url === undefined,
    addsBesideUrl: derive.bind === 'All' || required,
    addWith: derive.addWith ?? [],
    accounts,
    baseNames: [...new Set(references.map(({ name }) => name))],
  };
}

function defaultEntryOf({ unnamedKeys, action }: SecretPolicySpec): KeyEntry | undefined {
  if (unnamedKeys === undefined) return undefined;
  return { ...plainEntry('', unnamedKeys.action ?? action), sensitive: 'placeholders' };
}
