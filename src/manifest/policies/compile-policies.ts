import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { type Problem, problemText } from '../../engine/policy/schema/problem.ts';
import { LockstepError } from '../../errors.ts';
import { type PolicyDocument, positionText, readPolicyDocuments } from './policy-documents.ts';
import type { PolicyFile } from './policy-files.ts';

/** Throws one LockstepError that lists every fault with file, line, path and fix. */
export function compilePolicyFiles(files: readonly PolicyFile[]): readonly Policy[] {
  const faults: string[] = [];
  const policies = new Map<string, Policy>();
  const firstPositions = new Map<string, string>();
  for (const document of files.flatMap((file) => readPolicyDocuments(file))) {
    const faultAt = (problem: Problem): string =>
      `${positionText(document.at(problem.path))}: ${problemText(problem)}`;
    const compiled = document.problems.length > 0 ? document : compilePolicy(document.content);
    if ('problems' in compiled) {
      faults.push(...compiled.problems.map(faultAt));
      continue;
    }
    const { name } = compiled.policy;
    const firstPosition = firstPositions.get(name);
    if (firstPosition === undefined) firstPositions.set(name, documentPosition(document));
    else
      faults.push(
        faultAt({
          path: ['metadata', 'name'],
          message: `${name} is already the name of the policy at ${firstPosition}: rename one`,
        }),
      );
    policies.set(name, compiled.policy);
  }
  if (faults.length > 0) throw new LockstepError('POLICY_INVALID', [faults.join('\n')]);
  return [...policies.values()];
}

const documentPosition = (document: PolicyDocument): string => positionText(document.at([]));
