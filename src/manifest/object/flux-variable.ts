import { resolveAlias } from '../yaml/node.ts';
import { type Fields, fieldsAt, textAt } from './entries.ts';
import { isRendererReference } from './renderer-reference.ts';

/** The label or the annotation with which an object keeps its variables. */
const SUBSTITUTE = 'kustomize.toolkit.fluxcd.io/substitute';

/**
 * The keys and the fields of `metadata` whose text Flux replaces, in the Secrets of a Kustomization with `postBuild`.
 * Flux replaces variables in the text of a manifest, so one inside base64 stays.
 */
export function fluxVariablesIn(fields: Fields): ReadonlySet<string> {
  const metadata = fieldsAt(fields, 'metadata');
  const keepsVariables = ['labels', 'annotations'].some(
    (map) => textAt(fieldsAt(metadata, map), SUBSTITUTE) === 'disabled',
  );
  if (keepsVariables) return NONE;
  const texts = new Map([...metadataTexts(metadata), ...writtenTexts(fields)]);
  return new Set([...texts].filter(([, text]) => isFluxVariable(text)).map(([key]) => key));
}

const NONE: ReadonlySet<string> = new Set();

function* metadataTexts(metadata: Fields): Generator<readonly [string, string]> {
  for (const field of ['name', 'generateName', 'namespace'])
    yield [`metadata.${field}`, textAt(metadata, field) ?? ''];
  for (const map of ['labels', 'annotations']) {
    const texts = fieldsAt(metadata, map);
    for (const key of texts.keys()) yield [`metadata.${map}[${key}]`, `${key}=${textAt(texts, key) ?? ''}`];
  }
}

function* writtenTexts(fields: Fields): Generator<readonly [string, string]> {
  for (const map of ['data', 'stringData'])
    for (const { key, value } of fieldsAt(fields, map).values()) {
      const node = resolveAlias(value);
      if (node?.kind === 'scalar') yield [key, node.text];
    }
}

/** `${VAR}` in the forms of Flux's envsubst. It reads `$${VAR}` as text, and it has no `${VAR:?}` and no `${VAR+}`. */
const VARIABLE =
  /(?<!\$)\$\{(?:#[A-Za-z_]\w*|[A-Za-z_]\w*(?:\^{1,2}|,{1,2}|:[^:?+{}][^{}]*|[-=#%/][^{}]*)?)\}/g;

/** Limit in characters: a longer text is no password with a variable. */
const MAX_LENGTH = 4096;
/** A default can hold another variable: `${A:=${B}}`. */
const MAX_DEPTH = 5;

/** Whether the text has such a variable, and no other template. */
function isFluxVariable(text: string): boolean {
  if (!text.includes('${') || text.length > MAX_LENGTH) return false;
  let rest = text;
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) rest = rest.replace(VARIABLE, '');
  return rest !== text && !isRendererReference(rest, '');
}
