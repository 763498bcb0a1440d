import { Buffer } from 'node:buffer';
import type { ValueText } from './value-text.ts';
import type { PlaceholderVerdict } from './verdict.ts';

/** Blocks of one value that are read. A bundle of certificate authorities has about 150. */
const MAX_BLOCKS = 200;
/** The smallest public key is one of Ed25519: 44 bytes (RFC 8410). */
const MIN_BODY_LENGTH = 60;

const BEGIN = '-----BEGIN ';
const EMPTY: PlaceholderVerdict = {
  rule: 'placeholder',
  message: 'is a PEM block without a key or certificate in it',
};
const UNRENDERED: PlaceholderVerdict = {
  rule: 'unrendered-template',
  message: 'is a PEM block with a template in it that nobody rendered',
};

const INVENTED: PlaceholderVerdict = {
  rule: 'placeholder',
  message: 'is a PEM block whose length does not fit its first bytes',
};

/** A PEM block that holds no key, and where it begins. */
interface PemFault {
  readonly verdict: PlaceholderVerdict;
  readonly at: number;
}

/** The same for a value that is PEM as a whole. */
export const emptyPem = ({ text }: ValueText): PlaceholderVerdict | undefined =>
  text.startsWith(BEGIN) ? pemFault(text)?.verdict : undefined;

/** The first block of the text that is empty, or holds a remark, dots or a template instead of a key. */
export function pemFault(text: string): PemFault | undefined {
  let at = text.indexOf(BEGIN);
  for (let block = 0; at >= 0 && block < MAX_BLOCKS; block++) {
    const labelEnd = text.indexOf('-----', at + BEGIN.length);
    if (labelEnd < 0 || labelEnd - at > 80) return undefined;
    const label = text.slice(at + BEGIN.length, labelEnd);
    const next = text.indexOf('-----', labelEnd + 5);
    const body = text.slice(labelEnd + 5, next < 0 ? text.length : next);
    const verdict = verdictOfBody(label, body);
    if (verdict !== undefined) return { verdict, at };
    at = next < 0 ? -1 : text.indexOf(BEGIN, next);
  }
  return undefined;
}

/** Blocks whose body is base64 and nothing else (RFC 7468). */
const STRICT = /(?:^|[ ])(?:PRIVATE KEY|PUBLIC KEY|CERTIFICATE|CERTIFICATE REQUEST|PKCS7|CMS)$/;

function verdictOfBody(label: string, body: string): PlaceholderVerdict | undefined {
  const isStrict = STRICT.test(label) && !OTHER_FORM.test(label);
  // Nearly every block ends here.
  if (isStrict && SOUND.test(body) && !isMasked(body)) return fitsLength(label, body) ? undefined : INVENTED;
  if (TEMPLATE.test(body)) return UNRENDERED;
  const lines = body.replaceAll('\\r', '').replaceAll('\\n', '\n').split('\n');
  const written = lines.filter((line) => !HEADER.test(line)).join(' ');
  if (!isStrict)
    return written.trim() === '' || ELLIPSIS.test(written) || lines.some(isSentence) ? EMPTY : undefined;
  // Base64 with the line breaks lost is a fault that no reader reports here.
  let length = 0;
  for (const piece of written.split(/\s+/)) {
    if (!/^[A-Za-z0-9+/=]*$/.test(piece)) return EMPTY;
    length += piece.length;
  }
  return length < MIN_BODY_LENGTH || isMasked(written) ? EMPTY : undefined;
}

const OTHER_FORM = /PGP|SSH2|NEBULA/;

/** Blocks of one value in DER, of a definite length. A key of OpenSSH or cosign is none. */
const DER =
  /^(?:(?:RSA |EC |DSA |ENCRYPTED )?PRIVATE KEY|(?:RSA )?PUBLIC KEY|(?:X509 )?CERTIFICATE|(?:NEW )?CERTIFICATE REQUEST)$/;

/** DER begins with the number of bytes behind it (X.690, 8.1.3). A text that somebody typed or cut off has another. */
function fitsLength(label: string, body: string): boolean {
  if (!DER.test(label)) return true;
  const der = Buffer.from(body, 'base64');
  const [tag, first = 0] = der;
  const size = first < 0x80 ? 0 : first & 0x7f;
  const length = size === 0 ? first : size <= 4 ? der.readUIntBE(2, size) : -1;
  return tag === SEQUENCE && der.length === 2 + size + length;
}
const SEQUENCE = 0x30;

/** One line of base64 in full, and nothing but base64 after it. */
const SOUND = /^\s{0,9}[A-Za-z0-9+/=]{64}[A-Za-z0-9+/=\s]*$/;
const isMasked = (body: string): boolean => body.includes('x'.repeat(16)) || body.includes('X'.repeat(16));
const TEMPLATE = /\{\{|\$\{|<%/;
/** `your key here`. A body is one long text, also where its line breaks were lost. */
const isSentence = (line: string): boolean =>
  !HEADER.test(line) &&
  line.trim().includes(' ') &&
  line
    .trim()
    .split(' ')
    .every((word) => word.length <= 14);
const ELLIPSIS = /\.\.\.|…|<[A-Za-z]/;
/** `Proc-Type: 4,ENCRYPTED` */
const HEADER = /^\s*[A-Za-z][\w-]*: /;

const COMMENTS: PlaceholderVerdict = { rule: 'placeholder', message: 'is a placeholder' };

/** `# cat ~/.ssh/id_ed25519 >> this file` */
export function onlyComments({ text }: ValueText): PlaceholderVerdict | undefined {
  if (!text.startsWith('# ')) return undefined;
  return text.split('\n').every((line) => line.trim() === '' || /^\s*#+\s/.test(line)) ? COMMENTS : undefined;
}
