import * as z from 'zod';
import { ruleTexts } from '../../engine/rules/rule-texts.ts';

/** What a file of cases may say: a list of Secrets, each with what becomes of it. */
const texts = z.record(z.string().min(1), z.string());

const secret = z.strictObject({
  apiVersion: z.literal('v1').optional(),
  kind: z.literal('Secret').optional(),
  metadata: z
    .strictObject({
      name: z.string().default(''),
      generateName: z.string().default(''),
      namespace: z.string().default('default'),
      labels: texts.default({}),
      annotations: texts.default({}),
      ownerReferences: z
        .array(z.looseObject({ kind: z.string(), name: z.string(), controller: z.boolean().default(false) }))
        .default([]),
    })
    .prefault({}),
  type: z.string().default('Opaque'),
  immutable: z.boolean().default(false),
  stringData: texts.default({}),
  data: z.record(z.string().min(1), z.base64('is not base64: put plain text under stringData')).default({}),
});

const ids = ruleTexts.map(({ id }) => id);
const rule = z.enum(ids, { error: 'is no rule: lockstep explain lists them' });
const reason = z.enum([...ids, 'derived'], { error: 'is neither a rule nor derived' });
const key = z.string().default('').describe('Empty where it is about the whole Secret.');

const expected = z.strictObject({
  verdict: z.enum(['allow', 'fix', 'deny', 'skip']),
  findings: z
    .array(z.strictObject({ rule, key, action: z.enum(['Enforce', 'Warn', 'Audit']).optional() }))
    .optional(),
  changes: z.array(z.strictObject({ key: z.string().min(1), reason: reason.optional() })).optional(),
});

export const caseSchema = z.strictObject({
  name: z.string().min(1),
  secret,
  old: secret.optional().describe('What is stored: then the case is an UPDATE.'),
  on: z.iso
    .date('is not a day: write YYYY-MM-DD')
    .optional()
    .describe('The day, for exceptions that run out.'),
  expect: expected,
});

export const casesSchema = z.array(caseSchema).min(1);

export type PolicyCase = z.output<typeof caseSchema>;
export type CaseSecret = z.output<typeof secret>;
