import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import { mapAlong, type ObjectFields } from '../references/object-fields.ts';
import type { OffsetFinding } from '../references/object-findings.ts';

/** A longer text is a script. */
const MAX_LENGTH = 16_384;

/**
 * The URLs that a container builds from `$(DB_PASSWORD)`. The kubelet puts the password there as it is, so that one
 * with `@` or `/` breaks the URL.
 */
export function* unescapedExpansionsIn(container: ObjectFields): Generator<OffsetFinding> {
  const variables = passwordVariables(container);
  for (const variable of container.maps('env')) {
    const name = variable.text('name') ?? '';
    const expanded = expandedPassword(variable.text('value') ?? '', variables);
    if (expanded !== undefined)
      yield finding(`the variable ${name}`, name, expanded, variable.offset('value'));
  }
  for (const list of ['command', 'args'])
    for (const { text, offset } of container.texts(list)) {
      const expanded = expandedPassword(text, variables);
      if (expanded !== undefined) yield finding(`the field ${list}`, '', expanded, offset);
    }
}

const finding = (place: string, key: string, variable: string, offset: number): OffsetFinding => ({
  rule: 'unescaped-expansion',
  key,
  message: `${place} puts $(${variable}) into a URL unescaped, so that a password with @ or / breaks it`,
  fix: 'read the whole URL from a Secret, in which lockstep escapes the password',
  offset,
});

/** Whether a variable holds a password as it is: one of a Secret, or one that comes with `envFrom`. */
type IsPassword = (variable: string) => boolean;

function passwordVariables(container: ObjectFields): IsPassword {
  const fromSecret = new Map<string, boolean>();
  for (const variable of container.maps('env')) {
    const reference = mapAlong(variable, ['valueFrom', 'secretKeyRef']);
    fromSecret.set(variable.text('name') ?? '', reference !== undefined);
  }
  const others = [...container.maps('envFrom')].some((source) => source.map('secretRef') !== undefined);
  return (variable) =>
    !ESCAPED.test(variable) && (fromSecret.get(variable) ?? (others && isSensitiveKey(variable)));
}

/** `DB_PASSWORD_ENCODED`, `URI_PASSWORD` */
const ESCAPED = /(?:^|_)(?:url|uri|enc|encoded|urlencoded|escaped|esc|quoted)(?:_|$)/i;

/** The variable in the place of the password. Undefined if the text builds no URL from one. */
function expandedPassword(text: string, isPassword: IsPassword): string | undefined {
  if (text.length > MAX_LENGTH || !text.includes('$(') || !text.includes('://')) return undefined;
  for (const { groups } of text.matchAll(PASSWORD_IN_URL)) {
    const password = groups?.password ?? groups?.parameter ?? '';
    // The kubelet makes `$(` of `$$(`.
    for (const { 1: dollars = '', 2: variable = '' } of password.matchAll(EXPANSION))
      if (dollars.length % 2 === 1 && isPassword(variable)) return variable;
  }
  return undefined;
}

// Two names: before version 23, Node refuses a name that two alternatives share.
const PASSWORD_IN_URL =
  /:\/\/[^\s"'/:@]{0,128}:(?<password>[^\s"'/@:]{1,256})@|[?&;](?:password|pwd)=(?<parameter>[^\s"'&;]{1,256})/gi;
const EXPANSION = /(\$+)\(([A-Za-z_][\w.-]{0,252})\)/g;
