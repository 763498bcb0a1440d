import { Buffer } from 'node:buffer';
import { readJdbcProperties } from '../uri/jdbc-properties.ts';
import { readConnection, urlPassword } from '../uri/read.ts';
import { dockerVisit } from './docker-config.ts';
import { readFlow } from './flow.ts';
import { type Format, formatOf, isAlertmanagerFile, isAwsFile, isKubeconfig } from './format.ts';
import { readLines } from './lines.ts';
import type { DocumentKind, Member, Source, Visit } from './member.ts';
import { notationOf, readNotation } from './notations.ts';
import { urlMembers } from './url-members.ts';

/** A YAML file in a JSON text in a dotenv file. */
const MAX_NESTING = 3;

/**
 * Reads the members of a value: of a file, of a connection string, of a URL. `key` is the key of the Secret. A value
 * without members gives none. Takes linear time, and never throws.
 */
export function readMembers(text: string, key: string, visit: Visit): void {
  const format = formatOf(text, key);
  if (format !== undefined) readMembersOf(format, text, key, visit);
}

/** The same for a value whose format is known. */
export function readMembersOf(format: Format, text: string, key: string, visit: Visit): void {
  readAs(format, { text, steps: [], at: 0, kind: kindOf(format, text, key) }, key, visit, 0);
}

/** False if the visitor has read enough. */
function readAs(format: Format, source: Source, key: string, visit: Visit, nesting: number): boolean {
  const { text, steps, at, kind } = source;
  let isOpen = true;
  const visitInner: Visit = (member) => {
    isOpen = visitNested(member, key, visit, nesting);
    return isOpen;
  };
  switch (format) {
    case 'flow':
      readDocuments(source, isDockerConfig(text, key) ? dockerVisit(visitInner) : visitInner);
      return isOpen;
    case 'lines':
      readLines(source, visitInner);
      return isOpen;
    case 'pairs':
      for (const { name, value } of readJdbcProperties(text, { start: 0, end: text.length }, 'ado', '') ??
        []) {
        const isSecret = /^(?:shared)?access ?key$/i.test(name);
        const member = { name, text: value.value, steps: [...steps, name], at: at + value.start, kind };
        if (!visit(isSecret ? { ...member, isSecret } : member)) return false;
      }
      return true;
    case 'options':
      for (const { 1: name = '', 2: value = '', index } of text.matchAll(OPTION))
        if (!visit({ name, text: value, steps: [...steps, name], at: at + index, kind })) return false;
      return true;
    case 'jaas':
      for (const { 1: name = '', 2: quoted = '', 3: value = quoted, index } of text.matchAll(JAAS_OPTION))
        if (!visit({ name, text: value, steps: [...steps, name], at: at + index, kind })) return false;
      return true;
    case 'url':
      for (const member of urlMembers(text)) {
        if (!visit({ ...member, steps: nesting === 0 ? member.steps : [...steps, ...member.steps.slice(1)] }))
          return false;
      }
      return true;
    case 'remark':
      return visit({
        name: '',
        text: /^[\s#]*(.*)/.exec(text)?.[1] ?? '',
        steps,
        at,
        kind: 'credential',
        isSecret: true,
      });
    case 'notation': {
      const notation = notationOf(text);
      return notation === undefined || readNotation(notation, source, visitInner);
    }
    case 'encoded-flow': {
      const json = Buffer.from(text, 'base64').toString('utf8');
      return readAs('flow', { ...source, text: json, kind: kindOf('flow', json, key) }, key, visit, nesting);
    }
    case 'pem':
      return visit({ name: '', text, steps, at, kind: 'credential', isSecret: true });
    case 'encoded-pem': {
      const pem = Buffer.from(text, 'base64').toString('latin1');
      // Dots and other signs stand for the rest of the block.
      const rest = /[^A-Za-z0-9+/=\s][\s\S]*$/.exec(text)?.[0] ?? '';
      return visit({ name: '', text: pem + rest, steps, at, kind: 'credential', isSecret: true });
    }
  }
}

/** Reads all JSON documents of a text, such as one in each line. A line `---` may begin a document of YAML. */
function readDocuments(source: Source, visit: Visit): void {
  const { text, at } = source;
  for (let end: number | undefined = 0; end !== undefined && end < text.length; ) {
    NEXT_DOCUMENT.lastIndex = end;
    const [between = ''] = NEXT_DOCUMENT.exec(text) ?? [];
    const start = NEXT_DOCUMENT.lastIndex;
    if (text[start] === '{' || text[start] === '[') end = readFlow(source, start, visit);
    else {
      if (between.includes('---')) readLines({ ...source, text: text.slice(start), at: at + start }, visit);
      return;
    }
  }
}

/** Blanks and commas between documents, and separators of YAML. */
const NEXT_DOCUMENT = /(?:[\s,]|^---[ \t]*$)*/my;

const OPTION = /(?<=,\s{0,9})([A-Za-z]{1,40}) {0,9}= {0,9}([^,]*)/g;
const JAAS_OPTION = /\b(\w{1,40})=(?:"([^"]*)"|'([^']*)')/g;

/** A member may be a document, a URL or a PEM block itself. */
function visitNested(member: Member, key: string, visit: Visit, nesting: number): boolean {
  const { text, steps, at } = member;
  const format = formatOf(text, '');
  if (nesting === MAX_NESTING) return visit(member);
  if (format === undefined || format === 'url' || format === 'pairs') {
    const password = urlPassword(text);
    if (password !== undefined) {
      const user = readConnection(text)?.user?.value ?? '';
      if (!visit({ ...member, text: password.value, isSecret: true, user })) return false;
      const rest = text.slice(0, password.start) + text.slice(password.end);
      return visit({ ...member, text: rest, isSecret: false });
    }
  }
  if (format === undefined) return visit(member);
  const kind = member.kind === 'configuration' ? kindOf(format, text, '') : member.kind;
  const isOpen = readAs(format, { text, steps, at, kind }, key, visit, nesting + 1);
  return isOpen && (format !== 'url' || visit({ ...member, isSecret: false }));
}

function kindOf(format: Format, text: string, key: string): DocumentKind {
  // A file may leave the login of a client to a variable.
  if (format === 'jaas') return 'configuration';
  if (format === 'notation') return 'configuration';
  if (format !== 'flow' && format !== 'lines') return 'credential';
  if (format === 'lines' && isAlertmanagerFile(text)) return 'go-templates';
  const isCredential =
    format === 'flow'
      ? isDockerConfig(text, key) || isServiceAccount(text)
      : isKubeconfig(text) || isAwsFile(text);
  return isCredential ? 'credential' : 'configuration';
}

const HEAD_LENGTH = 4096;
const isDockerConfig = (text: string, key: string): boolean =>
  key === '.dockercfg' || text.slice(0, HEAD_LENGTH).includes('"auths"');
const isServiceAccount = (text: string): boolean =>
  text.slice(0, HEAD_LENGTH).includes('"service_account"') && text.includes('"private_key"');
