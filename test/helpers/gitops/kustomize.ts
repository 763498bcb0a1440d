import type { Test } from 'tap';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from '../cluster/kustomize.ts';
import { gitopsTool } from './program.ts';

type Files = Readonly<Record<string, string>>;

/** Builds files, by their paths, with kustomize's own library. */
export function kustomizeOf(t: Test): (files: Files, folder?: string) => Promise<readonly Manifest[]> {
  const ask = gitopsTool(t, 'kustomize');
  return async (files, folder = '') => {
    const { manifests } = await ask<{ readonly manifests: string }>({ files, folder });
    return parseAllDocuments(manifests).map((document) => document.toJS());
  };
}
