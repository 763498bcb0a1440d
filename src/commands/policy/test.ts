import { resolve, sep } from 'node:path';
import { decide } from '../../engine/decide/decide.ts';
import { differenceOf } from '../../engine/decide/policy-test-expectation.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Request, Secret } from '../../engine/secret/secret.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import { readTestCaseFiles, type TestCaseFile } from '../../manifest/policies/test-case-files.ts';
import type { PolicyTestCase, TestCaseSecret } from '../../manifest/policies/test-case-schema.ts';
import type { PolicyTestFormat } from '../../report/policy/policy-test-form-names.ts';
import { policyTestReport } from '../../report/policy/policy-test-formats.ts';
import type { PolicyTestResult } from '../../report/policy/policy-test-text.ts';
import { cliContext } from '../cli/cli-context.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import { openPolicyEngine } from '../manifests/policy-engine.ts';

export interface PolicyTestOptions extends Pick<ManifestOptions, 'policy' | 'builtin'> {
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
  for (const file of files) {
    const policies = await policiesFor(file, options, shell);
    results.push(...file.cases.map((one) => ({ file: file.file, ...runCase(one, policies, shell) })));
  }
  shell.stdout.write(policyTestReport(results, options.format, coloured(shell.stdout, shell.env)));
  return results.some(({ difference }) => difference !== undefined) ? 1 : 0;
}

/**
 * The policies of the cluster: the one next to the cases, and the built-in ones. Without their own policy, the cases
 * would all pass against another one.
 */
async function policiesFor(
  { file, name, policy }: TestCaseFile,
  options: PolicyTestOptions,
  shell: Shell,
): Promise<readonly Policy[]> {
  const ownPolicies = policy === undefined || isUnder(policy, options.policy) ? [] : [policy];
  const { policies } = await openPolicyEngine(
    { ...options, policy: [...options.policy, ...ownPolicies] },
    shell,
  );
  if (policy === undefined && !policies.some((one) => one.name === name))
    throw new LockstepError('CASES_WITHOUT_POLICY', [file, name, name]);
  return policies;
}

const isUnder = (file: string, paths: readonly string[]): boolean =>
  paths.map((path) => resolve(path)).some((path) => `${resolve(file)}${sep}`.startsWith(`${path}${sep}`));

function runCase(
  { line, content }: TestCaseFile['cases'][number],
  policies: readonly Policy[],
  shell: Shell,
): Omit<PolicyTestResult, 'file'> {
  const { name, on, expect } = content;
  const request = requestOf(content);
  const context =
    on === undefined ? cliContext(shell) : { ...cliContext(shell), now: () => new Date(`${on}T12:00:00Z`) };
  return {
    line,
    name,
    difference: differenceOf(expect, decide(request, policies, context), request.secret.data),
  };
}

function requestOf({ secret, old }: PolicyTestCase): Request {
  return {
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    secret: secretOf(secret),
    old: old && secretOf(old),
    username: undefined,
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
