import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ManifestKind } from '../object/kinds.ts';
import type { Hint } from '../object/manifest-secret.ts';

/** The hint for a file that holds an object of this kind. Each file gets it once. */
export function hintFor(file: string, kind: ManifestKind): Hint | undefined {
  switch (kind) {
    case 'kustomization':
      return kustomizationHint(file);
    case 'external-secret':
      return { file, kind };
    default:
      return undefined;
  }
}

export const isKustomization = (file: string): boolean =>
  /^kustomization\.ya?ml$|^Kustomization$/.test(basename(file));

/** A file of Chainsaw or KUTTL with the objects that a test expects. No command applies it. */
export const isAssertion = (file: string): boolean =>
  /(?:^|-)(?:assert|errors?)\.ya?ml$/.test(basename(file));

export const kustomizationHint = (file: string): Hint => ({
  file,
  kind: 'kustomization',
  target: dirname(file),
});

/** The folder of the chart to which this template belongs. Undefined if the file is no template. */
export function chartFolderOf(file: string, text: string): string | undefined {
  if (!text.includes('{{')) return undefined;
  const folders = [dirname(file), ...chartCandidates(file)];
  return folders.find((folder) => existsSync(join(folder, 'Chart.yaml')));
}

/** The folder that a chart would have, based only on folder names. */
export const chartCandidates = (file: string): readonly string[] =>
  templateFoldersAbove(dirname(file)).map((templates) => dirname(templates));

/** The parent folders called `templates`, nearest first. */
function templateFoldersAbove(folder: string): readonly string[] {
  const parent = dirname(folder);
  const own = basename(folder) === 'templates' ? [folder] : [];
  return parent === folder ? own : [...own, ...templateFoldersAbove(parent)];
}

export const chartHint = (file: string, chart: string): Hint => ({ file, kind: 'chart', target: chart });

/** The advice for a file that is no valid YAML, and that a tool probably renders later. */
export function renderFirstAdvice(text: string): string {
  if (text.includes('{%'))
    return '; if this is a template of Jinja, render it first, and pipe the result: … | lockstep check -';
  return text.includes('{{')
    ? '; if this is a template, render it first: helm template … | lockstep check -'
    : '';
}
