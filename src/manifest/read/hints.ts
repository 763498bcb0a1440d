import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ManifestKind } from './kinds.ts';

/** What to say once of a file that holds an object of this kind. */
export function hintFor(file: string, kind: ManifestKind): string | undefined {
  switch (kind) {
    case 'kustomization':
      return kustomizationHint(file);
    case 'sealed-secret':
      return 'holds a SealedSecret, which is ciphertext: check the Secret before it is sealed, kubeseal … after lockstep check';
    case 'external-secret':
      return 'holds an ExternalSecret, whose values are elsewhere: the webhook judges the Secret that it makes';
    default:
      return undefined;
  }
}

export const isKustomization = (file: string): boolean =>
  /^kustomization\.ya?ml$|^Kustomization$/.test(basename(file));

export const kustomizationHint = (file: string): string =>
  `is a kustomization: kubectl kustomize ${dirname(file)} | lockstep check -`;

/** The folder of the chart whose template this is; undefined where it is none. */
export function chartFolderOf(file: string, text: string): string | undefined {
  if (!text.includes('{{')) return undefined;
  const folders = [dirname(file), ...chartCandidates(file)];
  return folders.find((folder) => existsSync(join(folder, 'Chart.yaml')));
}

/** Where a chart would be whose template this is, going by the names of the folders alone. */
export const chartCandidates = (file: string): readonly string[] =>
  templateFoldersAbove(dirname(file)).map((templates) => dirname(templates));

/** The folders above, from the nearest one, that are called `templates`. */
function templateFoldersAbove(folder: string): readonly string[] {
  const parent = dirname(folder);
  const own = basename(folder) === 'templates' ? [folder] : [];
  return parent === folder ? own : [...own, ...templateFoldersAbove(parent)];
}

export const chartHint = (chart: string): string =>
  `is a template of a chart: render it first, helm template ${chart} | lockstep check -`;

/** Of what is no YAML, where it is likely that something was to render it. */
export const renderFirstHint = (text: string): string =>
  text.includes('{{') ? '; if this is a template, render it first: helm template … | lockstep check -' : '';
