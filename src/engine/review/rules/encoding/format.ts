import { placeOfFix } from '../../../secret/owners.ts';
import type { Sensitive } from '../../../secret/sensitive.ts';
import { isBadHost, isBadPort, isPort, isTooLong } from '../../derivation/base-key-check.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { parsedConnection } from '../../evaluation/parsed-connection.ts';
import type { ValueRule, Violation } from '../rule.ts';

export const format: ValueRule = {
  id: 'format',
  meaning: 'The value does not have the form that the policy, or its position in a connection URL, requires.',
  example: 'POSTGRES_PORT=postgres, POSTGRES_HOST=db:5432, REDIS_URL=http://redis',
  remediation: 'Set a value of this form.',
  check: hasWrongForm,
};

/** Each format with its name for people and its check. */
const FORMS: Readonly<Record<string, { readonly name: string; readonly has: (text: string) => boolean }>> = {
  port: { name: 'port number from 1 to 65535', has: isPort },
  integer: { name: 'whole number', has: (text) => /^-?[0-9]{1,18}$/.test(text) },
  boolean: { name: 'true or false', has: (text) => /^(true|false)$/i.test(text) },
  hostname: {
    name: 'host name',
    has: (text) => /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9.])?$/.test(text),
  },
  uuid: { name: 'UUID', has: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) },
  json: { name: 'JSON document', has: isJson },
  pem: {
    name: 'PEM block',
    has: (text) => /^\s*-----BEGIN [A-Z0-9 ]+-----\s[\s\S]*-----END [A-Z0-9 ]+-----\s*$/.test(text),
  },
};

function hasWrongForm(
  evaluation: Evaluation,
  managedKey: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  const { key, entry } = managedKey;
  if (entry.format === undefined && !evaluation.bindings.has(key)) return undefined;
  if (isTooLong(evaluation, key))
    return violationFor(evaluation, key, 'is too long for a connection URL', 'set a shorter value');
  if (isBadPort(evaluation, key)) return isNo(evaluation, key, 'port number from 1 to 65535');
  if (isBadHost(evaluation, key))
    return violationFor(evaluation, key, 'is no host name', 'set the host alone, without scheme and port');
  if (entry.format === undefined) return undefined;
  if (entry.format === 'uri') return hasWrongScheme(evaluation, managedKey, value);
  const form = FORMS[entry.format];
  if (form === undefined) return undefined;
  return value.withPlaintext(({ text }) => text !== undefined && form.has(text))
    ? undefined
    : isNo(evaluation, key, form.name);
}

const violationFor = ({ request }: Evaluation, key: string, message: string, fix: string): Violation => ({
  key,
  message,
  fix: `${fix}${placeOfFix(request.secret)}`,
});

const isNo = (evaluation: Evaluation, key: string, form: string): Violation =>
  violationFor(evaluation, key, `is no ${form}`, `set a ${form}`);

function hasWrongScheme(
  evaluation: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  if (entry.schemes === undefined || value.size > MAX_TEXT_BYTES) return undefined;
  const scheme = value.withPlaintext((plain) => parsedConnection(plain)?.scheme.toLowerCase());
  if (scheme === undefined || entry.schemes.includes(scheme)) return undefined;
  const allowed = entry.schemes.map((one) => `${one}://`).join(' or ');
  return {
    key,
    message: 'is a URL of another scheme',
    fix: `begin it with ${allowed}${placeOfFix(evaluation.request.secret)}`,
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
