import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ManifestKind } from './kinds.ts';

/** The hint for a file that holds an object of this kind. Each file gets it once. */
export function hintFor(file: string, kind: ManifestKind): string | undefined {
  switch (kind) {
    case 'kustomization':
      return kustomizationHint(file);
    case 'sealed-secret':
      return 'holds a SealedSecret, which is ciphertext: check the Secret before it is sealed, kubeseal … after lockstep check';
    case 'external-secret':
      return 'holds an ExternalSecret, whose values are elsewhere: the webhook validates the Secret that it makes';
    default:
      return undefined;
  }
}

export const isKustomization = (file: string): boolean =>
  /^kustomization\.ya?ml$|^Kustomization$/.test(basename(file));

export const kustomizationHint = (file: string): string =>
  `is a kustomization: kubectl kustomize ${dirname(file)} | lockstep check -`;

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

export const chartHint = (chart: string): string =>
  `is a template of a chart: render it first, helm template ${chart} | lockstep check -`;

/** The hint for a file that is no valid YAML, and that a tool probably renders later. */
export const renderFirstHint = (text: string): string =>
  text.includes('{{') ? '; if this is a template, render it first: helm template … | lockstep check -' : '';
