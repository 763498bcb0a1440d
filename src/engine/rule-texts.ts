import { type ManifestRule, manifestRules } from './manifest-rules.ts';
import { tooLargeToJudge } from './rules/too-large-to-judge.ts';
import { keyRules, secretRules } from './rules.ts';

/** Every rule there is, in the order of docs/rules.md. */
export const ruleTexts: readonly ManifestRule[] = [
  ...keyRules,
  ...secretRules,
  tooLargeToJudge,
  ...manifestRules,
];
