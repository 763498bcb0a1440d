import { type ManifestRule, manifestRules } from './manifest-rules.ts';
import { keyRules, secretRules } from './registry.ts';
import { tooLargeToJudge } from './too-large-to-judge.ts';

/** Every rule, in the order of docs/rules.md. */
export const ruleTexts: readonly ManifestRule[] = [
  ...keyRules,
  ...secretRules,
  tooLargeToJudge,
  ...manifestRules,
];
