import type { Buffer } from 'node:buffer';
import { readReview } from '../../src/admission/review/review.ts';
import { readManifests } from '../../src/manifest/read/read.ts';

/** A text that costs its parser most: of a review for the webhooks, of a manifest for `lockstep check`. */
export interface ParserCase {
  readonly name: string;
  readonly parse: (bytes: Buffer) => Promise<void>;
  readonly text: (bytes: number) => string;
}

const SECRET = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\n';

export const parserCases: readonly ParserCase[] = [
  aReview('short values', (bytes) => ['', repeated('"k§":"QUJD",', bytes)]),
  aReview('values with escapes', (bytes) => ['', repeated('"\\u006b§":"QU\\/D",', bytes)]),
  aReview('annotations', (bytes) => [`,"annotations":{${repeated('"k§":"",', bytes)}}`, '']),
  aReview('managedFields', (bytes) => [`,"managedFields":[${repeated('{"f:k§":{}},', bytes)}]`, '']),
  aReview('nested lists', (bytes) => [
    `,"managedFields":${'['.repeat(bytes / 2)}${']'.repeat(bytes / 2)}`,
    '',
  ]),
  aManifest('short values', (bytes) => `${SECRET}stringData:\n${repeated('  k§: v\n', bytes)}\n`),
  aManifest('values in braces', (bytes) => `${SECRET}stringData: {${repeated('k§: v, ', bytes)}}\n`),
  aManifest('documents', (bytes) => repeated('---\nkind: Secret\n', bytes)),
  aManifest('open quotes', (bytes) => `${SECRET}stringData:\n${repeated('  k§: "a\n', bytes)}\n`),
  aManifest('one key again and again', (bytes) => `${SECRET}stringData:\n${repeated('  k: v\n', bytes)}\n`),
];

function aReview(
  name: string,
  parts: (bytes: number) => readonly [metadata: string, data: string],
): ParserCase {
  const secrets = '{"group":"","version":"v1","resource":"secrets"}';
  const request = `"uid":"1","kind":{"group":"","version":"v1","kind":"Secret"},"resource":${secrets},"name":"app","namespace":"shop"`;
  return {
    name: `a review with ${name}`,
    parse: async (bytes) => {
      readReview(bytes);
    },
    text: (bytes) => {
      const [metadata, data] = parts(bytes);
      const object = `{"kind":"Secret","apiVersion":"v1","metadata":{"name":"app","namespace":"shop"${metadata}},"data":{${data}},"type":"Opaque"}`;
      return `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{${request},"operation":"CREATE","userInfo":{"username":"jane"},"object":${object},"oldObject":null,"dryRun":false}}`;
    },
  };
}

function aManifest(name: string, text: (bytes: number) => string): ParserCase {
  const parse = async (bytes: Buffer): Promise<void> => {
    const options = { namespace: undefined, allowReferences: false, stdin: async () => bytes };
    for await (const { secrets, errors } of readManifests(['-'], options))
      if (secrets.length + errors.length === 0) throw new Error(`${name}: nothing was read`);
  };
  return { name: `a manifest with ${name}`, parse, text };
}

/** `§` becomes the number of the repetition. The last separator is left out. */
function repeated(unit: string, bytes: number): string {
  const pieces: string[] = [];
  for (let size = 0, number = 0; size < bytes; number += 1) {
    const piece = unit.replace('§', `${number}`);
    size += piece.length;
    pieces.push(piece);
  }
  return pieces.join('').replace(/[,\s]+$/, '');
}
