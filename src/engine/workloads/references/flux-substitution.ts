import { groupOf, mapAlong, type ReadObject } from './object-fields.ts';

export const FLUX_GROUP = 'kustomize.toolkit.fluxcd.io';

/** Whether Flux replaces `${VAR}` in the objects that this one applies. Without a variable it replaces nothing. */
export function replacesVariables({ apiVersion, kind, fields }: ReadObject): boolean {
  if (kind !== 'Kustomization' || groupOf(apiVersion) !== FLUX_GROUP) return false;
  const postBuild = mapAlong(fields, ['spec', 'postBuild']);
  return (
    [...(postBuild?.map('substitute')?.keys() ?? []), ...(postBuild?.maps('substituteFrom') ?? [])].length > 0
  );
}
