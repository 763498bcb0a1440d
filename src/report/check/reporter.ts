import type { CheckReport } from '../check-report.ts';

export interface ReportOptions {
  /** Colours for a terminal. Only the format `text` uses it. */
  readonly colour: boolean;
  /** A finding that lockstep would correct also fails the check. */
  readonly strict: boolean;
}

/** Returns the complete output, with a newline at its end. */
export type Reporter = (report: CheckReport, options: ReportOptions) => string;
