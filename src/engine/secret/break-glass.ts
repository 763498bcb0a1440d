import type { Annotation } from './kubernetes/kubernetes-names.ts';
import type { Secret } from './secret.ts';

const BREAK_GLASS_ANNOTATION = 'lockstep.dev/break-glass' satisfies Annotation;

/** Whether the annotation gives a reason. Then the webhooks skip a write by a user with the right. */
export const hasBreakGlass = ({ annotations }: Pick<Secret, 'annotations'>): boolean =>
  (annotations.get(BREAK_GLASS_ANNOTATION) ?? '').trim() !== '';
