import { resolve, sep } from 'node:path';
import { decide } from '../../engine/review/decide/decide.ts';
import { differenceOf } from '../../engine/review/decide/policy-test-expectation.ts';
import type { Request, Secret } from '../../engine/secret/secret.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import { readTestCaseFiles, type TestCaseFile } from '../../manifest/policies/test-case-files.ts';
import type { PolicyTestCase, TestCaseSecret } from '../../manifest/policies/test-case-schema.ts';
import {
  type PolicyTestFormat,
  type PolicyTestResult,
  policyTestReport,
} from '../../report/policy/policy-test-text.ts';
import { withoutCommands } from '../../report/printable.ts';
import { namesCluster, type PolicyClusterOptions } from '../cli/cluster-options.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import type { PolicyEngine } from '../manifests/policy-engine.ts';
import { openEngine } from '../policy-sources/open-engine.ts';

export interface PolicyTestOptions extends PolicyClusterOptions, Pick<ManifestOptions, 'policy' | 'builtin'> {
  readonly format: PolicyTestFormat;
}

/**
 * Runs each case at the paths, and prints the results. Resolves with the exit code. Throws a LockstepError if it can't
 * run.
 */
export async function policyTest(
  paths: readonly string[],
  options: PolicyTestOptions,
  shell: Shell,
): Promise<number> {
  const files = readTestCaseFiles(paths.length === 0 ? ['.'] : paths);
  const results: PolicyTestResult[] = [];
  const inCluster = namesCluster(options) ? await openEngineFor(files, options, shell) : undefined;
  for (const file of files) {
    const engine = inCluster ?? (await openEngineFor([file], options, shell));
    requirePolicy(file, engine);
    results.push(...file.cases.map((one) => ({ file: file.file, ...runCase(one, engine) })));
  }
  const report = policyTestReport(results, options.format, coloured(shell.stdout, shell.env));
  shell.stdout.write(withoutCommands(report));
  return results.some(({ difference }) => difference !== undefined) ? 1 : 0;
}

/** The engine with the policies next to the cases, the built-in ones, and those of the cluster. It is read once. */
const openEngineFor = (
  files: readonly TestCaseFile[],
  options: PolicyTestOptions,
  shell: Shell,
): Promise<PolicyEngine> => {
  const ownPolicies = files
    .flatMap(({ policy }) => policy ?? [])
    .filter((policy) => !isUnder(policy, options.policy));
  return openEngine({ ...options, policy: [...new Set([...options.policy, ...ownPolicies])] }, shell);
};

/** Without their own policy, the cases would all pass against another one. */
function requirePolicy({ file, name, policy }: TestCaseFile, { policies }: PolicyEngine): void {
  if (policy === undefined && !policies.some((one) => one.name === name))
    throw new LockstepError('CASES_WITHOUT_POLICY', [file, name, name]);
}

const isUnder = (file: string, paths: readonly string[]): boolean =>
  paths.map((path) => resolve(path)).some((path) => `${resolve(file)}${sep}`.startsWith(`${path}${sep}`));

function runCase(
  { line, content }: TestCaseFile['cases'][number],
  { policies, context: today, labelsOf }: PolicyEngine,
): Omit<PolicyTestResult, 'file'> {
  const { name, on, expect } = content;
  const request = requestOf(content, labelsOf?.(content.secret.metadata.namespace));
  const context = on === undefined ? today : { ...today, now: () => new Date(`${on}T12:00:00Z`) };
  return {
    line,
    name,
    difference: differenceOf(expect, decide(request, policies, context), request.secret.data),
  };
}

function requestOf({ secret, old }: PolicyTestCase, namespaceLabels: Request['namespaceLabels']): Request {
  return {
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    secret: secretOf(secret),
    old: old && secretOf(old),
    username: undefined,
    ...(namespaceLabels === undefined ? {} : { namespaceLabels }),
  };
}

function secretOf({ metadata, type, immutable, stringData, data }: TestCaseSecret): Secret {
  const controller = metadata.ownerReferences.find((owner) => owner.controller);
  return {
    name: metadata.name,
    generateName: metadata.generateName,
    namespace: metadata.namespace,
    type,
    labels: new Map(Object.entries(metadata.labels)),
    annotations: new Map(Object.entries(metadata.annotations)),
    controller: controller && `${controller.kind}/${controller.name}`,
    immutable,
    deleting: false,
    data: new Map([
      ...Object.entries(data).map(([key, value]) => [key, Sensitive.fromBase64(value)] as const),
      ...Object.entries(stringData).map(([key, value]) => [key, Sensitive.fromText(value)] as const),
    ]),
  };
}
