import { pageUrl } from '../../secret/finding/docs-url.ts';

/** The pages that show how a tool keeps the values that lockstep has changed, by the field manager of the tool. */
const PAGES: Readonly<Record<string, Parameters<typeof pageUrl>[0]>> = {
  helm: 'tasks/helm.md',
  'helm-controller': 'tasks/helm.md',
  'argocd-controller': 'tasks/argo-cd.md',
  'argocd-application-controller': 'tasks/argo-cd.md',
  'kustomize-controller': 'tasks/flux.md',
};

/** The page for the first of these writers that has one. */
export function pageOf(writers: readonly string[]): string {
  const known = writers.find((by) => Object.hasOwn(PAGES, by));
  return pageUrl((known !== undefined && PAGES[known]) || 'tasks/keep-passwords.md');
}

/** Any user who may write Secrets may have edited the record. */
export const writerText = (by: string): string =>
  by !== 'unknown' && /^[\w.@/:+ -]{1,128}$/.test(by) ? by : 'another client';
