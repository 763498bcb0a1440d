import * as z from 'zod';
import { nearestNames } from '../../secret/nearest.ts';
import type { Problem } from './problem.ts';

/** The part of a zod issue that is used here. */
export interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: unknown;
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  readonly issues?: readonly Issue[];
}

/** The problems of a document by the issues of its schema. `of` is the kind of document: `a SecretPolicy`. */
export function schemaProblems(issues: readonly Issue[], of: string, schema: z.ZodType): readonly Problem[] {
  return issues
    .flatMap(eachField)
    .map((issue, index) => schemaProblem(issue, of, index < MAX_SUGGESTIONS ? schema : undefined));
}

/** A document can have thousands of unknown fields, and a search for similar names takes time. */
const MAX_SUGGESTIONS = 20;
const LONGEST_FIELD = 40;

/** zod reports all unknown fields of an object in one issue. */
function eachField(issue: Issue): readonly Issue[] {
  const unknown = issue.code === 'unrecognized_keys' ? (issue.keys ?? []) : [];
  return unknown.length > 0 ? unknown.map((name) => ({ ...issue, keys: [name] })) : [issue];
}

/** Without `schema`, the problem suggests no field. */
function schemaProblem(issue: Issue, of: string, schema: z.ZodType | undefined): Problem {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const [unknown] = issue.code === 'unrecognized_keys' ? (issue.keys ?? []) : [];
  if (unknown !== undefined) {
    const now = similarField(unknown, issue.path, schema);
    const hint = now === undefined ? 'remove it or correct its name' : `did you mean ${now}?`;
    return { path: [...path, unknown], message: `is no field of ${of}: ${hint}` };
  }
  return { path, message: sentenceOf(issue) };
}

function similarField(
  unknown: string,
  path: Issue['path'],
  schema: z.ZodType | undefined,
): string | undefined {
  if (schema === undefined || unknown.length > LONGEST_FIELD) return undefined;
  return nearestNames(unknown, fieldNamesAt(schema, path))[0];
}

/** The fields of the object at `path` of a schema. Empty if there is no object with fixed fields. */
function fieldNamesAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const [step, ...rest] = path;
  return alternatives(schema).flatMap((each) => {
    if (step === undefined) return each instanceof z.ZodObject ? Object.keys(each.shape) : [];
    const child = childOf(each, step);
    return child === undefined ? [] : fieldNamesAt(child, rest);
  });
}

/** The schema without wrappers such as `optional`, and each branch of a union. */
function alternatives(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return alternatives(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return (schema.options as z.ZodType[]).flatMap(alternatives);
  return [schema];
}

function childOf(schema: z.ZodType, step: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (!(schema instanceof z.ZodObject) || typeof step !== 'string') return undefined;
  return Object.hasOwn(schema.shape, step) ? (schema.shape[step] as z.ZodType) : undefined;
}

/** The schema's own sentence, if it has one. */
function sentenceOf(issue: Issue): string {
  if (issue.code !== 'invalid_key' && !/^(Invalid|Too) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_key': {
      const [ofName] = issue.issues ?? [];
      return ofName === undefined ? 'is no name that can stand here' : sentenceOf(ofName);
    }
    case 'invalid_type': {
      const isMissing = issue.message.endsWith('received undefined');
      return `${isMissing ? 'is missing' : 'has the wrong type'}: write ${nounOf(issue.expected)}`;
    }
    case 'invalid_value':
      return `must be ${oneOf(issue.values ?? [])}`;
    case 'too_big':
      return tooBig(issue);
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'is empty: fill it, or leave the field out'
        : `is too small: write at least ${String(issue.minimum)}`;
    default:
      return issue.message;
  }
}

function tooBig({ origin, maximum }: Issue): string {
  if (origin === 'string') return `is too long: write at most ${String(maximum)} characters`;
  if (origin === 'array') return `has too many entries: at most ${String(maximum)}`;
  return `is too large: write at most ${String(maximum)}`;
}

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;

const NOUNS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  object: 'a map',
  record: 'a map',
};

const nounOf = (expected: unknown): string => NOUNS[String(expected)] ?? `a ${String(expected)}`;
