import type { RuleId } from '../../secret/finding/finding.ts';
import type { RecentChange } from '../../secret/record/record.ts';

/** A fault of one key that the record shows. */
export interface RecordFault {
  readonly rule: Extract<RuleId, 'changed-again' | 'two-writers' | 'replaced' | 'reverted'>;
  readonly message: string;
  readonly fix: string;
}

/** The changes of one key by other writers within a week, the oldest first. */
export type KeyChanges = readonly RecentChange[];
