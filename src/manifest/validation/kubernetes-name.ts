/*
 * The forms of names, as Kubernetes 1.37 checks them (apimachinery, api/validate/content). The length is tested first,
 * so that no pattern reads a long text.
 */

const DNS_LABEL = /^[a-z\d](?:[-a-z\d]*[a-z\d])?$/;
const LABEL_NAME = /^[A-Za-z\d](?:[-A-Za-z\d_.]*[A-Za-z\d])?$/;

/** The limit in characters of a label value, of the name in a label key, and of a namespace. */
export const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;

/** A DNS-1123 label: the name of a namespace. */
export const isDnsLabel = (text: string): boolean => text.length <= MAX_LABEL && DNS_LABEL.test(text);

/** A DNS-1123 subdomain: the name of a Secret. */
export const isDnsSubdomain = (text: string): boolean =>
  text.length <= MAX_SUBDOMAIN && text.split('.').every((part) => DNS_LABEL.test(part));

/** `generateName` is checked with its last dash replaced, and again with the five characters that are appended. */
export function isGenerateName(text: string): boolean {
  const masked = text.length > 1 && text.endsWith('-') ? `${text.slice(0, -2)}a` : text;
  return isDnsSubdomain(masked) && isDnsSubdomain(`${text.slice(0, MAX_GENERATED_PREFIX)}xxxxx`);
}

/** The API server cuts the prefix so that the generated name has at most 63 characters. */
const MAX_GENERATED_PREFIX = MAX_LABEL - 5;

/** A qualified name: the key of a label, or a finalizer. `example.com/name`, or `name` alone. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/');
  const name = text.slice(slash + 1);
  return (
    (slash === -1 || isDnsSubdomain(text.slice(0, slash))) &&
    name.length <= MAX_LABEL &&
    LABEL_NAME.test(name)
  );
}

/** The key of an annotation may have capitals in its prefix. Go lowers `İ` to one letter, JavaScript to two. */
export const isAnnotationKey = (text: string): boolean =>
  isQualifiedName(text.replaceAll('\u0130', 'i').toLowerCase());

export const isLabelValue = (text: string): boolean =>
  text === '' || (text.length <= MAX_LABEL && LABEL_NAME.test(text));
