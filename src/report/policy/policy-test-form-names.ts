/** The forms in which `lockstep policy test` reports. */
export const POLICY_TEST_FORMATS = ['text', 'json', 'junit'] as const;
export type PolicyTestFormat = (typeof POLICY_TEST_FORMATS)[number];
