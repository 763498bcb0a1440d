import { isSensitiveMember } from '../../secret/key-names/sensitive-keys.ts';
import { classifyPlaceholder } from '../placeholder/classify.ts';
import { mayInstruct } from '../placeholder/instruction.ts';
import { pemFault } from '../placeholder/pem.ts';
import type { PlaceholderVerdict } from '../placeholder/verdict.ts';
import { isAscii } from '../placeholder/vocabulary/characters.ts';
import { contextWordsIn } from '../placeholder/words/words-of-names.ts';
import { type Format, formatOf } from './format.ts';
import type { Member } from './member.ts';
import { placeOf } from './place.ts';
import { readMembersOf } from './read-members.ts';

/** A member that is no secret although it must be one, or that asks to be replaced. */
export interface MemberFault {
  readonly verdict: PlaceholderVerdict;
  /** `db.password`, `line 3`. Empty if it is the whole value. Few places are printed, and a line must be counted. */
  readonly place: () => string;
  /** The text may be a label of a page. */
  readonly isLabel: boolean;
}

/** The limit for the members of all values of a Secret. Beyond it the rest is not read. */
export interface MemberBudget {
  members: number;
  /** Characters of members that get all questions of a secret. */
  characters: number;
}

export const newMemberBudget = (): MemberBudget => ({ members: 5000, characters: 40 * 1024 });

/** No member is read any more. */
export const isSpent = ({ members, characters }: MemberBudget): boolean => members < 0 || characters < 0;

interface Context {
  readonly key: string;
  /** The format of the text, if the caller knows it. */
  readonly format?: Format | undefined;
  readonly contextWords: (name: string) => readonly string[];
  /** The names of users and databases in the Secret. */
  readonly logins: readonly string[];
  /** The password of the URL, which the check of the whole value covers. */
  readonly checkedPassword: string | undefined;
}

/** Users of one value. No file has more that matter. */
const MAX_USERS = 8;
const LOGIN_NAME = /(?:user(?:[-_.]?name)?|login|(?:db|database)(?:[-_.]?name)?|^uid)$/i;
const MAX_LOGIN_LENGTH = 32;

/** The members of a value with a fault, in their order. */
export function memberFaults(
  text: string,
  { key, format = formatOf(text, key), contextWords, logins, checkedPassword }: Context,
  budget: MemberBudget,
): readonly MemberFault[] {
  const faults: MemberFault[] = [];
  if (format === undefined) return faults;
  const isObject = format !== 'url' && OBJECT.test(text) && !SECRET_OBJECT.test(text);
  const users = [...logins];
  const ofLabels = LABELS.test(key);
  const seen = { labels: 0, phrases: 0, others: 0 };
  let last: Member | undefined;
  readMembersOf(format, text, key, (member) => {
    budget.members -= 1;
    budget.characters -= costOf(member);
    if (isSpent(budget)) return false;
    if (checkedPassword !== undefined && member.text === checkedPassword) return true;
    // The password of the URL in `db: postgres://…` has the name `db` too.
    const isLogin = LOGIN_NAME.test(member.name) && !isSecret(member);
    if (isLogin && member.text.length <= MAX_LOGIN_LENGTH && users.length < MAX_USERS)
      users.push(member.text);
    if (SETTINGS.has(member.text) && !isSecret(member)) return true;
    const known = member.user === undefined ? users : [...users, member.user];
    const isLabel = LABEL.test(member.text) && !BARE_INSTRUCTION.test(member.text);
    seen[isLabel ? 'labels' : 'others'] += 1;
    if (isLabel && member.text.includes(' ') && !isSecret(member) && !mayInstruct(member.text))
      seen.phrases += 1;
    const isNone = (isObject && namesObject(member)) || ofLabels || isInLabels(member);
    const read = isNone ? { ...member, isSecret: false } : member;
    const fault = faultOf(read, known, contextWords);
    if (fault === undefined) return true;
    // The path of a URL and the URL as a whole are one place.
    if (last === undefined || !isSamePlace(last, member))
      faults.push({ verdict: fault.verdict, place: () => placeIn(text, member, fault.at), isLabel });
    last = member;
    return true;
  });
  const isOfLabels = seen.phrases > 0 && seen.labels >= MIN_LABELS && seen.labels > seen.others * 3;
  return isOfLabels ? faults.filter(({ isLabel }) => !isLabel) : faults;
}

/** The file, or the map, of the texts of a page, or of columns: `messages_de.properties`, `columns.password`. */
const LABELS =
  /^(?:columns?|(?:attribute[-_]?)?map(?:ping)?s?|labels?|messages?|i18n|l10n|locales?|translations?|placeholders?)(?:[-_.][\w-]{1,40})*$/i;
const isInLabels = ({ steps }: Member): boolean =>
  steps.some((step, at) => at < steps.length - 1 && typeof step === 'string' && LABELS.test(step));
/** A text of a page: `Password`. A file in which nearly all are such, and one has two words, is a file of labels. */
const LABEL = /^(?=.{1,40}[a-zß-ÿа-я])[A-ZÀ-ÞА-Я][^\d_=/@$<>{}\n]{1,200}$/;
/** No page says only `Change me`. */
const BARE_INSTRUCTION = /^(?:change|replace|update|fill|set|insert)[-_ ]?(?:me|it|this|in)?[.!]*$/i;
const MIN_LABELS = 4;

/** The classification of placeholders reads no longer text, and other texts cost little. */
const MAX_JUDGED = 4096;
const costOf = (member: Member): number =>
  isSecret(member) && member.text.length <= MAX_JUDGED ? member.text.length : member.text.length >> 5;

const isSamePlace = (one: Member, other: Member): boolean =>
  one.steps.length > 0 &&
  one.steps.length === other.steps.length &&
  one.steps.every((step, index) => step === other.steps[index]);

function placeIn(text: string, member: Member, inner: number): string {
  const { steps, at } = member;
  if (steps.length === 0 && text.slice(0, at + inner).trim() === '') return '';
  return placeOf(member, text, at + inner);
}

/** Parameters of URLs have these values. No check below finds a fault in one of them. */
const SETTINGS: ReadonlySet<string> = new Set(
  'disable disabled require required prefer allow verify-ca verify-full true false yes no on off 0 1 5 10 30 public utf8 utf8mb4 default'.split(
    ' ',
  ),
);

interface Fault {
  readonly verdict: PlaceholderVerdict;
  readonly at: number;
}

function faultOf(
  member: Member,
  known: readonly string[],
  contextWords: (name: string) => readonly string[],
): Fault | undefined {
  const text = member.text.trim();
  if (text.startsWith('-----BEGIN ') || text.includes('\n-----BEGIN ')) {
    const fault = pemFault(member.text);
    return fault?.verdict.rule === 'placeholder' || member.kind === 'credential' ? fault : undefined;
  }
  if (text === '' || NOTHING.test(text) || DESCRIPTION.test(text)) return undefined;
  const isFile = member.kind === 'configuration';
  if (isFile && EXPANDED.test(text)) return undefined;
  if (member.kind === 'go-templates' && text.includes('{{')) return undefined;
  const secret = isSecret(member) && !(isFile && isReference(member.name, text));
  if (!secret && !mayAskToBeReplaced(member, text)) return undefined;
  const verdict = classifyPlaceholder(text, {
    role: secret ? 'secret' : 'configuration',
    key: member.name,
    known,
    contextWords: () => [...contextWords(member.name), ...contextWordsIn(known)],
  });
  if (verdict === undefined || (isFile && verdict.rule !== 'placeholder')) return undefined;
  return { verdict, at: 0 };
}

/**
 * A sentence, a sign, a word in a list or a field for a hint is no value that a person fills in. Nearly every member
 * ends here.
 */
function mayAskToBeReplaced({ name, kind, steps }: Member, text: string): boolean {
  if (kind !== 'configuration' && text.startsWith('${')) return true;
  if (/\s/.test(text) && !/^(?:[A-Z0-9 _-]+|<[^<>]+>)$/.test(text)) return false;
  if (!mayInstruct(text) && !SLOT_OR_KEY.test(text)) return false;
  if (/placeholder|hint|example|^\$/i.test(name)) return false;
  if (name === '' && /^\w+$/.test(text) && !isSensitiveMember(`${steps.at(-2)}`)) return false;
  return isAscii(text) && /[A-Za-z]{3}/.test(text);
}

/** `<project>`, a mask, the rest of a text, or letters and digits as in a published access key. */
const SLOT_OR_KEY = /[<*]|\.\.\.|[xX]{4}|EXAMPLE|^(?=[A-Z]\w*\d)\w{12}|^[A-Z][A-Z0-9]*_[A-Z0-9_]*URL$/;

const isSecret = (member: Member): boolean =>
  member.isSecret ??
  ((isSensitiveMember(member.name) && !PAGE_TOKEN.test(member.name)) || isKeyOfSection(member));

/** `"Jwt": { "Key": … }` of ASP.NET. A `key` in small letters is often a name. */
const isKeyOfSection = ({ name, steps }: Member): boolean =>
  name === 'Key' && /^(?:Jwt|JWT)(?:Settings|Options|Config)?$/.test(`${steps.at(-2)}`);

/** A token of a page of results, or of one request. */
const PAGE_TOKEN =
  /(?:input|output|next|page|pagination|continuation|start|creation|client|change)[-_]?tokens?$/i;

/** A switch, or no value. */
const NOTHING =
  /^(?:true|false|yes|no|on|off|null|none|nil|~|enabled|disabled|undefined|auto|[{}()[\]<>|;,:=+-]+|read|write|required|optional|inherit|always|never)$/i;

/** A sentence about the value, in a schema or an interface description. */
const DESCRIPTION = /^[A-Z][a-zA-Z0-9]* [^ ]+ [^ ]+ [^\n]*\.$/;

/** An application, a shell or a template engine replaces it when it reads the file. */
const EXPANDED =
  /\$[A-Za-z_({]|\{\{|\{%|<%|%[({]|`|#\{|\[\[|\(\(|\w\((?![!@#%^&*]+\))|^[!&*]\w|^ENC[[(]|^\{[\w-]+\}|^%\w+%$|^@\w+@$|^(?:var|local|data|module)\.[a-z]\w*(?:\.\w+)*$/;

/** A file, an object or a field that holds the secret, not the secret. */
function isReference(name: string, text: string): boolean {
  if (/^(?:\.{0,2}\/|~\/|file:|pass:|[A-Za-z]:\\|env:|[a-z]+:\/\/)/i.test(text)) return true;
  if (REFERENCE_NAME.test(name)) return true;
  // The name of a field in a program: `next_token: NextToken`.
  if (/tokens?$/i.test(name) && /^[A-Za-z]+[a-z](?:[A-Z][a-z]+)+$/.test(text)) return true;
  return OBJECT_NAME.test(name) && /^[a-z][a-z0-9]*(?:[-./][a-z0-9]+)+$/.test(text);
}

const REFERENCE_NAME =
  /(?:existing|pull|image|tls|ca|cert|certificates|vars|external|source|target)[-_]?secrets?$|(?:password|passwd|pass|token|user(?:name)?|client[-_]?secret)[-_]?keys?$|[-_]?env(?:[-_]?var)?$/i;
/** A manifest of Kubernetes, in which `configSecret` names a Secret. */
const OBJECT = /^\s*(?:-{3}\s*)?(?:apiVersion|kind): /;
const SECRET_OBJECT = /^kind: Secret\s*$/m;
const namesObject = ({ name, text }: Member): boolean =>
  /[sS]ecrets?$/.test(name) && OBJECT_NAME_TEXT.test(text);
/** RFC 1123 */
const OBJECT_NAME_TEXT = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/** A bare noun, which names a Secret object as often as it holds a value. */
const OBJECT_NAME = /^(?:secrets?|credentials?|creds|auth[-_]?[sS]ecret)$/;
