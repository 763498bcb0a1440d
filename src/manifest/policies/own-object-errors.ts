import { compileCredential } from '../../engine/login/credential-schema/compile.ts';
import { compilePolicy } from '../../engine/policy/compile/compile.ts';
import { type Problem, problemText } from '../../engine/policy/schema/problem.ts';
import type { ReadError } from '../object/manifest-secret.ts';
import { readPolicyDocuments } from './policy-documents.ts';

/**
 * The faults of the objects of lockstep's own kinds in a file, as the webhook would report them. Documents that are no
 * valid YAML are the concern of the reader of manifests.
 */
export function ownObjectErrors(file: string, text: string): readonly ReadError[] {
  return readPolicyDocuments({ path: file, text }).flatMap(({ content, at }) =>
    problemsOf(content).map((problem) => {
      const { line, column } = at(problem.path);
      return { file, line, column, message: `${nameOf(content)}: ${problemText(problem)}` };
    }),
  );
}

function problemsOf(content: unknown): readonly Problem[] {
  const { kind, apiVersion } = (content ?? {}) as { readonly kind?: unknown; readonly apiVersion?: unknown };
  // Another group may have a kind of this name.
  if (typeof apiVersion !== 'string' || !apiVersion.startsWith('lockstep.dev/')) return [];
  const compiled =
    kind === 'SecretPolicy'
      ? compilePolicy(content)
      : kind === 'PostgresCredential' || kind === 'RedisCredential'
        ? compileCredential(content)
        : undefined;
  return compiled !== undefined && 'problems' in compiled ? compiled.problems : [];
}

function nameOf(content: unknown): string {
  const { kind, metadata } = content as {
    readonly kind: string;
    readonly metadata?: { name?: unknown } | null;
  };
  const name = metadata?.name;
  return typeof name === 'string' ? `${kind} ${name}` : kind;
}
