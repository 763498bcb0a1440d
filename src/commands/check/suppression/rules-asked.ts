import { STDIN } from '../../manifests/source.ts';
import { isFolder } from './baseline.ts';

/** Rules that compare the Secrets of a run. A run of single files, as in a Git hook, has too few of them. */
const COMPARING_RULES: ReadonlySet<string> = new Set(['cross-secret', 'duplicate-name']);

/** Whether a run of these paths could find the findings of a rule. */
export function rulesAsked(paths: readonly string[], connects: boolean): (rule: string) => boolean {
  const isWhole = paths.every((path) => path === STDIN || isFolder(path));
  return (rule) => (rule === 'login' ? connects : isWhole || !COMPARING_RULES.has(rule));
}
