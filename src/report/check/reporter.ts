import type { CheckReport } from '../check-report.ts';

export interface ReportOptions {
  /** For a terminal; only `text` asks. */
  readonly colour: boolean;
  /** What lockstep would mend fails the check too. */
  readonly strict: boolean;
}

/** The whole of what is printed, with a newline at its end. */
export type Reporter = (report: CheckReport, options: ReportOptions) => string;
