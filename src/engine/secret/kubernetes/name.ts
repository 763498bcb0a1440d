/**
 * The name of most objects (RFC 1123 subdomain), without its limit of 253 characters. The CRDs hold this pattern, so it
 * must be valid RE2.
 */
export const OBJECT_NAME_PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export const MAX_OBJECT_NAME_LENGTH = 253;

/** True for a name that a Secret can have. */
export const isObjectName = (text: string): boolean =>
  text.length <= MAX_OBJECT_NAME_LENGTH && OBJECT_NAME_PATTERN.test(text);

/** True for a name that a namespace can have (RFC 1123 label). */
export const isNamespaceName = (text: string): boolean => /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text);

/** The valid name that is nearest to a text, if it has letters or digits. */
export function nearestNamespaceName(text: string): string | undefined {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, 63)
    .replace(/-$/, '');
  return name === '' ? undefined : name;
}
