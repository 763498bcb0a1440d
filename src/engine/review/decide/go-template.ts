import type { KeyEntry, Policy } from '../../policy/policy.ts';
import type {
  DerivationTemplate,
  Reference,
  TemplateExpression,
  UrlTemplate,
  ValueEncoding,
} from '../../policy/template/template.ts';
import { encodeHost, encodeUserinfo } from '../../value/uri/encode.ts';
import { decoded } from '../derivation/render.ts';

/** A derived key as a Go template (text/template with the functions of sprig). External Secrets renders it. */
export interface GoTemplate {
  readonly key: string;
  /** Undefined if a template can't express it. `because` has the reason. */
  readonly text: string | undefined;
  readonly unsupportedReason: string | undefined;
  /** Names of the base keys, and which of them may be missing. */
  readonly references: readonly Reference[];
  /** The key is derived only if the Secret holds these keys too. */
  readonly addWith: readonly string[];
}

/**
 * Templates that compute each derived key of a policy outside of lockstep. The result equals lockstep's byte for byte,
 * so the written key is in sync. Only lockstep can handle several hosts in one key, and IPv6 addresses.
 */
export function goTemplatesOf({ keys }: Policy): readonly GoTemplate[] {
  const derived = new Set(keys.filter(({ derive }) => derive !== undefined).map(({ name }) => name));
  return keys.flatMap((entry) => (entry.derive === undefined ? [] : [templateOf(entry, derived)]));
}

function templateOf({ name, derive }: KeyEntry, derived: ReadonlySet<string>): GoTemplate {
  const references = derive?.template.references ?? [];
  const nested = references.find((reference) => derived.has(reference.name));
  const because =
    nested && `${nested.name} is derived itself, and a template sees nothing but what was fetched`;
  return {
    key: name,
    text: derive === undefined || because !== undefined ? undefined : wholeOf(derive.template),
    unsupportedReason: because,
    references,
    addWith: derive?.addWith ?? [],
  };
}

function wholeOf({ whole, encoding, url }: DerivationTemplate): string {
  if (url !== undefined) return urlOf(url);
  return filled(whole, REFERENCES_BY_ENCODING[encoding], escaped);
}

/** The same text as `buildUrl` makes. */
function urlOf({ scheme, parts, params }: UrlTemplate): string {
  const part = (prefix: string, expression: TemplateExpression | undefined): string =>
    expression === undefined ? '' : `${prefix}${filled(expression, urlEncoded, reencoded)}`;
  const [user, password] = [parts.get('user'), parts.get('password')];
  const userinfo =
    user === undefined && password === undefined ? '' : `${part('', user)}${part(':', password)}@`;
  const port = part(':', parts.get('port'));
  const query = [...params].map(([name, value]) => `${escaped(name)}=${filled(value, urlEncoded, escaped)}`);
  const path = part('/', parts.get('database'));
  return `${scheme}://${userinfo}${hostsOf(parts.get('host'), port)}${path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

/** Hosts that are literal text in the policy are known here. */
function hostsOf(expression: TemplateExpression = [], port: string): string {
  if (!expression.every((piece) => typeof piece === 'string'))
    return `${filled(expression, urlEncoded, reencoded)}${port}`;
  const hosts = decoded(expression.join('')).split(',');
  return hosts.map((host) => `${encodeHost(host)}${port}`).join(',');
}

const filled = (
  expression: TemplateExpression,
  reference: (reference: Reference) => string,
  literal: (text: string) => string,
): string =>
  expression.map((piece) => (typeof piece === 'string' ? literal(piece) : reference(piece))).join('');

/** Literal text in a URL template is encoded already, but possibly not in lockstep's encoding. */
const reencoded = (literal: string): string => encodeUserinfo(decoded(literal));

/** Text that Go would read as the beginning of an action. */
const escaped = (literal: string): string => literal.replaceAll('{{', '{{ "{{" }}');

/**
 * Go's QueryEscape leaves the same characters as lockstep, and writes a blank as `+`. A plus sign is `%2B` at this
 * point.
 */
const urlEncoded = (reference: Reference): string => action(reference, 'urlquery | replace "+" "%20"');

const verbatim = (reference: Reference): string => action(reference);

/** The webhook validates the rendered file, and refuses a value that its place can't hold. */
const inPlace = (reference: Reference): string =>
  reference.place === 'url' ? urlEncoded(reference) : verbatim(reference);

/** Same as `encodeKeyword`: bare if possible, else in libpq's quotes. */
function keywordQuoted(reference: Reference): string {
  const { guard, pipeline } = access(reference);
  const quoted = `'{{ $value | replace "\\\\" "\\\\\\\\" | replace "'" "\\\\'" }}'`;
  const isBare = 'regexMatch "^[A-Za-z0-9._~:,/@%+-]+$" $value';
  return `${guard}{{ $value := ${pipeline} }}{{ if ${isBare} }}{{ $value }}{{ else }}${quoted}{{ end }}`;
}

function action(reference: Reference, spell?: string): string {
  const { guard, pipeline } = access(reference);
  return `${guard}{{ ${spell === undefined ? pipeline : `${pipeline} | ${spell}`} }}`;
}

/**
 * A missing value without a default in the policy is an error. `.NAME` is one under `missingkey=error`, which the
 * operator sets. `index` reads a missing value as empty, and `default` replaces an empty value, as lockstep does.
 */
function access({ name, fallback }: Reference): { readonly guard: string; readonly pipeline: string } {
  if (fallback === '') return { guard: '', pipeline: `index . "${name}"` };
  if (fallback !== undefined)
    return { guard: '', pipeline: `index . "${name}" | default ${JSON.stringify(fallback.toWellFormed())}` };
  if (IDENTIFIER.test(name)) return { guard: '', pipeline: `.${name}` };
  const guard = `{{ if not (index . "${name}") }}{{ fail "${name} is missing" }}{{ end }}`;
  return { guard, pipeline: `index . "${name}"` };
}

/** A dot or a dash in a name has another meaning in Go. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

const REFERENCES_BY_ENCODING: Readonly<Record<ValueEncoding, (reference: Reference) => string>> = {
  uri: urlEncoded,
  keyword: keywordQuoted,
  plain: verbatim,
  lines: inPlace,
};
