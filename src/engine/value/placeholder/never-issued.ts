import { fillerSecret } from './filler.ts';
import { type KeyName, namePattern } from './key-name.ts';
import { ValueText } from './value-text.ts';
import { isKeyboardWalk } from './words/keyboard-walk.ts';

/**
 * No vendor issues such a value: `value`, `abc123`, `event_key_example`, a sequence. The key is that of a client ID, an
 * access key or a public key.
 */
export function isNeverIssued({ text }: ValueText, key: KeyName): boolean {
  if (text.length > MAX_LENGTH) return false;
  if (OBJECT.test(text)) return hasStandIn(text, true);
  if (key.matches(PHONE_KEY)) return isNoPhoneNumber(text);
  // Nearly every key ends here.
  if (!key.matches(MAY_BE_ISSUED) || /\s/.test(text)) return false;
  const { words } = key;
  if (!isIssued(words) || LOW_UUID.test(text)) return false;
  if (hasStandIn(behindVendorPrefix(text) ?? text, false) || IN_CAPITALS.test(text)) return true;
  if (words.at(-3) === 'access' && TEST.test(text)) return true;
  const own = text.replace(CLIENT_DOMAIN, '');
  if (ANY_VALUE.test(own)) return true;
  if (own !== text && own.split('-').every(isKeyboardWalk)) return true;
  return isLongFiller(own) || isCountingNumber(own, words);
}

/** Microsoft Graph and its like have such an ID in each tenant. An application may count its own tenants from 1. */
const LOW_UUID = /^0{7}[1-9a-f]-0000-0000-c000-0{12}$|^0{8}-(?:0{4}-){3}0{11}[1-9]$/i;

function isIssued(words: readonly string[]): boolean {
  const owner = words.at(-2);
  const last = words.at(-1)!;
  if (owner === undefined || !ISSUED.has(last)) return false;
  return last === 'id' ? OWNERS_OF_ID.has(owner) : !OWN_CHOICE.has(owner);
}

const MAX_LENGTH = 120;

/** Digits that count on (`+1234567890`), one digit, or the numbers of American films (`+15551234567`). */
const PHONE_KEY = namePattern(
  /(?:phone|mobile|msisdn|whatsapp|from|sender)[-_.]?(?:no|num|number)?$|[-_.]number$/i,
);
const PHONE = /^\+?\d{9,15}$/;
function isNoPhoneNumber(text: string): boolean {
  if (!PHONE.test(text)) return false;
  const digits = text.replace('+', '');
  return (
    isKeyboardWalk(digits) || /^\d{0,3}(\d)\1{6,}$/.test(digits) || /^1?555(?:1234567|01\d{2})$/.test(digits)
  );
}

const set = (words: string): ReadonlySet<string> => new Set(words.trim().split(/\s+/));

const MAY_BE_ISSUED = namePattern(/(?:id|key|token|urn|guid|dsn)\W*$/i);
const ISSUED = set('id sid key token urn guid dsn');
/** Before `id`. The owner of the application chooses the others. */
const OWNERS_OF_ID = set(`
client tenant app application account subscription key merchant customer consumer installation chat bot channel guild
zone organization property measurement pixel price product plan pool directory publisher oauth auth secret phone number
`);
/** Before `key` and `token`. The owner of the application chooses these values. */
const OWN_CHOICE = set(
  `
group site user kid k partition object sort base foreign primary cache config index node broker process machine
trace row record map sub hot short label topic queue instance default data lookup
`,
);

/** Text that stands for any value. */
const ANY_VALUE =
  /^(?:values?|text|string|str|foo|bar|baz|foobar|abc|abcd|xyz|sample|example|dummy|fake|placeholder|todo|something|whatever|asdf|test[-_](?:id|key|token))[-_]?\d{0,4}$/i;
/** `AWS_ACCESS_KEY_ID: test`. A client or a tenant may be called so. */
const TEST = /^tests?\d{0,4}$/i;
/** `AKIAEXAMPLE` */
const IN_CAPITALS =
  /^[\w-]*(?:EXAMPLE|PLACEHOLDER|TRUNCATED|REDACTED|DUMMY|YOUR_?(?:[A-Z]+_?)?(?:KEY|TOKEN|SECRET|ID))[\w-]*$/;
/** A domain that a vendor adds to its client IDs. */
const CLIENT_DOMAIN = /\.apps\.googleusercontent\.com$/;

/** Objects of payment services: `price_replace_basic`. */
const OBJECT = /^(?:price|cus|acct|evt|coupon)_/;
const STAND_IN = /^(?:dummy|fake|placeholder|replace|replaceme|truncated|redacted|todo|changeme)$/i;
const EXAMPLE = /^(?:example|sample)$/i;
const PARTS = /^[A-Za-z]{2,20}\d{0,4}(?:[-_.][A-Za-z]{0,20}\d{0,4}){1,8}$/;

/** A stand-in among words. An example comes last, because an application may be called `example-app`. */
function hasStandIn(text: string, isObject: boolean): boolean {
  if (!PARTS.test(text)) return false;
  const parts = text.split(/[-_.]/);
  return (
    parts.some((part) => STAND_IN.test(part) || (isObject && EXAMPLE.test(part))) ||
    EXAMPLE.test(parts.at(-1)!)
  );
}

/** A shorter one may be a number of the application. */
const MIN_FILLER_LENGTH = 12;
const isLongFiller = (text: string): boolean =>
  text.length >= MIN_FILLER_LENGTH &&
  !SERVER.test(text) &&
  !/^\d+$/.test(text) &&
  fillerSecret(new ValueText(behindVendorPrefix(text) ?? text)) !== undefined;

/** `redis://redis`: a server often has the name of its kind. */
const SERVER = /^([a-z]{2,20}):\/\/\1$/;

/** Before `id` and `key`. A vendor counts these, and none of its customers has the number 123456. */
const NUMBERED = set(
  'chat app application client account tenant subscription channel guild installation access',
);
/** Telegram's numbers of groups begin so. */
const GROUP = /^-(?:100)?/;
const MIN_DIGITS = 6;
const MIN_DIGITS_OF_LONG_NUMBERS = 3;

function isCountingNumber(text: string, words: readonly string[]): boolean {
  const digits = text.replace(GROUP, '');
  if (!/^(?:0?123|987)\d*$/.test(digits) || !isKeyboardWalk(digits)) return false;
  const owner = words.at(-2)!;
  const isLong = owner === 'chat' || (owner === 'key' && words.at(-3) === 'access');
  return (
    digits.length >= (isLong ? MIN_DIGITS_OF_LONG_NUMBERS : MIN_DIGITS) && (isLong || NUMBERED.has(owner))
  );
}

/** The prefixes of vendors' keys, and the first parts of a JSON Web Token. The rest of a real key is random. */
const VENDOR_PREFIX =
  /^(?:(?:sk|pk|rk)[-_](?:(?:live|test|prod|proj|ant|or|svcacct)[-_])?(?:v1[-_])?|whsec_(?:test_)?|gh[opsur]_|github_pat_|glpat-|xox[abeprs]-|xapp-|SG\.|AIza(?:Sy)?|A[KS]IA_?|AC(?=[0-9a-f_])|GOCSPX-|hf_|npm_|pypi-|dckr_pat_|ph[cx]_|sbp_|shpat_|lin_api_|dop_v1_|re_|rzp_(?:test|live)_|pplx-|gsk_|tvly-|signkey-(?:prod-|test-)?|xkeysib-|FLWSECK(?:_TEST)?-|sq0(?:csp|atp)-|glsa_|hvs\.|dp\.(?:st|pt)\.|APP_USR-|(?:SB-)?Mid-(?:server|client)-|ATATT3|figd_|ntn_|nvapi-|xai-|r8_|EAA[A-Z]|\d{6,10}:(?:AA)?|eyJ[\w-]{4,}\.(?:eyJ[\w-]*\.)?)(?=.{3})/;

/** The rest of a text behind the prefix of a vendor. */
export function behindVendorPrefix(text: string): string | undefined {
  const prefix = VENDOR_PREFIX.exec(text)?.[0];
  return prefix === undefined ? undefined : text.slice(prefix.length);
}
