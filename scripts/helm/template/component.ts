import type { Loose } from '../../../test/helpers/cluster/kustomize.ts';

export type Component = 'webhook' | 'controller';

/** The component that an object belongs to by its name. Undefined: both share it. */
export function componentOf({ metadata }: Loose): Component | undefined {
  const [, component] = /^lockstep-(webhook|controller)\b/.exec(metadata.name) ?? [];
  return component as Component | undefined;
}
