import { resolve, sep } from 'node:path';
import { decide } from '../../engine/decide/decide.ts';
import { differenceOf } from '../../engine/decide/policy-test-expectation.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import type { Request, Secret } from '../../engine/secret/secret.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors.ts';
import { type CaseFile, readCaseFiles } from '../../manifest/policies/test-case-files.ts';
import type { CaseSecret, PolicyCase } from '../../manifest/policies/test-case-schema.ts';
import { caseReport, type TriedCase } from '../../report/check/policy-test-text.ts';
import { surroundings } from '../cli/cli-context.ts';
import { coloured, type Shell } from '../cli/shell.ts';
import type { ManifestOptions } from '../manifests/options.ts';
import { openEngine } from '../manifests/policy-engine.ts';

export type PolicyTestOptions = Pick<ManifestOptions, 'policy' | 'builtin'>;

/** Tries every case at the paths, and prints how it went. Resolves with the exit code; throws a LockstepError where it could not run. */
export async function policyTest(
  paths: readonly string[],
  options: PolicyTestOptions,
  shell: Shell,
): Promise<number> {
  const files = readCaseFiles(paths.length === 0 ? ['.'] : paths);
  const tried: TriedCase[] = [];
  for (const file of files) {
    const policies = await policiesFor(file, options, shell);
    tried.push(...file.cases.map((one) => ({ file: file.file, ...tryCase(one, policies, shell) })));
  }
  shell.stdout.write(caseReport(tried, coloured(shell.stdout, shell.env)));
  return tried.some(({ difference }) => difference !== undefined) ? 1 : 0;
}

/** Those of the cluster: the policy beside the cases, with the built-in ones. Cases without their policy would all be true of another one. */
async function policiesFor(
  { file, name, policy }: CaseFile,
  options: PolicyTestOptions,
  shell: Shell,
): Promise<readonly Policy[]> {
  const beside = policy === undefined || isAt(policy, options.policy) ? [] : [policy];
  const { policies } = await openEngine({ ...options, policy: [...options.policy, ...beside] }, shell);
  if (policy === undefined && !policies.some((one) => one.name === name))
    throw new LockstepError('CASES_WITHOUT_POLICY', [file, name, name]);
  return policies;
}

const isAt = (file: string, paths: readonly string[]): boolean =>
  paths.map((path) => resolve(path)).some((path) => `${resolve(file)}${sep}`.startsWith(`${path}${sep}`));

function tryCase(
  { place, content }: CaseFile['cases'][number],
  policies: readonly Policy[],
  shell: Shell,
): Omit<TriedCase, 'file'> {
  const { name, on, expect } = content;
  const around =
    on === undefined
      ? surroundings(shell)
      : { ...surroundings(shell), now: () => new Date(`${on}T12:00:00Z`) };
  return { place, name, difference: differenceOf(expect, decide(requestOf(content), policies, around)) };
}

function requestOf({ secret, old }: PolicyCase): Request {
  return {
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    secret: secretOf(secret),
    old: old && secretOf(old),
    username: undefined,
  };
}

function secretOf({ metadata, type, immutable, stringData, data }: CaseSecret): Secret {
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
