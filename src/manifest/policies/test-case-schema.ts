import * as z from 'zod';
import { unknownRuleAdvice } from '../../engine/review/rules/find-rule.ts';
import { ruleTexts } from '../../engine/review/rules/manifest-rules.ts';

/** The content of a test case file: a list of Secrets, each with the expected result. */
const stringMap = z.record(z.string().min(1), z.string());

const secretSchema = z.strictObject({
  apiVersion: z.literal('v1').optional(),
  kind: z.literal('Secret').optional(),
  metadata: z
    .strictObject({
      name: z.string().default(''),
      generateName: z.string().default(''),
      namespace: z.string().default('default'),
      labels: stringMap.default({}),
      annotations: stringMap.default({}),
      ownerReferences: z
        .array(z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) }))
        .default([]),
    })
    .prefault({}),
  type: z.string().default('Opaque'),
  immutable: z.boolean().default(false),
  stringData: stringMap.default({}),
  data: z.record(z.string().min(1), z.base64('is not base64: put plain text under stringData')).default({}),
});

const ruleIds = ruleTexts.map(({ id }) => id);
const ruleSchema = z.enum(ruleIds, {
  error: ({ input }) => `is no rule: ${unknownRuleAdvice(String(input))}`,
});
const reasonSchema = z.enum([...ruleIds, 'derived'], {
  error: ({ input }) => `is neither a rule nor derived: ${unknownRuleAdvice(String(input))}`,
});

const keySchema = z.string().default('').describe('Empty where it is about the whole Secret.');

const expectationSchema = z.strictObject({
  verdict: z.enum(['allow', 'fix', 'deny', 'skip']),
  findings: z
    .array(
      z.strictObject({
        rule: ruleSchema,
        key: keySchema,
        action: z.enum(['Enforce', 'Warn', 'Audit']).optional(),
      }),
    )
    .optional(),
  changes: z.array(z.strictObject({ key: z.string().min(1), reason: reasonSchema.optional() })).optional(),
  values: z
    .record(z.string().min(1), z.string().nullable())
    .optional()
    .describe('The text of these keys after the changes. null: the Secret lacks the key.'),
});

export const testCaseSchema = z.strictObject({
  name: z.string().min(1),
  secret: secretSchema,
  old: secretSchema.optional().describe('The stored Secret. The case is then an UPDATE.'),
  on: z.iso
    .date('is not a day: write YYYY-MM-DD')
    .optional()
    .describe('The day, for exceptions that run out.'),
  expect: expectationSchema,
});

export const testCasesSchema = z.array(testCaseSchema).min(1);

export type PolicyTestCase = z.output<typeof testCaseSchema>;
export type TestCaseSecret = z.output<typeof secretSchema>;
