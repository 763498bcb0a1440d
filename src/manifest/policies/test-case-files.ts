import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Problem, schemaProblems } from '../../engine/policy/schema/problem.ts';
import { LockstepError } from '../../errors.ts';
import { documentsOf, type PolicyDocument } from './policy-documents.ts';
import { filesAt, isCaseFile, readText } from './policy-files.ts';
import { casesSchema, type PolicyCase } from './test-case-schema.ts';

/** The cases of one file. */
export interface CaseFile {
  readonly file: string;
  /** Name of the file without `.test.yaml`. */
  readonly name: string;
  /** The policy file of that name beside it, if there is one. */
  readonly policy: string | undefined;
  readonly cases: readonly { readonly place: string; readonly content: PolicyCase }[];
}

const ENDS = ['.yaml', '.yml', '.json'];

/**
 * A file of cases as it is, of a policy file the cases beside it, and all below a folder. Throws one LockstepError that lists every fault: file,
 * line, path, what to do.
 */
export function readCaseFiles(paths: readonly string[]): readonly CaseFile[] {
  const files = new Set<string>();
  for (const path of paths) {
    const found = filesAt(path, isCaseFile).flatMap((file) => casesBeside(file));
    if (found.length === 0) throw new LockstepError('CASES_NOT_FOUND', [path]);
    for (const file of found) files.add(file);
  }
  const read = [...files].map(readCaseFile);
  const faults = read.flatMap((one) => one.faults);
  if (faults.length > 0) throw new LockstepError('POLICY_INVALID', [faults.join('\n')]);
  return read;
}

function casesBeside(file: string): readonly string[] {
  if (isCaseFile(file)) return [file];
  const stem = file.replace(/\.[^./\\]*$/, '');
  return ENDS.map((end) => `${stem}.test${end}`).filter((path) => existsSync(path));
}

function readCaseFile(file: string): CaseFile & { readonly faults: readonly string[] } {
  const documents = documentsOf({ path: file, text: readText(file) }, 'a list of cases').map(readCases);
  const name = basename(file).replace(/\.test\.[^.]*$/i, '');
  return {
    file,
    name,
    policy: ENDS.map((end) => join(dirname(file), `${name}${end}`)).find((path) => existsSync(path)),
    cases: documents.flatMap(({ cases }) => cases),
    faults: documents.flatMap(({ faults }) => faults),
  };
}

function readCases(
  document: PolicyDocument,
): Pick<CaseFile, 'cases'> & { readonly faults: readonly string[] } {
  const faultAt = ({ path, message }: Problem): string =>
    `${document.at(path)}: ${path.length === 0 ? '' : `${path.join('.')}: `}${message}`;
  if (document.problems.length > 0) return { cases: [], faults: document.problems.map(faultAt) };
  const parsed = casesSchema.safeParse(document.content);
  if (!parsed.success) {
    const problems = schemaProblems(parsed.error.issues, 'a case');
    return { cases: [], faults: problems.map(faultAt) };
  }
  const cases = parsed.data.map((content, index) => ({ place: document.at([index]), content }));
  return { cases, faults: [] };
}
