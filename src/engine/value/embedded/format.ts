import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import { readLine } from './line.ts';
import { isPgpass, notationOf } from './notations.ts';

/**
 * - `flow` is JSON, and YAML in braces
 * - `lines` is YAML, dotenv, properties, INI
 * - `pairs` is `Name=value;…`
 * - `options` is `host:port,name=value,…`, as StackExchange.Redis reads it
 * - `jaas` is the login of a Java client: `…LoginModule required username="app" password="…";`
 * - `remark` is a comment in the place of a secret
 * - `notation` is a file of another form: XML, SQL, `.netrc`
 * - `encoded-flow` and `encoded-pem` are JSON and PEM in base64
 */
export type Format =
  | 'flow'
  | 'lines'
  | 'pairs'
  | 'options'
  | 'jaas'
  | 'remark'
  | 'notation'
  | 'url'
  | 'pem'
  | 'encoded-flow'
  | 'encoded-pem';

/** The shape of the first lines decides, not the name. `key` may say that one line is a whole file. */
export function formatOf(text: string, key: string): Format | undefined {
  const start = firstSign(text);
  switch (text[start]) {
    case undefined:
      return undefined;
    case '{':
    case '[':
      if (isFlow(text, start)) return 'flow';
      break;
    case '-':
      if (text.startsWith(BEGIN, start)) return 'pem';
      break;
    case 'L':
      if (text.startsWith(ENCODED_BEGIN, start)) return 'encoded-pem';
      break;
    case '#':
      if (isRemark(text, key)) return 'remark';
      break;
    case 'e':
      if (ENCODED_MAP.test(text) && !NOT_BASE64.test(text)) return 'encoded-flow';
  }
  const isOneLine = !text.includes('\n', start) || firstSign(text, text.indexOf('\n', start)) === text.length;
  if (!isOneLine) {
    if (text.includes(`\n${BEGIN}`)) return 'pem';
    if (notationOf(text) !== undefined) return 'notation';
    return isLines(text, start) ? 'lines' : undefined;
  }
  if (text.includes('://') && URL_START.test(text)) return 'url';
  if (text.includes('LoginModule ') && JAAS.test(text)) return 'jaas';
  if (text.includes(';') && text.includes('=')) return 'pairs';
  if (text.includes(',') && ENDPOINTS.test(text) && PASSWORD_OPTION.test(text)) return 'options';
  if (text[start] === '<' ? /<\/|\/>/.test(text) : ONE_LINE_NOTATION.test(text) || isPgpass(text))
    return 'notation';
  if (!text.includes('=') && !text.includes(':')) return undefined;
  return (FILE.test(key) || text.startsWith('export ')) && isLines(text, start) ? 'lines' : undefined;
}

const BEGIN = '-----BEGIN ';
const ENCODED_BEGIN = 'LS0tLS1CRUdJTi';
/** `{"`, `{ "`, `{` and a line break. A JSON Web Token has dots. */
const ENCODED_MAP = /^\s{0,9}(?:eyJ|eyAi|ewog|ewoJ|ew0K)/;
const NOT_BASE64 = /[^A-Za-z0-9+/=\s]/;
const URL_START = /^\s*[A-Za-z][\w+.:-]{0,40}:\/\//;
const ONE_LINE_NOTATION =
  /^\s{0,9}(?:machine\s+\S|authorization\s{0,9}[:=]?\s{0,9}\{|(?:CREATE|ALTER)\s{1,9}(?:USER|ROLE)\s)/i;
const JAAS = /LoginModule\s+(?:required|requisite|sufficient|optional)\s/;
const ENDPOINTS = /^\s{0,9}[\w.:[\]-]{1,255},/;
/** Without a password nothing in it matters. */
const PASSWORD_OPTION = /,\s{0,9}password\s{0,9}=/i;
/** A name of a file, in which one line is a file too. */
const FILE = /(?:^\.|\.)(?:env|ini|cfg|conf|cnf|config|properties|ya?ml|toml|tfvars|npmrc|hcl|credentials)$/i;

/** A longer comment is a configuration file of defaults. */
const MAX_REMARK_LENGTH = 400;
const PEM_FILE = /\.(?:pem|key|crt|cer)$|^id_/;

/** Comments and nothing else, under a key that must hold a secret. */
const isRemark = (text: string, key: string): boolean =>
  text.length <= MAX_REMARK_LENGTH &&
  (isSensitiveKey(key) || PEM_FILE.test(key)) &&
  text.split('\n').every((line) => /^\s*(?:#.*)?$/.test(line));

function firstSign(text: string, from = 0, end = text.length): number {
  let at = Math.max(from, 0);
  while (at < end && text[at]! <= ' ') at += 1;
  return at;
}

/** `{"a": …`, `[{…`, `{a: …`, `{a:'…'`. A password may begin with a bracket. */
function isFlow(text: string, start: number): boolean {
  const next = text[firstSign(text, start + 1)];
  if (next === '"' || next === "'") return text[start] === '[' || text.includes(':', start);
  return (
    next === '{' ||
    (text[start] === '{' && /^\{\s*[\w$.-]{1,60}\s*:[\s"'{[]/.test(text.slice(start, start + 200)))
  );
}

/** Significant lines that are looked at. */
const MAX_LINES = 30;
const MAX_HEAD_LENGTH = 16 * 1024;

/** At least half of the first lines assign something, are items, or begin a section. */
function isLines(text: string, start: number): boolean {
  // A script has a syntax of its own.
  if (text.startsWith('#!', start)) return false;
  let known = 0;
  let other = 0;
  let names = 0;
  for (let pos = 0; pos < Math.min(text.length, MAX_HEAD_LENGTH) && known + other < MAX_LINES; ) {
    const newline = text.indexOf('\n', pos);
    const end = newline < 0 ? text.length : newline;
    const line = readLine(text, pos, end);
    if (line !== undefined) {
      known += 1;
      if (line.kind === 'section' || line.name !== undefined) names += 1;
    } else if (!isQuiet(text, pos, end)) other += 1;
    pos = end + 1;
  }
  return names > 0 && known >= other;
}

/** Blank, a comment, or the rest of a block: it says nothing about the format. */
function isQuiet(text: string, start: number, end: number): boolean {
  const at = firstSign(text, start, end);
  return at >= end || '#;!%-/}])'.includes(text[at]!) || at - start >= 2;
}

/** A file of the AWS client, which expands nothing either. */
export const isAwsFile = (text: string): boolean =>
  /^\s*\[/.test(text) &&
  /^[ \t]*(?:aws_access_key_id|aws_secret_access_key|aws_session_token|role_arn|sso_start_url)[ \t]*=|^\[(?:default|profile [\w-]+)\][ \t]*\r?\n[ \t]*region[ \t]*=/m.test(
    text,
  );

/** The configuration of Alertmanager. It renders templates of Go, and no variables. */
export const isAlertmanagerFile = (text: string): boolean =>
  /^receivers:/m.test(text) && /^route:/m.test(text);

/** `kind: Config`, with its clusters. A client expands nothing in it. */
export const isKubeconfig = (text: string): boolean =>
  /^["']?kind["']?: *["']?Config\b/m.test(text) && /^["']?clusters["']?:/m.test(text);
