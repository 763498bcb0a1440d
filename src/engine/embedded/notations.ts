import type { Source, Visit } from './member.ts';

/**
 * Notations that hold a password in a fixed form, and need no reader of their own. `sign` shows the notation in the
 * beginning of a text. `secret` finds the passwords: the group `name` is optional, the group `value` is the password.
 */
interface Notation {
  readonly sign: RegExp;
  readonly secret: RegExp;
}

const NOTATIONS: readonly Notation[] = [
  // .netrc
  {
    sign: /^\s{0,9}(?:machine\s+\S|default\s+login\s)/,
    secret: /(?:^|\s)(?<name>password)\s+(?<value>\S{1,400})/g,
  },
  // redis.conf
  {
    sign: /^(?:requirepass|masterauth)\s/m,
    secret: /^(?<name>requirepass|masterauth)[ \t]+(?<value>\S{1,400})/gm,
  },
  // userlist.txt of PgBouncer
  { sign: /^"[^"\n]{1,63}"[ \t]+"/, secret: /^"[^"\n]{1,63}"[ \t]+"(?<value>[^"\n]{1,400})"/gm },
  // PHP
  {
    sign: /^\s{0,9}<\?php/,
    secret:
      /\bdefine\(\s{0,9}['"](?<name>\w{1,60})['"]\s{0,9},\s{0,9}['"](?<value>[^'"\n]{1,400})['"]\s{0,9}\)/g,
  },
  // SQL
  {
    sign: /\b(?:CREATE|ALTER)\s{1,9}(?:USER|ROLE|LOGIN)\s/i,
    secret: /\b(?:PASSWORD|IDENTIFIED\s{1,9}BY)\s{0,9}=?\s{0,9}'(?<value>[^'\n]{1,400})'/gi,
  },
  // XML
  {
    sign: /^\s{0,9}<[?!A-Za-z]/,
    secret:
      /<(?<name>[\w:.-]{1,60})>\s{0,99}(?<value>[^<>\s][^<>\n]{0,399})(?:\n\s{0,99})?<\/|\b(?:name|key)="(?<named>[^"\n]{1,60})"(?:\s{1,9}value="|>)(?<text>[^"<>\n]{1,400})(?:"|<\/)|\s(?<attribute>[\w:.-]{0,30}(?:[Pp]assword|[Pp]asswd|[Pp]wd|[Ss]ecret|[Tt]oken))="(?<content>[^"<>\n]{1,400})"/g,
  },
];

const HEAD_LENGTH = 4096;

/** The notation of a text. Undefined if it has none of these. */
export function notationOf(text: string): Notation | undefined {
  const head = text.slice(0, HEAD_LENGTH);
  return NOTATIONS.find(({ sign }) => sign.test(head));
}

/** False if the visitor has read enough. */
export function readNotation({ secret }: Notation, { text, steps, at, kind }: Source, visit: Visit): boolean {
  for (const { index, groups } of text.matchAll(secret)) {
    const { named, attribute, text: written, content } = groups ?? {};
    const { name = named ?? attribute ?? '', value = written ?? content ?? '' } = groups ?? {};
    const member = { name, text: value, steps, at: at + index, kind };
    if (!visit(name === '' || name.includes('pass') ? { ...member, isSecret: true } : member)) return false;
  }
  return true;
}
