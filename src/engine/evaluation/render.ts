import type { Expression, Template, UrlTemplate } from '../policy/template.ts';
import { buildUrl } from '../uri/build.ts';
import type { PartName } from '../uri/connection.ts';
import { encodeKeyword, encodeUserinfo } from '../uri/encode.ts';
import { type Case, valueNamed } from './evaluation.ts';

/** The text of a template with every reference filled in and spelled as its place demands. */
export function renderWhole(aCase: Case, template: Template): string {
  if (template.url !== undefined) return renderUrl(aCase, template.url);
  const spell = { uri: encodeUserinfo, keyword: encodeKeyword, plain: (text: string) => text }[
    template.spelling
  ];
  return render(aCase, template.whole, spell);
}

function renderUrl(aCase: Case, { scheme, parts, params }: UrlTemplate): string {
  const plain: Partial<Record<PartName, string | undefined>> = {};
  for (const [part, expression] of parts) plain[part] = expectedPart(aCase, expression);
  const query = [...params].map(
    ([name, expression]) => `${name}=${render(aCase, expression, encodeUserinfo)}`,
  );
  return buildUrl({ scheme, ...plain, query: query.join('&') });
}

function render(aCase: Case, expression: Expression, spell: (text: string) => string): string {
  return expression
    .map((piece) =>
      typeof piece === 'string' ? piece : spell(textNamed(aCase, piece.name) ?? piece.fallback ?? ''),
    )
    .join('');
}

/** The plain value that a part of a URL must have; undefined where a name without a default is missing. */
export function expectedPart(aCase: Case, expression: Expression): string | undefined {
  let expected = '';
  for (const piece of expression) {
    const text =
      typeof piece === 'string' ? decoded(piece) : (textNamed(aCase, piece.name) ?? piece.fallback);
    if (text === undefined) return undefined;
    expected += text;
  }
  return expected;
}

/** Literal text in a URL template is spelled already. */
export function decoded(literal: string): string {
  try {
    return decodeURIComponent(literal);
  } catch {
    return literal;
  }
}

const textNamed = (aCase: Case, name: string): string | undefined =>
  valueNamed(aCase, name)?.look(({ text }) => text);
