import { classifyPlaceholder } from '../../engine/value/placeholder/classify.ts';

/** True for a name that is rendered later. */
export type IsReference = (name: string) => boolean;

/** Whether a later renderer replaces the text or a part of it. No name and no base64 contains these characters. */
export function isRendererReference(text: string, key: string): boolean {
  if (REFERENCE.test(text.slice(0, MAX_REFERENCE_LENGTH))) return true;
  const rule = classifyPlaceholder(text, { role: 'name', key })?.rule;
  return rule === 'unrendered-template' || rule === 'unresolved-reference';
}

const REFERENCE = /\$\{[^}]*\}|\$\(\w+\)|\{\{[^}]*\}\}|\{%[^%]*%\}|<(?:path|vault):/;

/** Limit in characters. References are shorter in practice. */
const MAX_REFERENCE_LENGTH = 4096;
