import { Buffer } from 'node:buffer';
import { Document, isMap, Scalar, visit } from 'yaml';
import type { Secret } from '../../engine/secret/secret.ts';

/**
 * A Secret for kubectl: text under `stringData`, so that people can read it, and bytes that are no text under `data`.
 */
export interface SecretManifest {
  readonly apiVersion: 'v1';
  readonly kind: 'Secret';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly type: string;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** Contains plain values, so that it serves only a manifest that the user asked for. An empty namespace is left out. */
export function secretManifest({ name, namespace, labels, type, data }: Secret): SecretManifest {
  const texts: [string, string][] = [];
  const bytes: [string, string][] = [];
  for (const [key, value] of data) {
    const base64 = value.reveal();
    const isText = value.withPlaintext(({ text }) => text !== undefined);
    if (isText) texts.push([key, Buffer.from(base64, 'base64').toString('utf8')]);
    else bytes.push([key, base64]);
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      ...(namespace === '' ? {} : { namespace }),
      ...(labels.size === 0 ? {} : { labels: Object.fromEntries(labels) }),
    },
    type,
    ...(texts.length === 0 ? {} : { stringData: Object.fromEntries(texts) }),
    ...(bytes.length === 0 ? {} : { data: Object.fromEntries(bytes) }),
  };
}

export const jsonManifest = (manifest: SecretManifest): string => `${JSON.stringify(manifest, null, 2)}\n`;

/** YAML that all readers of 1.1 and 1.2 take alike: each value is quoted, or a block of printable ASCII. */
export function yamlManifest(manifest: SecretManifest): string {
  const document = new Document(manifest, { version: '1.1' });
  visit(document, {
    Scalar: (_, node) => {
      node.type = nameStyle(String(node.value));
    },
  });
  for (const field of ['stringData', 'data']) {
    const values = document.get(field);
    for (const { value } of isMap<Scalar, Scalar>(values) ? values.items : [])
      if (value !== null) value.type = valueStyle(String(value.value));
  }
  const text = document.toString({
    lineWidth: 0,
    directives: false,
    doubleQuotedMinMultiLineLength: Number.MAX_SAFE_INTEGER,
  });
  return text.replace(UNREADABLE, escapeCharacter);
}

/** YAML forbids these characters, or reads them as the end of a line. They occur in double quotes only. */
const UNREADABLE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

const escapeCharacter = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** Begins with a letter, so that no version of YAML reads a number or a date. */
const PLAIN_NAME = /^[A-Za-z][-._/A-Za-z0-9]*$/;
const KEYWORDS = /^(y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

const nameStyle = (name: string): Scalar.Type =>
  PLAIN_NAME.test(name) && !KEYWORDS.test(name) ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;

/** Fits a PEM file or a properties file: no line is indented or ends in a blank. */
const BLOCK_TEXT = /^(?:[!-~](?:[ -~]*[!-~])?\n)+(?:[!-~](?:[ -~]*[!-~])?\n?)$/;

const valueStyle = (value: string): Scalar.Type =>
  BLOCK_TEXT.test(value) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
