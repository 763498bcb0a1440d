import type { ValueText } from './value-text.ts';
import type { PlaceholderVerdict } from './verdict.ts';
import { unicodePattern } from './vocabulary/characters.ts';
import { namesASecret, readsLikeText } from './words/words.ts';

const UNRENDERED: PlaceholderVerdict = {
  rule: 'unrendered-template',
  message: 'is a template that nobody rendered',
};
const SLOT: PlaceholderVerdict = { rule: 'placeholder', message: 'is a placeholder' };

/**
 * A variable or a template that was not rendered. Generated passwords contain the same braces, so the text between them
 * must read like a name: `$DB_PASSWORD` does, `$9vT4zR8w` does not.
 */
export function unrenderedTemplateIn({ text }: ValueText): PlaceholderVerdict | undefined {
  if (text.length > MAX_LENGTH || text.includes('\n')) return undefined;
  if (isUnambiguous(text)) return UNRENDERED;
  const wrapped = wrappersBySign
    .get(text.charAt(0))
    ?.find(({ pattern }) => readsLikeText(insideOf(pattern(text), text)));
  if (wrapped) return wrapped.verdict;
  if (CODE.test(text)) return UNRENDERED;
  if (holdsTemplate(text)) return UNRENDERED;
  const slotName = EMBEDDED_SLOT.exec(text)?.[1];
  return slotName !== undefined && !/\s/.test(text.replace(EMBEDDED_SLOT, '')) && namesASecret(slotName)
    ? SLOT
    : undefined;
}

/**
 * The same for a value that need not be a secret. A format (`%(message)s`, `{name}`, `[info]`) is a correct value
 * there, so only the forms count that no application reads itself.
 */
export function unrenderedInConfiguration({ text }: ValueText): PlaceholderVerdict | undefined {
  if (text.length > MAX_LENGTH || text.includes('\n')) return undefined;
  if (isUnambiguous(text) || isForRenderers(text) || holdsTemplate(text)) return UNRENDERED;
  const slotName = slotOfConfiguration(text);
  return slotName !== undefined && !/[@/]/.test(slotName) && readsLikeText(slotName) ? SLOT : undefined;
}

/** The first group that matched. */
const insideOf = (pattern: RegExp, text: string): string | undefined =>
  pattern
    .exec(text)
    ?.slice(1)
    .find((group) => group !== undefined);

/** One line of a template. Longer text is a template file. */
const MAX_LENGTH = 1024;

interface Wrapper {
  /** It begins with one of these. */
  readonly signs: string;
  readonly pattern: (text: string) => RegExp;
  readonly verdict: PlaceholderVerdict;
}

const templateWrapper = (signs: string, pattern: RegExp): Wrapper => ({
  signs,
  pattern: () => pattern,
  verdict: UNRENDERED,
});
const slotWrapper = (signs: string, source: string): Wrapper => ({
  signs,
  pattern: unicodePattern(source),
  verdict: SLOT,
});

/** Two signs at each end: random text does not have them. */
const UNAMBIGUOUS = [
  /^\{\{+[-~#&]?([^{}]+)[-~]?\}\}+$/, //       Helm, Jinja, mustache, Argo CD, Ansible
  /^\{%(.+)%\}$/,
  /\{%[-+]? ?(?:if|else|for|set|include|raw|with|macro|end[a-z]+) ?[^{}%]*%\}/, //       a tag of Jinja in the text
  /^\$\{\{+([^{}]+)\}\}+$/, //                 GitHub Actions
  /^\$\{+\s*[A-Za-z_][\w.-]+(?:[\s:|?=+([][^{}$]*)?\}+$/, //                    shell, Spring, Terraform, envsubst
  /^\$\{(?=[\w.-]+:?[-?=+]).+\}$/, //            the same with a default
  /^<%.+%>$/, //                               ERB, EJS
];

/** Each form has a brace or `<%`. A URL has neither, and ends here before any pattern is compiled. */
const isUnambiguous = (text: string): boolean =>
  (text.includes('{') || text.includes('<%')) && UNAMBIGUOUS.some((pattern) => pattern.test(text));

/** Wrappers of the whole value. The name inside is the first group. */
const WRAPPERS = [
  templateWrapper('${', /^(?:\$?\{\{+|\$\{)([\s\w.-]+)$/), // any of those, cut off
  templateWrapper('$', /^\$([A-Za-z_]\w*)$/),
  templateWrapper('$', /^\$\(([A-Z_][A-Z0-9_]*)\)$/), //             Kubernetes' own
  templateWrapper('$', /^\$env:(\w+)$/i),
  templateWrapper('$', /^\$\[+([^[\]]+)\]+$/), //                    Azure Pipelines, GitLab inputs
  templateWrapper('$', /^\$<([^<>]+)>$/),
  templateWrapper('%', /^%+([A-Za-z_][\w.() -]*)%+$/), //            cmd.exe, Symfony
  templateWrapper('%', /^%(?:\(([\w .-]+)\)|\{([\w .-]+)\})s?$/),
  templateWrapper('@', /^@+([A-Za-z_][\w.-]*)@+$/), //               Maven, autoconf
  templateWrapper('_', /^__+([A-Za-z](?:[\w.-]*[A-Za-z0-9.-])?)__+$/),
  templateWrapper('#', /^#\{+([^{}]+)\}+#?$/), //                    Octopus, Ruby, Azure Pipelines
  templateWrapper('#', /^#+([A-Za-z_][\w .-]*)#+$/),
  templateWrapper('[', /^\[\[+([^[\]]+)\]\]+$/),
  templateWrapper('(', /^\(\(+([^()]+)\)\)+$/), //                   Concourse
  templateWrapper('{', /^\{\$?([\w.\s:!-]+)\}$/), //                      Python, Caddy
  templateWrapper('$', /^\$\$+([A-Za-z_]\w*)\$\$+$/),
  templateWrapper('<', /^<\?=?(.+)\?>$/), //                           PHP
  templateWrapper('~|^', /^[~|^]{1,3}([A-Za-z_]\w*)[~|^]{1,3}$/),
  templateWrapper('&', /^&\{([^{}]+)\}$/),
  // Signs stand between the words only if there are blanks.
  slotWrapper('_<', String.raw`^_*<+([\p{L}\p{N}_.:,'@/-]+|[^<>][^<> ]* [^<>]+)>+_*$`),
  slotWrapper('[', String.raw`^\[([\p{L}\p{N}_.@/-]+|[^[\]"',;:=][^[\]"',;:= ]* [^[\]"',;:=]+)\]$`),
  slotWrapper('(', String.raw`^\(([\p{L}\p{N}_.:,'@/-]+|[^()][^() ]* [^()]+)\)$`),
  slotWrapper('«', '^«([^«»]+)»$'),
  slotWrapper('“‹『「【（〈《', '^[“‹『「【（〈《]([^“”]+)[”›』」】）〉》]$'),
];

const wrappersBySign = new Map<string, Wrapper[]>();
for (const wrapper of WRAPPERS)
  for (const sign of wrapper.signs) wrappersBySign.set(sign, [...(wrappersBySign.get(sign) ?? []), wrapper]);

/** Forms of renderers alone. A name in lower case between underscores is a word of Python, or PyPI's user name. */
const FOR_RENDERERS = [
  /^\$([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)$/,
  /^\$\(([A-Z_][A-Z0-9_]*)\)$/,
  /^__+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)__+$/,
  /^__+([a-z][a-z0-9]*(?:_[a-z0-9]+)+)__+$/,
  /^@+([A-Z]+(?:_[A-Z0-9]+)+)@+$/,
  /^%+([A-Z]+(?:_[A-Z0-9]+)+)%+$/,
  /^#\{+([^{}]+)\}+#$/,
];

/** The first characters of these forms. */
const RENDERER_SIGNS = '$_@%#';

const isForRenderers = (text: string): boolean =>
  RENDERER_SIGNS.includes(text.charAt(0)) &&
  FOR_RENDERERS.some((pattern) => readsLikeText(insideOf(pattern, text)));

/** The name in `<your-user>`, as the whole value or inside a URL. */
function slotOfConfiguration(text: string): string | undefined {
  if (!text.includes('<') && !text.includes('[')) return undefined;
  return insideOf(slotIn(text), text) ?? insideOf(SLOT_IN_URL, text);
}

/** An address in brackets (`<noreply@example.com>`) is a correct sender. */
const slotIn = unicodePattern(String.raw`^_*<+([\p{L}\p{N}_.:,'-]+|[^<>][^<> ]* [^<>]+)>+_*$`);
/** A URL holds no such bracket, whatever stands in it. An address of IPv6 in brackets has colons. */
const SLOT_IN_URL =
  /^[a-z][\w+.:-]*:\/\/(?:[\w.:@/-]*<([A-Za-z][\w.-]{1,60})>|(?:[\w.:-]*@)?\[([A-Za-z][\w-]{2,40})\])/;

/** An expression that reads the environment, in source code. */
const CODE =
  /^(?:process\.env[.[]\w*|os\.environ\b|os\.getenv\(|System\.getenv\(|ENV(?:\[|\.fetch)|import\.meta\.env\.|Deno\.env\.|getenv\(|env\(['"A-Z]|lookup\(|\$_(?:ENV|SERVER)\[)/;

const EMBEDDED =
  /#\{([^{}]+)\}#|\$\{([A-Za-z_][\w.]*)(?:[:?=+-][^{}]*)?\}|\$\{?\{\{?([^{}]+)\}\}|\{\{([^{}]+)\}\}|<%=?([^<>%]+)%>|\$\(([A-Z_]{3,})\)/g;

/**
 * `<password>` inside a longer value. Random text has one sign at each end too, so the name must be in the vocabulary.
 */
const EMBEDDED_SLOT = /<([A-Za-z][\w .-]{2,60})>/;

/**
 * A template inside a longer value: `prefix-${SUFFIX}`, a URL with `${DB_PASSWORD}`. Running text (`Hello {{name}},
 * welcome`) has spaces: it is a template that the application renders.
 */
function holdsTemplate(text: string): boolean {
  if (!text.includes('{') && !text.includes('<%') && !text.includes('$(')) return false;
  const rest = text.replace(EMBEDDED, '');
  if (rest === text || (/\s/.test(rest) && !/=\s*['"]?\$\{/.test(text))) return false;
  return [...text.matchAll(EMBEDDED)].some((found) => {
    const name = found.slice(1).find((group) => group !== undefined);
    return name !== undefined && readsLikeText(name) && (/[A-Za-z_.]{6}/.test(name) || namesASecret(name));
  });
}
