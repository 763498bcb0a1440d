import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import type { Policy } from '../../engine/policy/policy.ts';
import { type Problem, problemText } from '../../engine/policy/schema/problem.ts';
import { LockstepError } from '../../errors.ts';
import { documentsOf, type PolicyDocument } from './policy-documents.ts';
import type { PolicyFile } from './policy-files.ts';

/** Throws one LockstepError that lists every fault: file, line, path, what to do. */
export function compileAll(files: readonly PolicyFile[]): readonly Policy[] {
  const faults: string[] = [];
  const policies = new Map<string, Policy>();
  const firstAt = new Map<string, string>();
  for (const document of files.flatMap((file) => documentsOf(file))) {
    const faultAt = (problem: Problem): string => `${document.at(problem.path)}: ${problemText(problem)}`;
    const compiled = document.problems.length > 0 ? document : compilePolicy(document.content);
    if ('problems' in compiled) {
      faults.push(...compiled.problems.map(faultAt));
      continue;
    }
    const { name } = compiled.policy;
    const first = firstAt.get(name);
    if (first === undefined) firstAt.set(name, placeOf(document));
    else
      faults.push(
        faultAt({
          path: ['metadata', 'name'],
          message: `${name} is already the name of the policy at ${first}: rename one`,
        }),
      );
    policies.set(name, compiled.policy);
  }
  if (faults.length > 0) throw new LockstepError('POLICY_INVALID', [faults.join('\n')]);
  return [...policies.values()];
}

const placeOf = (document: PolicyDocument): string => document.at([]);
