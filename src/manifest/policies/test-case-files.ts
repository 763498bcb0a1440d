import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Problem } from '../../engine/policy/schema/problem.ts';
import { schemaProblems } from '../../engine/policy/schema/schema-problems.ts';
import { LockstepError } from '../../errors/errors.ts';
import { type PolicyDocument, positionText, readPolicyDocuments } from './policy-documents.ts';
import { isCaseFile, policyFilesAt, readPolicyText } from './policy-files.ts';
import { type PolicyTestCase, testCasesSchema } from './test-case-schema.ts';

export interface TestCaseFile {
  readonly file: string;
  /** Name of the file without `.test.yaml`. */
  readonly name: string;
  /** The policy file of that name in the same folder, if there is one. */
  readonly policy: string | undefined;
  /** Each with its line, which begins at 1. */
  readonly cases: readonly { readonly line: number; readonly content: PolicyTestCase }[];
}

const EXTENSIONS = ['.yaml', '.yml', '.json'];

/**
 * The test cases of a file, those next to a policy file, or all below a folder. Throws one LockstepError that lists
 * every fault with file, line, path and fix.
 */
export function readTestCaseFiles(paths: readonly string[]): readonly TestCaseFile[] {
  const files = new Set<string>();
  for (const path of paths) {
    const caseFiles = policyFilesAt(path, isCaseFile).flatMap((file) => caseFilesBeside(file));
    if (caseFiles.length === 0) throw new LockstepError('CASES_NOT_FOUND', [path]);
    for (const file of caseFiles) files.add(file);
  }
  const parsedFiles = [...files].map(readTestCaseFile);
  const faults = parsedFiles.flatMap((one) => one.faults);
  if (faults.length > 0) throw new LockstepError('POLICY_INVALID', [faults.join('\n')]);
  return parsedFiles;
}

function caseFilesBeside(file: string): readonly string[] {
  if (isCaseFile(file)) return [file];
  const stem = file.replace(/\.[^./\\]*$/, '');
  return EXTENSIONS.map((end) => `${stem}.test${end}`).filter((path) => existsSync(path));
}

function readTestCaseFile(file: string): TestCaseFile & { readonly faults: readonly string[] } {
  const documents = readPolicyDocuments(
    { path: file, text: readPolicyText(file) },
    { expected: 'a list of cases', reader: 'lockstep' },
  ).map(readTestCases);
  const name = basename(file).replace(/\.test\.[^.]*$/i, '');
  return {
    file,
    name,
    policy: EXTENSIONS.map((end) => join(dirname(file), `${name}${end}`)).find((path) => existsSync(path)),
    cases: documents.flatMap(({ cases }) => cases),
    faults: documents.flatMap(({ faults }) => faults),
  };
}

function readTestCases(
  document: PolicyDocument,
): Pick<TestCaseFile, 'cases'> & { readonly faults: readonly string[] } {
  const faultAt = ({ path, message }: Problem): string =>
    `${positionText(document.at(path))}: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`;
  if (document.problems.length > 0) return { cases: [], faults: document.problems.map(faultAt) };
  const parsed = testCasesSchema.safeParse(document.content);
  if (!parsed.success) {
    const problems = schemaProblems(parsed.error.issues, 'a case', testCasesSchema);
    return { cases: [], faults: problems.map(faultAt) };
  }
  const cases = parsed.data.map((content, index) => ({ line: document.at([index]).line, content }));
  return { cases, faults: [] };
}
