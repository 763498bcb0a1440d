import type { Source, Visit } from './member.ts';

/**
 * Notations that hold a password in a fixed form, and need no reader of their own. `sign` shows the notation in the
 * beginning of a text. `secret` finds the passwords: the group `name` is optional, the group `value` is the password.
 */
interface Notation {
  readonly sign: RegExp;
  readonly secret: RegExp;
}

/** A line of `.pgpass`. A group of IPv6 has no such numbers. */
const PGPASS = /^[\w.*-]{1,255}:(?:[56]4\d\d|\d{5}|\*):[\w*-]{1,63}:[\w*-]{1,63}:(?<value>\S{1,400})/gm;
const IS_PGPASS = new RegExp(PGPASS, 'm');
export const isPgpass = (text: string): boolean => IS_PGPASS.test(text);

const NOTATIONS: readonly Notation[] = [
  // .netrc
  {
    sign: /^\s{0,9}(?:machine\s+\S|default\s+login\s)/,
    // A guest gives an address for a password.
    secret: /(?:^|\s)(?<!login\s{1,9}(?:anonymous|ftp)\s{1,9})(?<name>password)\s+(?<value>\S{1,400})/g,
  },
  // nats.conf, without its comments
  {
    sign: /^[ \t]{0,9}authorization\s{0,9}[:=]?\s{0,9}\{/m,
    secret:
      /(?:#|(?<!:)\/\/)[^\n]*|\b(?<name>password|pass|token)\s{0,9}[:=]\s{0,9}["']?(?<value>[^\s"',}]{1,400})/g,
  },
  // redis.conf, users.acl, msmtprc, Fluent Bit, Fluentd, haproxy.cfg
  {
    sign: /^(?:(?:requirepass|masterauth)\s|user \S+ o(?:n|ff)\s|account \S+\s*$|\[(?:IN|OUT)PUT\]|<(?:match|source)\b|userlist \S|[ \t]+stats auth )/m,
    secret:
      /^[ \t]{0,20}(?:user [^\n>]{1,200}>|user[ \t]{1,9}\S{1,99}[ \t]{1,9}insecure-password[ \t]{1,9}|stats auth [^:\s]{1,99}:|(?<named>masterauth|requirepass|\w{0,30}(?:passwd|password|token|shared_key|api_?key))[ \t]+)(?<value>\S{1,400})/gim,
  },
  // .pgpass
  { sign: IS_PGPASS, secret: PGPASS },
  // userlist.txt of PgBouncer
  { sign: /^"[^"\n]{1,63}"[ \t]+"/, secret: /^"[^"\n]{1,63}"[ \t]+"(?<value>[^"\n]{1,400})"/gm },
  // Terms of Erlang, without their comments
  {
    sign: /^\s{0,9}(?:%[^\n]{0,200}\n\s{0,9}){0,9}\[\s{0,9}\{\w{1,60},/,
    secret: /%[^\n]*|\{\s{0,9}(?<name>\w{1,60}),\s{0,9}(?:<<)?"(?<value>[^"\n]{1,400})"/g,
  },
  // PHP, in which a value can be a rule of validation: `required|min:12`
  {
    sign: /^\s{0,9}<\?php/,
    secret:
      /\bdefine\(\s{0,9}['"](?<name>\w{1,60})['"]\s{0,9},\s{0,9}['"](?<value>[^'"\n]{1,400})['"]\s{0,9}\)|(?:['"$]|->)(?<named>\w{1,60})['"\]]{0,2}\s{0,9}=>?\s{0,9}['"](?!(?:required|nullable|sometimes|bail|string)\|)(?<text>[^'"\n]{1,400})['"]/g,
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
      /<(?<name>[\w:.-]{1,60})>\s{0,99}(?<value>[^<>\s][^<>\n]{0,399})(?:\n\s{0,99})?<\/|\b(?:name|key)="(?<named>[^"\n]{1,60})"(?:\s{1,9}value="|>)(?<text>[^"<>\n]{1,400})(?:"|<\/)|\s(?<attribute>[\w:.-]{0,30}(?:[Pp]ass(?:word|wd)?|[Pp]wd|[Ss]ecret|[Tt]oken))="(?<content>[^"<>\n]{1,400})"/g,
  },
];

const HEAD_LENGTH = 4096;

/** The notation of a text. Undefined if it has none of these. */
export function notationOf(text: string): Notation | undefined {
  const head = text.slice(0, HEAD_LENGTH);
  return NOTATIONS.find(({ sign }) => sign.test(head));
}

/** `requirepass`, `password_sha256_hex`, and not `passwordEncoder`. */
const PASSWORD = /pass(?:wd|word)?(?:_\w{4,20}_hex)?$|^masterauth$/i;

/** False if the visitor has read enough. */
export function readNotation({ secret }: Notation, { text, steps, at, kind }: Source, visit: Visit): boolean {
  for (const { 0: match, index, groups } of text.matchAll(secret)) {
    const { named, attribute, text: written, content } = groups ?? {};
    const { name = named ?? attribute ?? '', value = written ?? content } = groups ?? {};
    // A comment was skipped.
    if (value === undefined) continue;
    // The name stands before its value, and its line is shown.
    const start = at + index + (name === '' ? match.lastIndexOf(value) : 0);
    const member = { name, text: value, steps, at: start, kind };
    if (!visit(name === '' || PASSWORD.test(name) ? { ...member, isSecret: true } : member)) return false;
  }
  return true;
}
