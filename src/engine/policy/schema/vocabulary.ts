import * as z from 'zod';

/** The types of the fields of a SecretPolicy, each with its bounds. */

export function listOf<Item extends z.ZodType>(item: Item, most: number) {
  return z.array(item).min(1).max(most);
}

/** The number of entries is bounded like that of a list. OpenAPI calls this `maxProperties`. */
export function mapOf<Name extends z.ZodString, Value extends z.ZodType>(
  name: Name,
  value: Value,
  most: number,
) {
  return z
    .record(name, value)
    .refine((map) => Object.keys(map).length <= most, `has too many entries: at most ${most}`)
    .meta({ maxProperties: most });
}

/** ASCII only, so two names that look alike are equal. */
export const keyName = z
  .string()
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'is no key that a Secret can hold: use letters, digits, "-", "_" and "."');

export const keyNames = listOf(keyName, 100);

/** `form` is the pattern of one glob. `of` is the kind of name that it must be able to match. */
export const globs = (form: RegExp, of: string, longest = 253) =>
  listOf(z.string().max(longest).regex(form, `can not fit ${of}, with "*" and "?"`), 256);

/** A value has no form that could be checked. */
export const value = z.string().max(4096);

/**
 * One line, without invisible characters and without characters that change the direction of text (Trojan Source,
 * CVE-2021-42574).
 */
export const plainText = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(
      /^[^\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]*$/,
      'holds a line break or a character that can not be seen: write one line of plain text',
    );

const labelName = z
  .string()
  .max(317)
  .regex(
    /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    'is no name of a label: write e.g. team or example.com/team',
  );

const labelValue = z
  .string()
  .max(63)
  .regex(
    /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/,
    'is no value that a label can have: use letters, digits, "-", "_" and "."',
  );

/** Same as metav1.LabelSelector. */
export const labelSelector = z.strictObject({
  matchLabels: mapOf(labelName, labelValue, 100)
    .optional()
    .describe('Labels, each with the value that it must have.'),
  matchExpressions: z
    .array(
      z.strictObject({
        key: labelName.describe('The name of the label.'),
        operator: z
          .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
          .describe(
            'In: the label has one of the values. NotIn: it has none of them, or there is no such label. Exists, DoesNotExist: whether there is such a label.',
          ),
        values: z
          .array(labelValue)
          .max(100)
          .optional()
          .describe('The values of In and NotIn, at least one; absent for Exists and DoesNotExist.'),
      }),
    )
    .max(100)
    .optional()
    .describe('Requirements beyond equality; all of them must hold.'),
});

export const action = z.enum(['Enforce', 'Warn', 'Audit']);

/** In milliseconds, see duration.ts. */
export const duration = z
  .string()
  .regex(/^[1-9][0-9]{0,5}(d|h|m)$/, 'is not a duration: write 365d, 12h or 30m');
