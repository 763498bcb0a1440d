import * as z from 'zod';
import { isObjectName } from '../../engine/secret/kubernetes/name.ts';
import { CHANGE_CAUSES, PHASES } from '../../engine/secret/record/login-record.ts';

/**
 * The schema that this lockstep writes. A later lockstep with fields that this one would drop writes a higher number.
 */
export const SCHEMA_VERSION = 1;

/**
 * A list that stops at its first invalid item. zod makes an object of half a kilobyte for each fault. A user who may
 * write Secrets could write a record with 200,000 faults.
 */
const strictList = <Item extends z.ZodType>(item: Item): z.ZodType<readonly z.output<Item>[]> =>
  z.array(z.unknown()).transform((values, context) => {
    const items: z.output<Item>[] = [];
    for (const [at, value] of values.entries()) {
      const result = item.safeParse(value);
      if (!result.success) {
        context.addIssue({ code: 'custom', path: [at, ...(result.error.issues[0]?.path ?? [])] });
        return z.NEVER;
      }
      items.push(result.data);
    }
    return items;
  }) as unknown as z.ZodType<readonly z.output<Item>[]>;

/** In whole seconds and UTC, as the API server writes it. */
const timeSchema = z.iso.datetime().transform((text) => new Date(text));
const keysSchema = strictList(z.string());
const versionNumber = z.int().positive();
const isNonEmpty = (list: readonly unknown[]): boolean => list.length > 0;

const reasonSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('seen') }),
  z.object({ kind: z.literal('changed') }),
  z.object({ kind: z.literal('healed') }),
  z.object({ kind: z.literal('generated') }),
  z.object({ kind: z.literal('rotated'), step: z.enum(['introduced', 'switched', 'retired']) }),
  z.object({
    kind: z.literal('rolled-back'),
    to: versionNumber,
    undone: z.literal(true).optional(),
    forced: z.literal(true).optional(),
    except: keysSchema.optional(),
  }),
  z.object({ kind: z.literal('login'), cause: z.enum(CHANGE_CAUSES) }),
]);

/** A version without `sha256` has lost its values. */
const versionSchema = z.object({
  number: versionNumber,
  time: timeSchema,
  by: z.string(),
  why: reasonSchema,
  keys: keysSchema,
  sha256: z.string().optional(),
});

const rotationFields = {
  rotations: strictList(
    z.object({
      key: z.string(),
      step: z.enum(['introduced', 'switched']),
      since: timeSchema,
      previousKey: z.string(),
    }),
  ),
  requestedKeys: keysSchema,
};

const rolloutSchema = z.object({
  changes: strictList(z.object({ number: versionNumber, time: timeSchema, keys: keysSchema })).refine(
    isNonEmpty,
  ),
  done: strictList(z.object({ workload: z.string(), number: versionNumber })),
  current: z
    .object({ workload: z.string(), since: timeSchema, leftToReloader: z.literal(true).optional() })
    .optional(),
  stopped: z.object({ workload: z.string(), reason: z.string() }).optional(),
});

const changeRequestSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rotate'), after: versionNumber.optional() }),
  z.object({ kind: z.literal('from-secret') }),
  z.object({
    kind: z.literal('rollback'),
    to: versionNumber,
    forced: z.literal(true).optional(),
    after: versionNumber.optional(),
  }),
]);

/**
 * `current`, `previous`, `from`, `to` and `found` hold the role of a credential. Its password is among the login's
 * values under the same name. `sha256` is the sum of these values.
 */
const loginSchema = z.object({
  system: z.literal('redis').optional(),
  secret: z.string(),
  // It becomes a part of a path of the API.
  movedFrom: z.string().refine(isObjectName).optional(),
  owner: z.string(),
  alternate: z.object({ role: z.string(), oid: z.string() }).optional(),
  at: z.string().optional(),
  auth: z.literal('scram-sha-256').optional(),
  current: z.string().optional(),
  previous: z.string().optional(),
  change: z
    .object({
      id: z.string(),
      cause: z.enum(CHANGE_CAUSES),
      since: timeSchema,
      phase: z.enum(PHASES),
      entered: timeSchema,
      from: z.string().optional(),
      to: z.string(),
      overlaps: z.literal(true).optional(),
      found: z.string().optional(),
      restores: versionNumber.optional(),
      forced: z.literal(true).optional(),
      fault: z.string().optional(),
    })
    .optional(),
  server: z.object({ system: z.string().optional(), timeline: versionNumber.optional() }).optional(),
  changeRequest: changeRequestSchema.optional(),
  diverged: z.object({ since: timeSchema, reason: z.string(), version: versionNumber }).optional(),
  rotated: timeSchema.optional(),
  failed: z.object({ time: timeSchema, reason: z.string(), undone: z.boolean() }).optional(),
  sha256: z.string(),
});

const textsSchema = strictList(z.object({ name: z.string(), text: z.string() }));
const frameSchema = z.strictObject({
  type: z.string(),
  immutable: z.literal(true).optional(),
  controller: z.string().optional(),
  labels: textsSchema,
  annotations: textsSchema,
});

/**
 * The whole record except its values. It has lists instead of maps, because zod drops a key `__proto__`. An unknown
 * field makes the record unreadable: if lockstep dropped it, a record could look as if nothing was in progress.
 */
const indexSchema = z.strictObject({
  schema: z.literal(SCHEMA_VERSION),
  uid: z.string(),
  versions: strictList(versionSchema).refine(isNonEmpty),
  pending: versionSchema.extend({ baseResourceVersion: z.string().optional() }).strict().optional(),
  lastChanged: strictList(z.object({ key: z.string(), time: timeSchema })),
  recentChanges: strictList(
    z.object({
      number: versionNumber,
      time: timeSchema,
      by: z.string(),
      keys: keysSchema,
      recreated: z.literal(true).optional(),
    }),
  ).optional(),
  ...rotationFields,
  afterPending: z.strictObject(rotationFields).optional(),
  rollout: rolloutSchema.optional(),
  login: loginSchema.optional(),
  otherLogins: strictList(loginSchema).optional(),
  inSyncKeys: strictList(z.object({ key: z.string(), entry: z.string(), version: versionNumber })).optional(),
  deletedAt: timeSchema.optional(),
  frame: frameSchema.optional(),
});

/** JSON writes its times as strings. */
export type RecordIndex = z.output<typeof indexSchema>;
export type VersionEntry = RecordIndex['versions'][number];
export type LoginEntry = NonNullable<RecordIndex['login']>;

/** The index, or the reason why it is invalid. The reason names fields and quotes nothing. */
export function parseIndex(text: string): RecordIndex | string {
  const parsed = parseJson(text);
  if (parsed === undefined) return 'its index is no JSON';
  const { schema } = (parsed ?? {}) as { readonly schema?: unknown };
  if (typeof schema === 'number' && schema > SCHEMA_VERSION)
    return `it was written by a newer lockstep (schema ${schema}, this one knows ${SCHEMA_VERSION})`;
  const result = indexSchema.safeParse(parsed);
  if (!result.success) return `its index can not be read at ${pathText(result.error.issues[0]?.path ?? [])}`;
  const { versions, pending } = result.data;
  const numbers = [...versions, ...(pending === undefined ? [] : [pending])].map((one) => one.number);
  const isOrdered = numbers.every((one, at) => at === 0 || one > (numbers[at - 1] ?? 0));
  return isOrdered ? result.data : 'the versions of its index are not in order';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const pathText = (path: readonly PropertyKey[]): string => path.map(String).join('.') || 'its root';
