import { z } from 'zod';
import { CAUSES, PHASES } from '../../engine/record/login-record.ts';

/** What is written today. A later lockstep that writes more than this one can keep writes a higher number. */
export const SCHEMA = 1;

/**
 * A list of which nothing is read behind the first item that is none: zod makes an object of half a kilobyte for each fault, and whoever may write Secrets may
 * write a record with 200,000 of them.
 */
const listOf = <Item extends z.ZodType>(item: Item): z.ZodType<z.output<Item>[], z.input<Item>[]> =>
  z.array(z.unknown()).transform((given, context) => {
    const items: z.output<Item>[] = [];
    for (const [at, one] of given.entries()) {
      const read = item.safeParse(one);
      if (!read.success) {
        context.addIssue({ code: 'custom', path: [at, ...(read.error.issues[0]?.path ?? [])] });
        return z.NEVER;
      }
      items.push(read.data);
    }
    return items;
  }) as unknown as z.ZodType<z.output<Item>[], z.input<Item>[]>;

/** In whole seconds and UTC, as the API server writes it. */
const time = z.iso.datetime().transform((text) => new Date(text));
const keys = listOf(z.string());
const number = z.int().positive();
const isFilled = (list: readonly unknown[]): boolean => list.length > 0;

const why = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('seen') }),
  z.object({ kind: z.literal('changed') }),
  z.object({ kind: z.literal('healed') }),
  z.object({ kind: z.literal('generated') }),
  z.object({ kind: z.literal('rotated'), step: z.enum(['introduced', 'switched', 'retired']) }),
  z.object({
    kind: z.literal('rolled-back'),
    to: number,
    forced: z.literal(true).optional(),
    except: keys.optional(),
  }),
  z.object({ kind: z.literal('login'), cause: z.enum(CAUSES) }),
]);

/** `sha256` is left out of a version whose values are lost. */
const version = z.object({ number, time, by: z.string(), why, keys, sha256: z.string().optional() });

const rotating = z.object({
  rotations: listOf(
    z.object({
      key: z.string(),
      step: z.enum(['introduced', 'switched']),
      since: time,
      previousKey: z.string(),
    }),
  ),
  asked: keys,
});

const rollout = z.object({
  changes: listOf(z.object({ number, time, keys })).refine(isFilled),
  done: listOf(z.object({ workload: z.string(), number })),
  current: z.object({ workload: z.string(), since: time }).optional(),
  stopped: z.object({ workload: z.string(), reason: z.string() }).optional(),
});

const wish = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rotate'), after: number.optional() }),
  z.object({ kind: z.literal('from-secret') }),
  z.object({
    kind: z.literal('rollback'),
    to: number,
    forced: z.literal(true).optional(),
    after: number.optional(),
  }),
]);

/** Of each credential the role; its password lies under the same name among the values, whose sum is `sha256`. */
const login = z.object({
  secret: z.string(),
  owner: z.string(),
  alternate: z.object({ role: z.string(), oid: z.string() }).optional(),
  at: z.string().optional(),
  auth: z.literal('scram-sha-256').optional(),
  current: z.string().optional(),
  previous: z.string().optional(),
  change: z
    .object({
      id: z.string(),
      cause: z.enum(CAUSES),
      since: time,
      phase: z.enum(PHASES),
      entered: time,
      from: z.string().optional(),
      to: z.string(),
      found: z.string().optional(),
      restores: number.optional(),
      forced: z.literal(true).optional(),
      fault: z.string().optional(),
    })
    .optional(),
  server: z.object({ system: z.string().optional(), timeline: number.optional() }).optional(),
  wish: wish.optional(),
  diverged: z.object({ since: time, reason: z.string(), version: number }).optional(),
  rotated: time.optional(),
  failed: z.object({ time, reason: z.string(), undone: z.boolean() }).optional(),
  sha256: z.string(),
});

/** Everything of a record but its values. Lists in place of maps, since zod drops a key `__proto__`. */
const index = z.object({
  schema: z.literal(SCHEMA),
  uid: z.string(),
  versions: listOf(version).refine(isFilled),
  pending: version.extend({ over: z.string().optional() }).optional(),
  changed: listOf(z.object({ key: z.string(), time })),
  ...rotating.shape,
  ahead: rotating.optional(),
  rollout: rollout.optional(),
  login: login.optional(),
  inStep: listOf(z.object({ key: z.string(), entry: z.string(), version: number })).optional(),
  gone: time.optional(),
});

/** As it is written; times are texts. */
export type WrittenIndex = z.input<typeof index>;
export type RecordIndex = z.output<typeof index>;
export type IndexedVersion = RecordIndex['versions'][number];
export type WrittenLogin = NonNullable<WrittenIndex['login']>;
export type IndexedLogin = NonNullable<RecordIndex['login']>;

/** The index, or why it is none; the reason names fields and quotes nothing. */
export function readIndex(text: string): RecordIndex | string {
  const parsed = parse(text);
  if (parsed === undefined) return 'its index is no JSON';
  const { schema } = (parsed ?? {}) as { readonly schema?: unknown };
  if (typeof schema === 'number' && schema > SCHEMA)
    return `it was written by a newer lockstep (schema ${schema}, this one knows ${SCHEMA})`;
  const read = index.safeParse(parsed);
  if (!read.success) return `its index can not be read at ${placeOf(read.error.issues[0]?.path ?? [])}`;
  const { versions, pending } = read.data;
  const numbers = [...versions, ...(pending === undefined ? [] : [pending])].map((one) => one.number);
  const isOrdered = numbers.every((one, at) => at === 0 || one > (numbers[at - 1] ?? 0));
  return isOrdered ? read.data : 'the versions of its index are not in order';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const placeOf = (path: readonly PropertyKey[]): string => path.map(String).join('.') || 'its root';
