import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import { fitTogether, NO_COST, sumOf, TOO_COSTLY_TOGETHER } from '../../engine/policy/cost.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { type Problem, problemText } from '../../engine/policy/schema/problem.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type PolicyDocument, positionText, readPolicyDocuments } from './policy-documents.ts';
import type { PolicyFile } from './policy-files.ts';

/** A policy, and the object that the file holds for it. */
export interface CompiledPolicyDocument {
  readonly policy: Policy;
  readonly object: object;
}

/** Throws one LockstepError that lists every fault with file, line, path and fix. */
export const compilePolicyFiles = (files: readonly PolicyFile[]): readonly Policy[] =>
  compilePolicyDocuments(files).map(({ policy }) => policy);

/** The same, with the objects of the files. */
export function compilePolicyDocuments(files: readonly PolicyFile[]): readonly CompiledPolicyDocument[] {
  const faults: string[] = [];
  const policies = new Map<string, CompiledPolicyDocument>();
  const firstPositions = new Map<string, string>();
  let total = NO_COST;
  for (const document of files.flatMap((file) => readPolicyDocuments(file))) {
    const faultAt = (problem: Problem): string =>
      `${positionText(document.at(problem.path))}: ${problemText(problem)}`;
    const compiled = document.problems.length > 0 ? document : compilePolicy(document.content);
    if ('problems' in compiled) {
      faults.push(...compiled.problems.map(faultAt));
      continue;
    }
    const { name, cost } = compiled.policy;
    total = sumOf(total, cost);
    if (!fitTogether(total)) {
      faults.push(faultAt(TOO_COSTLY_TOGETHER));
      break;
    }
    const firstPosition = firstPositions.get(name);
    if (firstPosition === undefined) firstPositions.set(name, documentPosition(document));
    else
      faults.push(
        faultAt({
          path: ['metadata', 'name'],
          message: `${name} is already the name of the policy at ${firstPosition}: rename one`,
        }),
      );
    policies.set(name, { policy: compiled.policy, object: document.content as object });
  }
  if (faults.length > 0) throw new LockstepError('POLICY_INVALID', [faults.join('\n')]);
  return [...policies.values()];
}

const documentPosition = (document: PolicyDocument): string => positionText(document.at([]));
