import type { CheckReport } from '../check-report.ts';
import type { FailureOptions } from '../failure.ts';

export interface ReportOptions extends FailureOptions {
  /** Colours for a terminal. Only the format `text` uses it. */
  readonly colour: boolean;
}

/** Returns the complete output, with a newline at its end. */
export type Reporter = (report: CheckReport, options: ReportOptions) => string;
