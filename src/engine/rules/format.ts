import { isBadHost, isBadPort, isPort, isTooLong, LONGEST_TEXT } from '../evaluation/base-key-check.ts';
import type { Case, Governed } from '../evaluation/evaluation.ts';
import { connectionIn } from '../evaluation/parsed-connection.ts';
import type { Complaint, KeyRule } from './rule.ts';

export const format: KeyRule = {
  id: 'format',
  meaning: 'The value has not the form that the policy, or its place in a connection URL, asks for.',
  example: 'POSTGRES_PORT: postgres, POSTGRES_HOST: db:5432, REDIS_URL: http://redis',
  mend: 'Set a value of that form.',
  check: hasWrongForm,
};

/** What each form is called, and what has it. */
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

function hasWrongForm(aCase: Case, governed: Governed): Complaint | undefined {
  const { key, entry } = governed;
  const value = aCase.data.get(key);
  if (value === undefined || value.isEmpty) return undefined;
  const wrong = (name: string): Complaint => ({ key, message: `is no ${name}`, fix: `set a ${name}` });
  if (isTooLong(aCase, key))
    return { key, message: 'is too long for a connection URL', fix: 'set a shorter value' };
  if (isBadPort(aCase, key)) return wrong('port number from 1 to 65535');
  if (isBadHost(aCase, key))
    return { key, message: 'is no host name', fix: 'set the host alone, without scheme and port' };
  if (entry.format === 'uri') return hasWrongScheme(aCase, governed);
  const form = FORMS[entry.format ?? ''];
  if (form === undefined) return undefined;
  return value.look(({ text }) => text !== undefined && form.has(text)) ? undefined : wrong(form.name);
}

function hasWrongScheme(aCase: Case, { key, entry }: Governed): Complaint | undefined {
  const value = aCase.data.get(key);
  if (entry.schemes === undefined || value === undefined || value.size > LONGEST_TEXT) return undefined;
  const scheme = value.look((plain) => connectionIn(plain)?.scheme.toLowerCase());
  if (scheme === undefined || entry.schemes.includes(scheme)) return undefined;
  const allowed = entry.schemes.map((one) => `${one}://`).join(' or ');
  return { key, message: 'is a URL of another scheme', fix: `begin it with ${allowed}` };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
