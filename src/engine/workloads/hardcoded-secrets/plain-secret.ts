import { isSensitiveKey } from '../../secret/key-names/sensitive-keys.ts';
import { classifyPlaceholder } from '../../value/placeholder/classify.ts';
import { readConnection, urlPassword } from '../../value/uri/read.ts';

/** The kind of secret that a text holds in plain sight. The words complete "holds …". */
export type PlainSecret = 'a password' | 'a secret' | 'a URL with a password';

/**
 * Whether a literal text of this name is a secret that works. It is not if the text only stands for one, or can't be
 * one: a placeholder, a reference, a path, a switch, a number. A doubtful text is none.
 */
export function plainSecretIn(name: string, text: string): PlainSecret | undefined {
  if (text.length > MAX_LENGTH || /\s/.test(text) || text === '') return undefined;
  if (text.includes('://')) return hasUrlPassword(name, text) ? 'a URL with a password' : undefined;
  if (!isSensitiveKey(name) || !isLiteral(text)) return undefined;
  if (PASSWORD.test(name)) return isPassword(name, text) ? 'a password' : undefined;
  return isGenerated(text) && !standsFor('secret', name, text) ? 'a secret' : undefined;
}

const MAX_LENGTH = 4096;
/** Other secrets have names that a setting can have too: `SESSION_TOKEN`. */
const PASSWORD = /(?:password|passwd|passphrase|pwd|_pass|-pass|dbpass)(?:[-_.]?\d+)?$/i;

function hasUrlPassword(name: string, text: string): boolean {
  const connection = readConnection(text);
  const password = urlPassword(text, () => connection)?.value;
  if (password === undefined || password === connection?.user?.value) return false;
  return isLiteral(password) && isPassword(name, password);
}

/** A weak password is one too (`admin2024`). A plain word is rather a default, and may be a name. */
function isPassword(name: string, text: string): boolean {
  if (text.length < MIN_PASSWORD_LENGTH || /passw/i.test(text)) return false;
  return /[\d!@#%^&*?]/.test(text)
    ? !standsFor('configuration', name, text)
    : !standsFor('secret', name, text);
}

const MIN_PASSWORD_LENGTH = 5;

const standsFor = (role: 'secret' | 'configuration', key: string, text: string): boolean =>
  classifyPlaceholder(text, { role, key }) !== undefined;

/** Not a template, a path, a hash, a number, a duration, a switch, or a name of an object. */
function isLiteral(text: string): boolean {
  if (/[$%][({]|\{\{|[<>]|^[$./~{[(*]|^[A-Za-z]:\\/.test(text)) return false;
  if (/^[\d.,:_-]+[a-z]{0,3}$/i.test(text) || SWITCHES.has(text.toLowerCase())) return false;
  if (/^(?:sha\d{1,3}|md5|pbkdf2\w*|scram-sha-256|argon2\w*)[:$-]/i.test(text)) return false;
  // `secret/data/app`, `arn:aws:…`, `op://…`, `path/to/key`
  return !/^[a-z][\w.-]*[:/][a-z]/.test(text);
}

const SWITCHES: ReadonlySet<string> = new Set(
  (
    'true false yes no on off none null nil auto automatic default enabled disabled required optional never always ' +
    'plain plaintext prompt trust md5 scram-sha-256 generated random inherit anonymous any all'
  ).split(' '),
);

/** A program made it: letters and digits without a word. */
const isGenerated = (text: string): boolean =>
  text.length >= 16 &&
  /^[\w+/=.~!@#%^&*-]+$/.test(text) &&
  (text.match(/\d/g)?.length ?? 0) >= 2 &&
  /[A-Za-z]/.test(text) &&
  !/^[a-z]+(?:[-_.][a-z]+)*[-_.]?\d*$/i.test(text);
