import { placeOf } from '../../value/embedded/place.ts';
import { readMembers } from '../../value/embedded/read-members.ts';
import { MAX_DOCUMENT_LENGTH } from '../../value/embedded/readable-text.ts';
import type { ReadObject } from '../references/object-fields.ts';
import type { OffsetFinding } from '../references/object-findings.ts';
import { containersOf, podOf } from '../references/secret-references.ts';
import { type PlainSecret, plainSecretIn } from './plain-secret.ts';
import { unescapedExpansionsIn } from './unescaped-expansion.ts';

/** A hostile object has a hundred thousand values. */
const MAX_FINDINGS = 100;

/** Passwords in plain sight in a ConfigMap or in a Pod, and URLs that a Pod builds from a password. */
export function plainTextFindingsOf(object: ReadObject): readonly OffsetFinding[] {
  const findings: OffsetFinding[] = [];
  for (const finding of allFindings(object)) {
    findings.push(finding);
    if (findings.length === MAX_FINDINGS) break;
  }
  return findings;
}

function* allFindings(object: ReadObject): Generator<OffsetFinding> {
  if (object.kind === 'ConfigMap' && object.apiVersion === 'v1') yield* configMapFindings(object);
  const pod = podOf(object);
  if (pod === undefined) return;
  for (const container of containersOf(pod)) {
    for (const variable of container.maps('env')) {
      const name = variable.text('name') ?? '';
      const secret = plainSecretIn(name, variable.text('value') ?? '');
      if (secret === undefined) continue;
      const message = `the variable ${name} holds ${secret} in plain text`;
      yield finding(
        name,
        message,
        'put it into a Secret, and read it with secretKeyRef',
        variable.offset('value'),
      );
    }
    yield* unescapedExpansionsIn(container);
  }
}

function* configMapFindings({ fields }: ReadObject): Generator<OffsetFinding> {
  const data = fields.map('data');
  for (const key of data?.keys() ?? []) {
    const text = data?.text(key) ?? '';
    const [first, ...others] = secretsIn(key, text);
    if (data === undefined || first === undefined) continue;
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const place = first.place === '' ? '' : `, at ${first.place}${more}`;
    const message = `the key ${key} holds ${first.secret} in plain text${place}`;
    yield finding(key, message, 'move it into a Secret', data.offset(key));
  }
}

const finding = (key: string, message: string, fix: string, offset: number): OffsetFinding => ({
  rule: 'plain-text-password',
  key,
  message,
  fix,
  offset,
});

interface FoundSecret {
  readonly secret: PlainSecret;
  /** The place in a file. Empty for the whole value. */
  readonly place: string;
}

/** The secrets in one value, which may be a file. */
function secretsIn(key: string, text: string): readonly FoundSecret[] {
  const whole = plainSecretIn(key, text.trim());
  if (whole !== undefined) return [{ secret: whole, place: '' }];
  if (!text.includes('\n') || text.length > MAX_DOCUMENT_LENGTH || IS_PROGRAM.test(key)) return [];
  if (!MAY_HOLD_SECRET.test(text)) return [];
  const found: FoundSecret[] = [];
  let members = 0;
  readMembers(text, key, (member) => {
    members += 1;
    const secret = member.kind === 'go-templates' ? undefined : plainSecretIn(member.name, member.text);
    if (secret !== undefined) found.push({ secret, place: placeOf(member, text, member.at) });
    return members < MAX_MEMBERS;
  });
  return found;
}

const MAX_MEMBERS = 5000;
const MAY_HOLD_SECRET = /pass|pwd|secret|token|key|cred|:\/\/[^\s:@/]{0,128}:/i;

/** A program, a template, a page or a dashboard. Its texts are no settings. */
const IS_PROGRAM =
  /\.(?:sh|bash|zsh|py|js|mjs|ts|rb|pl|php|lua|go|java|groovy|sql|html?|css|md|tmpl|tpl|gotmpl|j2|template|txt|xml|csv|rego|star)$/i;
