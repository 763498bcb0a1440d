import { execa } from 'execa';
import type { Test } from 'tap';
import { findBinaries } from '../../testbed/binaries.ts';

/** Asks a tool for one look or one write. Rejects with the error of its library. */
export type Ask = <Answer>(request: object) => Promise<Answer>;

/**
 * The libraries of that tool in a process of their own, which ends with the test: test/testbed/gitops. One request at a
 * time.
 */
export function gitopsTool(t: Test, tool: 'argocd' | 'flux' | 'kustomize'): Ask {
  const { gitops } = findBinaries(['gitops']);
  const program = execa(gitops, [tool], { stdin: 'pipe', reject: false });
  const lines = program.iterable();
  t.teardown(async () => {
    program.stdin.end();
    await program;
  });
  let last: Promise<unknown> = Promise.resolve();
  const askNow = async (request: object) => {
    program.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`gitops ${tool} ended: ${(await program).stderr}`);
    const answer = JSON.parse(String(value));
    if (typeof answer?.error === 'string') throw new Error(answer.error);
    return answer;
  };
  return (request) => {
    const answer = last.then(() => askNow(request));
    last = answer.catch(() => {});
    return answer;
  };
}
