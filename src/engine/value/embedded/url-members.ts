import { decodePercent } from '../uri/decode.ts';
import type { Member } from './member.ts';

/** No driver or service reads more. */
const MAX_PARAMETERS = 64;

/** Each service below has one of these words. Nearly every URL has none. */
const WEBHOOK = /hook|bot|trigger|workflow|ifttt/;
/** Services whose URL is the secret. The first group is the secret part of the path. */
const WEBHOOKS: readonly RegExp[] = [
  /^hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/([^?#]+)/,
  /^(?:[a-z]+\.)?discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/([^?#]+)/,
  /^api\.telegram\.org\/bot([^/?#]+)/,
  /^(?:[\w-]+\.)?(?:webhook\.office|outlook\.office(?:365)?)\.com\/(?:webhook|webhookb2)\/([^?#]+)/,
  /^hooks\.zapier\.com\/hooks\/catch\/([^?#]+)/,
  /^maker\.ifttt\.com\/(?:[^?#]*\/)?key\/([^/?#]+)/,
  /^open\.(?:feishu|larksuite)\.(?:cn|com)\/open-apis\/bot\/(?:v\d\/)?hook\/([^/?#]+)/,
  /^(?:[\w-]+\.)?(?:mattermost|rocket)[\w.-]*\/hooks\/([^?#]+)/,
];

/** Parameters that sign a URL, as those of Azure do. */
const SIGNATURES: ReadonlySet<string> = new Set(['sig', 'signature', 'X-Amz-Signature']);

/** A part of the host of each webhook. */
const WEBHOOK_HOST = /hooks\.|discord|telegram|office|ifttt|feishu|larksuite|mattermost|rocket/;

/** Nearly every URL has no members. */
export const hasUrlMembers = (url: string): boolean =>
  url.includes('?') || WEBHOOK_HOST.test(url) || loneSecretOf(url) !== undefined;

/** The DSN of Sentry and its relatives: the key of a project before the host, and the project's number. */
const ERROR_TRACKER = /^\s*https?:\/\/([^:@/?#\s]{1,128})@[^@/?#\s]+\/\d+\/?\s*$/;
/** A password in the place of the user, or of the path, names itself: `redis://redis_password@redis:6379/0`. */
const MISPLACED =
  /^\s*(?:(?!https?:)[a-z][a-z0-9+.-]{1,30}:\/\/([^:@/?#\s]{0,60}(?:pass(?:word|wd)?|pwd|secret)\d{0,4})@|rediss?:\/\/[^@/?#\s]{1,255}:\d{1,5}\/([\w-]{0,60}(?:password|passwd|pwd)[\w-]{0,20})\s*$)/i;

/** The secret of a URL that has no user and password. */
function loneSecretOf(url: string): string | undefined {
  if (url.includes('@'))
    return hasPassword(url) ? undefined : (ERROR_TRACKER.exec(url) ?? MISPLACED.exec(url))?.[1];
  return MAY_MISPLACE.test(url) ? MISPLACED.exec(url)?.[2] : undefined;
}

/** A `:` stands between the scheme and the first `@`. */
function hasPassword(url: string): boolean {
  const start = url.indexOf('://') + 3;
  const colon = url.indexOf(':', start);
  return colon !== -1 && colon < url.indexOf('@', start);
}

const MAY_MISPLACE = /passw|pwd/i;

/** The parameters of a URL, and the secret in the path of a chat webhook. */
export function* urlMembers(url: string): Generator<Member> {
  const at = url.indexOf('://') + 3;
  const member = { steps: [], at, kind: 'credential' } as const;
  const rest = url.slice(at);
  for (const webhook of WEBHOOK.test(rest) ? WEBHOOKS : []) {
    const secret = webhook.exec(rest)?.[1];
    if (secret === undefined) continue;
    const last =
      secret
        .split('/')
        .filter((part) => part !== '')
        .at(-1) ?? '';
    yield { ...member, name: '', text: last, steps: ['path'], isSecret: true };
  }
  const lone = loneSecretOf(url);
  if (lone !== undefined) {
    const steps = [url.includes('@') ? 'user' : 'path'];
    yield { ...member, name: '', text: decodePercent(lone).value, steps, isSecret: true };
  }
  const query = url.indexOf('?', at);
  if (query < 0) return;
  const pairs = url
    .slice(query + 1)
    .split('#', 1)[0]!
    .split('&', MAX_PARAMETERS);
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals <= 0) continue;
    const name = decodePercent(pair.slice(0, equals)).value;
    const text = decodePercent(pair.slice(equals + 1)).value;
    const parameter = { ...member, name, text, steps: ['query', name] };
    yield SIGNATURES.has(name) ? { ...parameter, isSecret: true } : parameter;
  }
}
